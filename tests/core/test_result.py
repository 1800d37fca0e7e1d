"""A result predicts with the nuisance of the seed that it ranks, and what is not a number counts as nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit import Result
from phasekit.core.result import NUISANCE_UNITS
from phasekit.numerics.detector_model import NAMES
from phasekit.testing import reference_problem


@pytest.fixture
def result() -> Result:
    problem = reference_problem((10, 8), dtype=torch.float64)
    object = torch.randn(2, 10, 8, dtype=torch.complex128, generator=torch.Generator().manual_seed(0))
    return Result(
        problem=problem,
        object=object,
        support=problem.support.expand(2, 10, 8),
        seeds=(4, 2),
        final={"chi2": torch.tensor([1.0, 2.0], dtype=torch.float64)},
        rank="chi2",
        mean=object[0],
        agreeing=(4,),
        agreement=torch.tensor([1.0, 0.2], dtype=torch.float64),
    )


@pytest.mark.parametrize("rank", [0, 1])
def test_the_amplitude_predicted_is_the_modulus_of_the_transform(result: Result, rank: int) -> None:
    expected = np.abs(np.fft.ifftn(result.object[rank].numpy(), norm="ortho"))
    np.testing.assert_allclose(result.predicted(rank).numpy(), expected, rtol=1e-9)
    assert torch.equal(result.best, result.object[0])


@pytest.mark.parametrize("rank", [0, 1])
def test_the_background_is_that_of_the_same_seed(result: Result, rank: int) -> None:
    background = torch.tensor([3.0, torch.nan], dtype=torch.float64)
    found = replace(result, nuisance={"background": background}).predicted(rank)
    expected = np.abs(np.fft.ifftn(result.object[rank].numpy(), norm="ortho")) ** 2 + (3.0, 0.0)[rank]
    np.testing.assert_allclose(found.numpy() ** 2, expected, rtol=1e-9)


def test_an_object_that_is_not_a_number_predicts_nothing(result: Result) -> None:
    failed = replace(result, object=torch.full_like(result.object, torch.nan))
    assert not bool(failed.predicted().any())


def test_every_quantity_besides_the_object_has_a_unit() -> None:
    assert set(NUISANCE_UNITS) == set(NAMES)
