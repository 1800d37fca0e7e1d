"""The reference problem is known and small; its extremes and its spoilt twin are what they are called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
import torch

from phasekit import Geometry, InputError, Problem, Solver, State
from phasekit.testing.problems import (
    SHAPES,
    extremes,
    problems_for,
    reference_problem,
    spoilt,
    start_state,
    truth_of,
)
from phasekit.testing.verdict import LawWaived


@pytest.mark.parametrize("shape", [(12, 10, 8), (9, 11), (8, 8, 13)])
def test_the_reference_problem_has_its_truth_in_the_half_box_and_exact_data(shape: tuple[int, ...]) -> None:
    problem = reference_problem(shape)
    truth = truth_of(problem)
    assert not bool(truth[~problem.support].any())
    wave = torch.fft.ifftn(truth.to(torch.complex128), norm="ortho")
    assert torch.allclose(wave.abs(), problem.amplitude.double(), rtol=1e-4, atol=1e-3)
    assert float(problem.intensity.sum()) == pytest.approx(1e6, rel=1e-4)
    assert float(truth[truth != 0].angle().std()) > 0.1


def test_the_reference_problem_has_whole_counts_of_about_the_photons_asked_for() -> None:
    counts = reference_problem(photons=1e4).intensity
    assert torch.equal(counts, counts.round())
    assert float(counts.sum()) == pytest.approx(1e4, abs=500)
    assert not torch.equal(counts, reference_problem(photons=1e4, seed=1).intensity)
    assert torch.equal(counts, reference_problem(photons=1e4).intensity)


def test_the_reference_problem_is_not_its_own_twin() -> None:
    truth = truth_of(reference_problem())
    other = torch.roll(truth.flip((0, 1, 2)), (1, 1, 1), (0, 1, 2)).conj().abs()
    best = max(
        float((torch.roll(other, (i, j, k), (0, 1, 2)) * truth.abs()).sum())
        for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)
    )  # fmt: skip
    assert best < 0.995 * float(truth.abs().square().sum())


def test_a_shape_that_is_too_small_is_refused() -> None:
    with pytest.raises(InputError, match="at least 8 voxels"):
        reference_problem((4, 4))


def test_a_problem_without_a_truth_waives_what_compares_with_it() -> None:
    problem = reference_problem()
    assert truth_of(problem) is problem.truth
    with pytest.raises(LawWaived, match="has no truth"):
        truth_of(Problem.measured(problem.intensity, Geometry.resolve("far-field")))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_start_has_the_energy_of_the_data_inside_the_support_and_depends_on_its_seed_alone(
    shape: tuple[int, ...],
) -> None:
    problem = reference_problem(shape)
    state = start_state(problem, (3, 7))
    for object, seed in zip(state.object, state.seeds, strict=True):
        assert not bool(object[~problem.support].any())
        assert float(object.abs().square().sum()) == pytest.approx(float(problem.intensity.sum()), rel=1e-4)
        assert torch.equal(start_state(problem, (seed,)).object[0], object)


class Flat(Solver):
    """Takes 2-D data alone, or nothing."""

    name: Literal["flat"] = "flat"
    nothing: bool = False

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield nothing."""
        return iter(())

    def refusal(self, problem: Problem) -> str | None:
        """Refuse 3-D data, or all."""
        return "takes nothing of the sort" if self.nothing or problem.ndim == 3 else None


def test_a_solver_is_given_the_problems_that_it_takes_and_waived_where_there_are_none() -> None:
    assert [problem.ndim for problem in problems_for(Flat(), "cpu")] == [2]
    with pytest.raises(LawWaived, match="takes nothing of the sort"):
        problems_for(Flat(nothing=True), "cpu")


def test_extremes_are_dark_hot_and_all_but_blind_and_their_amplitudes_fit() -> None:
    problem = reference_problem(gap=True)
    found = extremes(problem)
    assert not bool(found["a dark detector"].intensity.any())
    assert float(found["one hot voxel"].intensity.max()) == pytest.approx(1e6 * float(problem.intensity.max()))
    assert int(found["one trusted voxel"].valid.sum()) == 1
    for extreme in found.values():
        torch.testing.assert_close(extreme.amplitude.square(), extreme.intensity)


def test_spoilt_data_differ_wherever_nobody_may_look_and_nowhere_else() -> None:
    problem = reference_problem(gap=True).hold_out(0.1, radius=1)
    other = spoilt(problem)
    assert torch.equal(other.intensity[problem.valid], problem.intensity[problem.valid])
    assert bool((other.intensity[~problem.valid] != problem.intensity[~problem.valid]).all())
    assert bool((other.hidden[problem.held_out] != problem.hidden[problem.held_out]).all())
    assert torch.equal(other.valid, problem.valid)
