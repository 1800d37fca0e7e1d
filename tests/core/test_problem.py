"""Data are checked once; solvers see them through two doors, and never what is held out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from phasekit import Geometry, InputError, Problem
from phasekit.testing import reference_problem
from phasekit.testing.problems import truth_of

FAR = Geometry.resolve("far-field")


def _noise(*shape: int) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.complex128, generator=torch.Generator().manual_seed(0))


def test_predict_is_the_modulus_of_the_transform() -> None:
    object = _noise(2, 12, 10, 8)
    problem = reference_problem(dtype=torch.float64)
    expected = np.abs(np.fft.ifftn(object.numpy(), axes=(1, 2, 3), norm="ortho"))
    np.testing.assert_allclose(problem.predict(object).numpy(), expected, rtol=1e-12)


def test_project_takes_measured_moduli_and_leaves_untrusted_ones() -> None:
    problem = reference_problem(gap=True, dtype=torch.float64)
    object = _noise(2, 12, 10, 8)
    wave = np.fft.ifftn(object.numpy(), axes=(1, 2, 3), norm="ortho")
    measured = problem.amplitude.numpy() * np.exp(1j * np.angle(wave))
    fitted = np.fft.fftn(np.where(problem.valid.numpy(), measured, wave), axes=(1, 2, 3), norm="ortho")
    np.testing.assert_allclose(problem.project(object).numpy(), fitted, atol=1e-9)


def test_project_is_nearest_and_changes_nothing_the_second_time() -> None:
    problem = reference_problem(gap=True, dtype=torch.float64)
    object = _noise(1, 12, 10, 8)
    fitted = problem.project(object)
    torch.testing.assert_close(problem.project(fitted), fitted)
    away = (problem.predict(object) - problem.amplitude)[:, problem.valid].square().sum().sqrt()
    assert float((fitted - object).abs().square().sum().sqrt()) == pytest.approx(float(away))


def test_objects_may_lie_in_memory_as_they_like() -> None:
    problem = reference_problem(dtype=torch.float64)
    object = _noise(2, 8, 10, 12).permute(0, 3, 2, 1)
    torch.testing.assert_close(problem.project(object), problem.project(object.contiguous()))


def test_the_truth_of_clean_data_is_a_fixed_point() -> None:
    problem = reference_problem(dtype=torch.float64)
    truth = truth_of(problem)
    torch.testing.assert_close(problem.project(truth[None])[0], truth)


def test_predict_can_be_differentiated() -> None:
    object = _noise(1, 12, 10, 8).requires_grad_()
    (gradient,) = torch.autograd.grad(reference_problem(dtype=torch.float64).predict(object).sum(), object)
    assert bool(gradient.isfinite().all())


def test_held_out_voxels_are_hidden_and_kept_for_the_judge() -> None:
    problem = Problem.measured(torch.rand(32, 32) + 1, FAR)
    split = problem.hold_out(0.1)
    held = split.held_out
    assert not bool((split.valid & held).any())
    assert bool((split.valid | held).all())
    assert float(split.intensity[held].sum()) == float(split.amplitude[held].sum()) == 0
    assert torch.equal(split.hidden, torch.where(held, problem.intensity, 0.0))
    assert torch.equal(split.intensity + split.hidden, problem.intensity)
    assert torch.equal(split.measured_intensity, problem.intensity)
    assert torch.equal(split.trusted, problem.valid)


@pytest.mark.parametrize("shape", [(16, 18), (12, 10, 8)])
def test_what_is_trusted_and_measured_is_that_of_the_data_however_often_voxels_are_held_out(
    shape: tuple[int, ...],
) -> None:
    rng = torch.Generator().manual_seed(2)
    problem = Problem.measured(torch.rand(shape, generator=rng) + 1, FAR, torch.rand(shape, generator=rng) > 0.1)
    split = problem.hold_out(0.05, radius=1).hold_out(0.05, seed=1, radius=0)
    assert torch.equal(split.trusted, problem.valid)
    assert torch.equal(split.measured_intensity, problem.intensity)
    assert split.measured_intensity.dtype == problem.intensity.dtype
    assert not bool(split.measured_intensity[~split.trusted].any())


def test_unusable_counts_are_counted_and_left_untrusted() -> None:
    counts = torch.ones(8, 8)
    counts[0, :3] = torch.tensor([torch.nan, torch.inf, -torch.inf])
    counts[1, :2] = -1
    counts[2, 0] = torch.nan
    valid = torch.ones(8, 8, dtype=torch.bool)
    valid[2, 0] = False
    problem = Problem.measured(counts, FAR, valid)
    assert int(problem.valid.sum()) == 64 - 6
    assert bool(problem.intensity.isfinite().all())
    assert problem.notes == (
        "3 trusted counts were not finite (NaN or infinite): left untrusted",
        "2 trusted counts were negative: left untrusted",
    )


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"intensity": torch.ones(8)}, "2-D or 3-D"),
        ({"intensity": torch.ones(2, 2, 8, 8)}, "2-D or 3-D"),
        ({"intensity": torch.ones(8, 3)}, "at least 4 voxels"),
        ({"valid": torch.ones(8, 9, dtype=torch.bool)}, r"valid mask has shape \(8, 9\), the data have \(8, 8\)"),
        ({"truth": torch.ones(9, 8)}, "truth has shape"),
        ({"sensitivity": torch.ones(4, 4)}, "sensitivity has shape"),
        ({"intensity": torch.zeros(8, 8)}, "every trusted count is zero"),
        ({"intensity": torch.full((8, 8), torch.nan)}, "0 of 64 voxels are trusted and at least 2"),
        ({"valid": torch.arange(64).reshape(8, 8) == 5}, "1 of 64 voxels are trusted"),
    ],
)
def test_data_that_cannot_be_used_are_refused_with_a_sentence(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        Problem.measured(**{"intensity": torch.ones(8, 8), "geometry": FAR, **fields})


def test_data_too_small_to_hold_anything_out_are_refused() -> None:
    valid = torch.zeros(8, 8, dtype=torch.bool)
    valid[0, :2] = True
    with pytest.raises(InputError, match="leaves no voxels to fit or to judge by"):
        Problem.measured(torch.ones(8, 8), FAR, valid).hold_out(0.1)


def test_the_first_support_is_the_central_half() -> None:
    support = Problem.measured(torch.ones(12, 9), FAR).support.numpy()
    assert support.sum() == 6 * 4
    assert support[3:9, 2:6].all()


@pytest.mark.parametrize(("sides", "ratios"), [((8, 16, 10), (8, 4, 4.8)), ((12, 12, 12), (64 / 12, 64 / 12, 4))])
def test_oversampling_is_the_array_over_the_box(sides: tuple[int, ...], ratios: tuple[float, ...]) -> None:
    object = torch.zeros(64, 64, 48, dtype=torch.complex64)
    object[tuple(slice(20, 20 + side) for side in sides)] = 1
    problem = Problem.measured(FAR.forward(object).abs().square(), FAR)
    assert problem.oversampling() == pytest.approx(ratios, rel=0.12)


def test_two_dimensional_data_have_a_two_dimensional_geometry() -> None:
    problem = Problem.measured(torch.ones(8, 10), FAR)
    assert (problem.ndim, problem.geometry.ndim, problem.space, problem.detector) == (2, 2, (8, 10), (8, 10))


def test_objects_are_as_precise_as_the_data() -> None:
    assert reference_problem().complex_dtype == torch.complex64
    assert reference_problem(dtype=torch.float64).complex_dtype == torch.complex128


def test_oversampling_cannot_be_told_where_the_peak_is_not_trusted() -> None:
    problem = reference_problem((24, 24, 24))
    valid = problem.valid.clone()
    valid[0] = False  # the frame with the peak
    blind = Problem.measured(problem.intensity, problem.geometry, valid)
    assert all(ratio != ratio for ratio in blind.oversampling())
