"""Seeds are solved in batches that change nothing, ranked by what was asked for, and failures are counted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pytest
import torch

from phasekit import InputError, Loss, Problem, RunError, Solver, State, fourier, solve
from phasekit.core.solver import SolverLike
from phasekit.numerics.registration import align, twin
from phasekit.solving.evaluation import labels
from phasekit.solving.job import Job
from phasekit.solving.solve import prepare
from phasekit.solving.task import SolveTask
from phasekit.testing import reference_problem

PROBLEM = reference_problem((16, 14), photons=1e6)
CHAIN = [{"name": "hio", "steps": 20}, {"name": "shrinkwrap", "threshold": 0.05}, {"name": "er", "steps": 10}]


def prepared(problem: Problem, solver: SolverLike, **keys: Any) -> Job:
    """Return the job of these keys."""
    return prepare(SolveTask.of(source=problem, solver=solver, **keys))


class Doomed(Solver):
    """Marks the odd seeds, or all, as failed at once."""

    name: Literal["doomed"] = "doomed"
    all: bool = False

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield the state with its failures."""
        if start.step < 1:
            active = torch.tensor([seed % 2 == 0 and not self.all for seed in start.seeds])
            yield start.changed(step=1, active=active)


class Diverging(Solver):
    """Ends with a single NaN for odd seeds, and takes no notice of it."""

    name: Literal["diverging"] = "diverging"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield the state with its NaNs."""
        if start.step < 1:
            object = start.object.clone()
            for member, seed in enumerate(start.seeds):
                object[member].flatten()[0] = math.nan if seed % 2 else 1
            yield start.changed(step=1, object=object, support=torch.ones_like(start.support))


class Never(Solver):
    """Takes nothing."""

    name: Literal["never"] = "never"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield nothing."""
        return iter(())

    def refusal(self, problem: Problem) -> str | None:
        """Refuse."""
        return "it takes nothing"


