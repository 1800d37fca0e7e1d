"""Seeds are solved in batches that change nothing, ranked by what was asked for, and failures are counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest
import torch

from phasekit import InputError, Problem, RunError, Solver, State, solve
from phasekit.testing import reference_problem

from .jobs import CHAIN, PROBLEM, Doomed


class Never(Solver):
    """Takes nothing."""

    name: Literal["never"] = "never"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield nothing."""
        return iter(())

    def refusal(self, problem: Problem) -> str | None:
        """Refuse."""
        return "it takes nothing"


def test_the_same_call_twice_gives_the_same_bits() -> None:
    one, two = (solve(PROBLEM, CHAIN, seeds=4, batch=2) for _ in range(2))
    assert torch.equal(one.object, two.object)
    assert torch.equal(one.support, two.support)
    assert one.seeds == two.seeds


@pytest.mark.parametrize("batch", [1, 2, 3, 5, 50])
def test_the_ranking_does_not_depend_on_the_split(batch: int) -> None:
    whole = solve(PROBLEM, CHAIN, seeds=(9, 2, 5, 7, 4), batch=5, metrics=("chi2",))
    split = solve(PROBLEM, CHAIN, seeds=(9, 2, 5, 7, 4), batch=batch, metrics=("chi2",))
    assert split.seeds == whole.seeds
    torch.testing.assert_close(split.final["chi2"], whole.final["chi2"], rtol=1e-2, atol=0)


@pytest.mark.parametrize(
    ("options", "reason", "place"),
    [
        ({"rank": "pearson"}, r"'pearson' is not among the metrics \(chi2, r-factor\)", "rank"),
        ({"metrics": ()}, "at least one metric", "metrics"),
        ({"metrics": ("free-poisson",)}, "held", "metrics"),
        ({"seeds": ()}, "must be a number of starts", "seeds"),
        ({"seeds": (1, 1)}, "is listed twice", "seeds"),
        ({"seeds": 0}, "must be a number of starts", "seeds"),
        ({"solver": Never()}, "it takes nothing", "solver"),
        ({"solver": [Never(), "er"]}, "it takes nothing", "solver"),
        ({"start": Never()}, "it takes nothing", "start"),
        ({"device": "tpu"}, "should be 'auto', 'cpu' or 'cuda', got 'tpu'", "device"),
        ({"held_out": 1.0}, "should be less than or equal to 0.5, got 1.0", "held_out"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_keyword_it_is_about(
    options: dict[str, Any], reason: str, place: str
) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        solve(**{"source": PROBLEM, "solver": "er", **options})
    assert caught.value.place == place


def test_a_gpu_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="torch finds no GPU"):
        solve(PROBLEM, "er", device="cuda")


def test_where_every_seed_fails_the_run_has_failed() -> None:
    with pytest.raises(RunError, match="every start failed"):
        solve(PROBLEM, Doomed(all=True), seeds=3)


def test_solving_leaves_the_global_generator_and_the_problem_alone() -> None:
    before, intensity = torch.get_rng_state(), PROBLEM.intensity.clone()
    solve(PROBLEM, CHAIN, seeds=2)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(PROBLEM.intensity, intensity)


def test_an_empty_list_of_solvers_gives_the_starts() -> None:
    result = solve(PROBLEM, [], seeds=1)
    torch.testing.assert_close(PROBLEM.predict(result.object)[0] > 0, torch.ones_like(PROBLEM.valid))


@pytest.mark.parametrize("shape", [(16, 24), (15, 9), (12, 8, 10), (9, 11, 8)])
def test_any_shape_of_two_or_three_axes_is_solved(shape: tuple[int, ...]) -> None:
    problem = reference_problem(shape, photons=1e6, gap=True)
    result = solve(problem, CHAIN, seeds=2, held_out=0.03)
    assert result.object.shape == result.support.shape == (2, *shape)
    assert result.mean.shape == shape
    assert bool(result.object.isfinite().all())
    assert float(result.final["chi2"][0]) < 0.2


def test_held_out_voxels_change_nothing_that_is_found() -> None:
    problem = PROBLEM.hold_out(0.1)
    other = torch.where(problem.held_out, PROBLEM.intensity * 50 + 9, PROBLEM.intensity)
    changed = Problem.measured(other, PROBLEM.geometry)
    one, two = (solve(p, CHAIN, seeds=2, batch=2, held_out=0.1, rank="chi2") for p in (PROBLEM, changed))
    assert bool((one.problem.held_out == two.problem.held_out).all())
    away = one.problem.predict(one.best) - two.problem.predict(two.best)
    assert float(away.abs().max()) < 1e-3 * float(PROBLEM.amplitude.max())
