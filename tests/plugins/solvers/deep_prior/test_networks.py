from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit import fourier
from phasekit.core.source import load_problem
from phasekit.testing import reference_problem
from phasekit.testing.problems import truth_of
from phasekit_plugins.solvers.deep_prior.networks import Networks, object_box

from .prior import SHAPE, deep_prior


@pytest.mark.parametrize("seed", range(4))
def test_an_estimated_box_holds_the_object(seed: int) -> None:
    source = {"name": "simulation", "generator": "crystal", "shape": [32] * 3, "seed": seed, "photons": 1e4}
    problem = load_problem(source)
    truth, box = truth_of(problem), object_box(problem, "estimated")
    true = fourier.bounding_box(truth.abs() > 0.05 * truth.abs().max())
    for given, needed in zip(box, true, strict=True):
        assert given.stop - given.start >= needed.stop - needed.start


def test_the_box_lies_in_that_of_the_support() -> None:
    problem = reference_problem((16, 16, 16))
    narrow = problem.support.clone()
    narrow[:6], narrow[:, :, 9:] = False, False
    box = object_box(replace(problem, support=narrow), "half")
    assert box == (slice(6, 12), slice(4, 12), slice(4, 9))


def test_networks_passed_at_once_give_what_each_gives_alone() -> None:
    networks = Networks(deep_prior(), reference_problem(SHAPE))
    weights = [networks.drawn(seed) for seed in (1, 2, 3)]
    inputs = torch.randn(3, *networks.input_shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        together = networks.objects(weights, inputs)
        alone = [networks.objects([one], code[None])[0] for one, code in zip(weights, inputs, strict=True)]
    torch.testing.assert_close(together, torch.stack(alone), rtol=1e-4, atol=1e-6)
    assert not torch.allclose(together[0], together[1], rtol=0.1)


def test_a_seed_draws_the_weights_and_nuisance_begins_as_a_narrow_blur_and_little_background_at_the_centre() -> None:
    networks = Networks(deep_prior(nuisance=["coherence", "background", "centre"]), reference_problem(SHAPE))
    first, again, other = (networks.drawn(seed) for seed in (1, 1, 2))
    assert all(torch.equal(value, again[name]) for name, value in first.items())
    assert any(not torch.equal(value, other[name]) for name, value in first.items())
    nuisance = networks.nuisance([first, other])
    np.testing.assert_allclose(nuisance["coherence"], np.full((2, 3), math.log1p(math.exp(-1))), rtol=1e-6)
    np.testing.assert_allclose(nuisance["background"], np.full(2, math.log1p(math.exp(-6))), rtol=1e-5)
    np.testing.assert_array_equal(nuisance["centre"], np.zeros((2, 3)))