class Blurred(Solver):
    """Keeps the object and says how it was blurred: by the seed; the second batch alone knows of a scale."""

    name: Literal["blurred"] = "blurred"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield the state with its nuisance."""
        if start.step < 1:
            seed = torch.tensor(start.seeds, dtype=torch.float32)
            nuisance = {
                "background": 10 * seed,
                "centre": torch.stack([0.1 * seed, -0.05 * seed], dim=-1),
                "coherence": 0.2 + 0.1 * seed[:, None].expand(-1, 2),
            }
            extra = {"scale": seed} if 3 in start.seeds else {}
            yield start.changed(step=1, nuisance={**nuisance, **extra})


@pytest.mark.parametrize("batch", [1, 2, 4])
def test_what_a_model_has_besides_its_object_is_ranked_with_it(batch) -> None:
    result = solve(PROBLEM, Blurred(), seeds=(3, 0, 2, 1), batch=batch, metrics=("chi2",))
    seeds = np.array(result.seeds)
    assert sorted(seeds) == [0, 1, 2, 3] != seeds.tolist()
    assert set(result.nuisance) - {"scale"} == {"background", "centre", "coherence"}
    assert ("scale" in result.nuisance) == (batch == 4)
    assert result.nuisance["background"].tolist() == (10 * seeds).tolist()
    np.testing.assert_allclose(result.nuisance["centre"][:, 1], -0.05 * seeds, rtol=1e-6)
    chi2 = Loss.resolve("chi2")
    for rank in range(4):
        found = chi2(PROBLEM, result.object[rank], result.predicted(rank))
        assert float(found) == pytest.approx(float(result.final["chi2"][rank]), rel=1e-3)


def test_a_centre_and_a_coherence_hold_for_the_twin_as_they_stand() -> None:
    rng = torch.Generator().manual_seed(4)
    object = torch.zeros(PROBLEM.space, dtype=torch.complex128)
    inner = fourier.half_box(PROBLEM.space)
    object[inner] = torch.randn(object[inner].shape, generator=rng, dtype=torch.complex128)
    nuisance = {
        name: torch.tensor(v, dtype=torch.float64) for name, v in (("centre", [0.3, -0.4]), ("coherence", [0.5, 1]))
    }
    expected = PROBLEM.predict(object, nuisance)
    turned = torch.roll(twin(object), (2, -1), dims=(0, 1))
    torch.testing.assert_close(PROBLEM.predict(turned, nuisance), expected)
    opposite = {**nuisance, "centre": -nuisance["centre"]}
    assert float((PROBLEM.predict(turned, opposite) - expected).abs().max()) > 0.1


def test_the_same_call_twice_gives_the_same_bits() -> None:
    one, two = (solve(PROBLEM, CHAIN, seeds=4, batch=2) for _ in range(2))
    assert torch.equal(one.object, two.object)
    assert torch.equal(one.support, two.support)
    assert one.seeds == two.seeds


@pytest.mark.parametrize("solver", [CHAIN, "er", "raar", "dm"])
@pytest.mark.parametrize("start", ["random-phase", "random-object", ["autocorrelation", "random-phase"]])
def test_seed_7_alone_goes_as_in_a_batch(solver, start) -> None:
    job = prepared(PROBLEM, solver, start=start, seeds=(3, 7, 11))
    together, alone = job.begin((3, 7, 11)), job.begin((7,))
    assert torch.equal(together.object[1], alone.object[0])
    runs = zip(job.solver.run(PROBLEM, together), job.solver.run(PROBLEM, alone), range(5), strict=False)
    for a, b, _ in runs:
        away = torch.linalg.vector_norm(a.object[1] - b.object[0]) / torch.linalg.vector_norm(b.object[0])
        assert float(away) <= 1e-5


@pytest.mark.parametrize("batch", [1, 2, 3, 5, 50])
def test_the_ranking_does_not_depend_on_the_split(batch) -> None:
    whole = solve(PROBLEM, CHAIN, seeds=(9, 2, 5, 7, 4), batch=5, metrics=("chi2",))
    split = solve(PROBLEM, CHAIN, seeds=(9, 2, 5, 7, 4), batch=batch, metrics=("chi2",))
    assert split.seeds == whole.seeds
    torch.testing.assert_close(split.final["chi2"], whole.final["chi2"], rtol=1e-2, atol=0)


def test_the_best_comes_first_and_the_order_of_seeds_does_not_matter() -> None:
    result = solve(PROBLEM, CHAIN, seeds=(1, 2, 3, 4), batch=1, metrics=("chi2", "r-factor"), rank="r-factor")
    assert result.rank == "r-factor"
    assert torch.equal(result.final["r-factor"], result.final["r-factor"].sort().values)
    assert torch.equal(result.best, result.object[0])
    backwards = solve(PROBLEM, CHAIN, seeds=(4, 3, 2, 1), batch=1, metrics=("chi2", "r-factor"), rank="r-factor")
    assert backwards.seeds == result.seeds
    assert torch.equal(backwards.object, result.object)


def test_a_metric_is_that_of_the_estimate() -> None:
    problem = PROBLEM
    result = solve(problem, {"name": "hio", "steps": 12}, seeds=2, batch=2, metrics=("chi2",))
    for object, chi2 in zip(result.object, result.final["chi2"], strict=True):
        amplitude = np.abs(np.fft.ifftn(object.numpy(), norm="ortho"))
        measured = problem.amplitude.numpy()
        expected = ((amplitude - measured) ** 2).sum() / (measured**2).sum()
        assert float(chi2) == pytest.approx(expected, rel=1e-3)


def test_the_clean_truth_is_found_and_agrees_with_itself() -> None:
    support = torch.zeros((20, 18), dtype=torch.bool)
    support[5:14, 5:8] = support[11:14, 5:13] = True  # an L, which is not its own twin
    rng = torch.Generator().manual_seed(2)
    truth = torch.randn((20, 18), dtype=torch.complex64, generator=rng) * support
    problem = Problem.measured(PROBLEM.geometry.forward(truth).abs().square(), PROBLEM.geometry, support=support)
    result = solve(problem, [{"name": "hio", "steps": 300}, {"name": "er", "steps": 200}], seeds=4, batch=4)
    found = align(result.best, truth).apply(result.best)
    assert float(torch.linalg.vector_norm(found - truth) / torch.linalg.vector_norm(truth)) < 0.01
    assert result.seeds[0] in result.agreeing
    assert float(result.agreement[0]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("options", "rank"),
    [
        ({}, "chi2"),
        ({"metrics": ("r-factor", "chi2")}, "r-factor"),
        ({"rank": "r-factor"}, "r-factor"),
        ({"held_out": 0.1}, "free-poisson"),
        ({"held_out": 0.1, "rank": "chi2"}, "chi2"),
        ({"metrics": ("chi2", "chi2"), "rank": "chi2 2"}, "chi2 2"),
    ],
)
def test_what_ranks(options, rank) -> None:
    assert prepared(PROBLEM, "er", **options).rank == rank


def test_metrics_of_one_label_are_numbered() -> None:
    metrics = [Loss.resolve(name) for name in ("chi2", "r-factor", "chi2", "chi2")]
    assert labels(metrics) == ("chi2", "r-factor", "chi2 2", "chi2 3")


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
def test_what_cannot_be_done_is_refused_with_the_keyword_it_is_about(options, reason, place) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        solve(**{"source": PROBLEM, "solver": "er", **options})
    assert caught.value.place == place


def test_a_gpu_that_is_not_there_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="torch finds no GPU"):
        solve(PROBLEM, "er", device="cuda")


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_failed_seeds_come_last_and_are_counted(batch) -> None:
    result = solve(PROBLEM, [Doomed(), {"name": "er", "steps": 10}], seeds=5, batch=batch)
    assert result.failed == (1, 3)
    assert result.seeds[3:] == (1, 3)
    assert all(math.isnan(value) for value in result.final["chi2"][3:])
    assert bool(result.final["chi2"][:3].isfinite().all())
    assert not {1, 3} & set(result.agreeing)


@pytest.mark.parametrize("batch", [1, 3])
def test_a_seed_that_ends_in_nan_has_failed_and_spoils_no_other(batch) -> None:
    result = solve(PROBLEM, Diverging(), seeds=3, batch=batch)
    assert result.failed == (1,)
    assert result.seeds[2] == 1
    assert bool(torch.view_as_real(result.object).isfinite().all())
    assert bool(result.final["chi2"][:2].isfinite().all())
    assert all(math.isnan(values[2]) for values in result.final.values())


def test_where_every_seed_fails_the_run_has_failed() -> None:
    with pytest.raises(RunError, match="every start failed"):
        solve(PROBLEM, Doomed(all=True), seeds=3)


def test_solving_leaves_the_global_generator_and_the_problem_alone() -> None:
    before, intensity = torch.get_rng_state(), PROBLEM.intensity.clone()
    solve(PROBLEM, CHAIN, seeds=2)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(PROBLEM.intensity, intensity)


def test_the_history_tells_every_seed_up_to_its_end() -> None:
    result = solve(PROBLEM, CHAIN, seeds=(6, 5), batch=2)
    for seed in (5, 6):
        rows = [row for row in result.history if row.seed == seed]
        steps = [row.step for row in rows]
        assert steps == sorted(set(steps))
        assert steps[-1] == 31
        final = result.final["chi2"][result.seeds.index(seed)]
        assert rows[-1].metrics["chi2"] == pytest.approx(float(final))
        assert [row.seconds for row in rows] == sorted(row.seconds for row in rows)


def test_an_empty_list_of_solvers_gives_the_starts() -> None:
    result = solve(PROBLEM, [], seeds=1)
    torch.testing.assert_close(PROBLEM.predict(result.object)[0] > 0, torch.ones_like(PROBLEM.valid))


@pytest.mark.parametrize("shape", [(16, 24), (15, 9), (12, 8, 10), (9, 11, 8)])
def test_any_shape_of_two_or_three_axes_is_solved(shape) -> None:
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


def test_objects_are_turned_to_the_truth_by_whole_voxels_which_keeps_their_intensities() -> None:
    result = solve(PROBLEM, CHAIN, seeds=3, batch=3, metrics=("chi2", "object-error"))
    chi2 = Loss.resolve("chi2")(PROBLEM, result.object, PROBLEM.predict(result.object))
    torch.testing.assert_close(chi2.double(), result.final["chi2"], rtol=1e-3, atol=0)
    assert "object-error of the true shape with flat phase" in result.references
