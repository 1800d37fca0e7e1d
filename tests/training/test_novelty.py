"""Data unlike those of the training are called outside, and few of those that are like them."""

from __future__ import annotations

import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from phasekit import InputError, fourier
from phasekit.core.geometry import Geometry
from phasekit.training import novelty as novelty_module
from phasekit.training.novelty import Novelty, features

FAR_FIELD = Geometry.resolve("far-field")


def _drawn(count: int = 400, width: int = 4, seed: int = 0) -> torch.Tensor:
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(count, width, dtype=torch.float64, generator=rng) @ torch.triu(torch.ones(width, width).double())


def test_about_one_in_twenty_of_like_samples_is_called_outside_and_all_that_are_far() -> None:
    novelty = Novelty.of(_drawn())
    assert 0.02 < float(novelty.outside(_drawn(2000, seed=1)).double().mean()) < 0.10
    assert bool(novelty.outside(_drawn(50, seed=2) + 30).all())


def test_strangeness_is_a_share_and_agrees_with_the_verdict() -> None:
    novelty, found = Novelty.of(_drawn()), _drawn(300, seed=3)
    strange = novelty.strangeness(found)
    assert float(strange.min()) >= 0
    assert float(strange.max()) <= 1
    assert bool((strange[novelty.outside(found)] > 0.94).all())
    assert bool((strange[~novelty.outside(found)] <= 0.95).all())


def test_it_survives_json() -> None:
    novelty = Novelty.of(_drawn())
    back = Novelty.from_plain(json.loads(json.dumps(novelty.plain())))
    assert torch.allclose(novelty.distance(_drawn(9, seed=5)), back.distance(_drawn(9, seed=5)), rtol=1e-5)


def test_a_damaged_one_is_refused_in_a_sentence() -> None:
    plain = Novelty.of(_drawn()).plain()
    for spoilt in ({}, plain | {"middle": ["a"]}, plain | {"precision": None}, plain | {"middle": [1.0]}):
        with pytest.raises(InputError, match="novelty detector in these weights is damaged"):
            Novelty.from_plain(spoilt)


def test_its_name_in_version_0_1_still_works() -> None:
    with pytest.warns(DeprecationWarning, match="import Novelty"):
        assert novelty_module.Gate is Novelty
    with pytest.raises(AttributeError, match="Gates"):
        _ = novelty_module.Gates


@given(st.floats(0.1, 1e4), st.integers(0, 20))
def test_features_see_no_scale(factor: float, seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    box = torch.randn(2, 5, 6, 4, dtype=torch.complex64, generator=rng)
    data = torch.rand(2, 10, 12, 8, generator=rng)
    valid = torch.rand(2, 10, 12, 8, generator=rng) > 0.1
    plain = features(box, data, valid, FAR_FIELD)
    assert torch.allclose(plain, features(box * factor, data * factor, valid, FAR_FIELD), atol=1e-3)


def test_the_first_feature_is_the_residual_and_untrusted_voxels_are_not_looked_at() -> None:
    rng = torch.Generator().manual_seed(0)
    box = torch.randn(1, 5, 6, 4, dtype=torch.complex64, generator=rng)
    data, valid = torch.rand(1, 10, 12, 8, generator=rng), torch.ones(1, 10, 12, 8, dtype=torch.bool)
    valid[:, 2] = False
    whole = torch.zeros(1, 10, 12, 8, dtype=torch.complex64)
    whole[fourier.inside(fourier.half_box((10, 12, 8)))] = box
    off = (FAR_FIELD.forward(whole).abs() - data).square() * valid
    wanted = (off.sum() / (data.square() * valid).sum()).log()
    found = features(box, data, valid, FAR_FIELD)
    assert torch.allclose(found[0, 0], wanted.double(), atol=1e-4)
    assert torch.equal(found, features(box, torch.where(valid, data, 99.0), valid, FAR_FIELD))


def test_dark_data_give_finite_features() -> None:
    box, data = torch.zeros(1, 4, 4, 4, dtype=torch.complex64), torch.zeros(1, 8, 8, 8)
    assert bool(features(box, data, torch.ones_like(data, dtype=torch.bool), FAR_FIELD).isfinite().all())
