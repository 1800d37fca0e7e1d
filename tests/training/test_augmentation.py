"""Faults of the data are those that were asked for, and the truth explains them."""

from __future__ import annotations

import pytest
import torch

from phasekit import fourier
from phasekit.core.geometry import Geometry
from phasekit.training.augmentation import Augmentation

from .. import toys

FAR_FIELD = Geometry.resolve("far-field")


def test_counts_have_the_mean_and_the_variance_of_photons() -> None:
    options = Augmentation(photons=(1e4, 1e4))
    exact = torch.rand(1, 12, 12, 12, generator=torch.Generator().manual_seed(0)) + 0.5
    counts = torch.stack([options.measured(exact, [(0, i, 0)])[0][0].square() for i in range(300)])
    scale = 1e4 / float(exact.max())
    assert float((counts.mean(dim=0) / exact[0]).mean()) == pytest.approx(1, abs=2e-3)
    assert float((counts.var(dim=0) * scale / exact[0]).mean()) == pytest.approx(1, abs=0.05)


def test_a_gap_is_untrusted_zero_and_never_on_the_peak() -> None:
    options = Augmentation(gaps=1.0, gap_width=(1, 3))
    keys: list[tuple[object, ...]] = [(0, number, 0) for number in range(40)]
    amplitude, valid = options.measured(torch.ones(40, 9, 10, 11), keys)
    assert bool(valid[:, :, 0, 0].all())
    assert bool((amplitude == valid).all())
    lost = (~valid).flatten(1).sum(dim=1)
    assert set(lost.tolist()) <= {9 * 10 * w for w in (1, 2, 3)} | {9 * 11 * w for w in (1, 2, 3)}
    assert len(set(lost.tolist())) > 2


def test_a_wrong_centre_moves_the_data_and_gives_the_truth_the_ramp_that_explains_them() -> None:
    found = toys.simulator(centre=0.5).samples([0, 1], 0)
    still = toys.simulator().samples([0, 1], 0)
    assert not torch.allclose(found.amplitude, still.amplitude, atol=1e-2)
    assert torch.allclose(found.truth.abs(), still.truth.abs(), atol=1e-5)
    space = torch.zeros(2, 16, 16, 16, dtype=torch.complex64)
    space[fourier.inside(fourier.half_box((16, 16, 16)))] = found.truth
    assert torch.allclose(FAR_FIELD.forward(space).abs(), found.amplitude, atol=1e-5)


def test_oversampling_makes_objects_smaller_along_each_axis_by_itself() -> None:
    ball = {"name": "superellipsoid", "a": [0.5, 0.5], "b": [0.5, 0.5], "c": [0.5, 0.5]}
    whole = toys.simulator((48,) * 3, generator=ball)
    half = toys.simulator((48,) * 3, generator=ball, oversampling=[0.5, 0.5])
    volumes = [float((one.objects(range(8)).abs() > 0).sum()) for one in (whole, half)]
    assert volumes[1] / volumes[0] == pytest.approx(1 / 8, rel=0.35)


@pytest.mark.parametrize("shape", [(16, 16, 16), (16, 16)])
def test_turned_objects_are_the_same_voxels_elsewhere_and_predict_turned_data(shape: tuple[int, ...]) -> None:
    turned, plain = toys.simulator(shape, symmetries=True), toys.simulator(shape)
    one, other = turned.samples(range(6), 3), plain.samples(range(6), 3)
    for a, b in zip(one.truth, other.truth, strict=True):
        assert torch.allclose(a.abs().flatten().sort().values, b.abs().flatten().sort().values)
    assert torch.allclose(
        one.amplitude.flatten(1).sort(dim=1).values, other.amplitude.flatten(1).sort(dim=1).values, atol=1e-5
    )
    assert any(not torch.equal(a, b) for a, b in zip(one.truth, other.truth, strict=True))
