"""A comparison is fair: the same starts and budget for all, figures that depend on a solver's own starts alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from phasekit import InputError, Problem, Solver, compare, fourier
from phasekit.analysis.resolution import prtf, resolution, shell_correlation
from phasekit.analysis.shells import Shells
from phasekit.comparing.figures import figures_of, seeds_table
from phasekit.comparing.setup import prepare_contest
from phasekit.comparing.task import CompareTask
from phasekit.numerics.statistics import Spread, different, wilson
from phasekit.testing import reference_problem

from .. import bad_solvers

SIMULATION = {"name": "simulation", "generator": "superellipsoid", "shape": [20, 18], "seed": 3, "photons": 1e5}
SOLVERS = {
    "er": {"name": "er", "steps": 40},
    "hio": [{"name": "hio", "steps": 30}, {"name": "er", "steps": 10}],
    "raar": [{"name": "raar", "steps": 30}, {"name": "er", "steps": 10}],
}


@pytest.fixture(scope="module")
def compared():
    return compare(SIMULATION, SOLVERS, seeds=6, batch=3, goals={"chi2": 0.05}, held_out=0.05)


def test_every_solver_is_measured_on_the_same_seeds_and_metrics(compared) -> None:
    assert {entry.seeds for entry in compared.entries} == {(0, 1, 2, 3, 4, 5)}
    assert {"chi2", "pearson", "r-factor", "object-error", "free-poisson"} == set(compared.metrics())
    assert compared.contest.rank == "free-poisson"
    for entry in compared.entries:
        assert entry.steps.tolist() == [40.0] * 6
        assert all(bool(values.isfinite().all()) for values in entry.final.values())


def test_all_solvers_start_from_the_same_objects() -> None:
    contest = prepare_contest(CompareTask.of(source=SIMULATION, solvers=SOLVERS, seeds=3))
    first, *others = (contest.job(pair).begin((0, 1, 2)) for pair in contest.pairs())
    for other in others:
        assert torch.equal(first.object, other.object)
        assert torch.equal(first.support, other.support)


def test_a_figure_is_what_the_solver_alone_would_have(compared) -> None:
    alone = compare(SIMULATION, {"hio": SOLVERS["hio"]}, seeds=6, batch=3, goals={"chi2": 0.05}, held_out=0.05)
    for name in compared.metrics():
        assert alone.values("hio", name) == compared.values("hio", name)


def test_the_ranking_and_all_figures_are_the_same_in_any_order(compared) -> None:
    turned = dict(reversed(SOLVERS.items()))
    other = compare(SIMULATION, turned, seeds=6, batch=3, goals={"chi2": 0.05}, held_out=0.05)
    assert other.ranking() == compared.ranking()
    one, two = (figures_of(c)["pooled"]["solvers"] for c in (compared, other))
    for solver in SOLVERS:
        for told in (one[solver], two[solver]):
            told.pop("seconds per start")
            told["chi2 <= 0.05"].pop("median seconds")
        assert one[solver] == two[solver]


def test_what_a_solver_must_not_do_is_named_and_stops_nothing_else() -> None:
    solvers = {
        "er": SOLVERS["er"],
        "refuses": bad_solvers.Refuses(),
        "raises": bad_solvers.Raises(),
        "nothing": bad_solvers.GivesNothing(),
        "shape": bad_solvers.WrongShape(),
    }
    found = compare(SIMULATION, solvers, seeds=2)
    by_name = {entry.solver: entry for entry in found.entries}
    assert by_name["refuses"].refusal == "refuses takes nothing at all"
    assert "ZeroDivisionError: division of nothing" in str(by_name["raises"].refusal)
    assert set(by_name["nothing"].failures) == {0, 1}
    assert "not a number" in by_name["nothing"].failures[0]
    assert by_name["shape"].failures[0] == "its estimate has shape (2, 20, 17) and (2, 20, 18) is needed"
    assert found.ranking()[0] == "er"
    assert not by_name["er"].failures
    table = seeds_table(found)
    assert "division of nothing" in table
    assert "refuses takes nothing at all" in table


def test_the_twin_of_the_truth_scores_as_the_truth() -> None:
    both = {"truth": bad_solvers.FindsTwin(), "twin": bad_solvers.FindsTwin(twin=True)}
    found = compare({**SIMULATION, "photons": None}, both, seeds=2)
    for metric in found.metrics():
        one, two = found.values("truth", metric), found.values("twin", metric)
        np.testing.assert_allclose(one, two, atol=2e-6)
    assert max(found.values("twin", "object-error")) < 1e-3
    portraits = [entry.portrait for entry in found.entries]
    assert torch.allclose(portraits[0].best, portraits[1].best, atol=1e-5)
    np.testing.assert_allclose(portraits[1].correlation[portraits[1].correlation.isfinite()], 1, atol=1e-6)


def test_a_solver_compared_with_itself_is_seldom_called_different() -> None:
    solver = [{"name": "hio", "steps": 12}, {"name": "er", "steps": 4}]
    called = 0
    for repetition in range(20):
        seeds = {"one": [20 * repetition + i for i in range(10)], "two": [20 * repetition + 10 + i for i in range(10)]}
        found = compare(SIMULATION, {"one": solver, "two": solver}, seeds=seeds, metrics=["chi2"], batch=10)
        called += found.difference("one", "two") < 0.05
    assert called <= 2


def test_several_problems_are_told_apart_and_pooled() -> None:
    problems = {"first": SIMULATION, "second": {**SIMULATION, "seed": 4, "shape": [16, 16]}}
    found = compare(problems=problems, solvers=SOLVERS, seeds=2)
    assert [entry.problem for entry in found.entries] == ["first"] * 3 + ["second"] * 3
    assert len(found.values("er", "chi2")) == 4
    assert found.values("er", "chi2", "second") == found.values("er", "chi2")[2:]
    assert set(figures_of(found)["problems"]) == {"first", "second"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"solvers": {}}, "solvers: should have at least 1 item, not 0"),
        ({"source": None}, "give the data as source"),
        ({"problems": {"a": SIMULATION}}, "give the data as source"),
        ({"goals": {"chi3": 1}}, "'chi3' is not among the metrics"),
        ({"rank": "chi3"}, "'chi3' is not among the metrics"),
        ({"seeds": {"er": 2}}, "each solver once: er, hio"),
        ({"batch": 0}, "should be greater than or equal to 1, got 0"),
        ({"solvers": {"none": bad_solvers.Refuses()}}, "no solver takes any of the data"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_a_sentence(changes, sentence) -> None:
    given = {"source": SIMULATION, "solvers": {k: SOLVERS[k] for k in ("er", "hio")}, "seeds": 2} | changes
    with pytest.raises(InputError, match=sentence):
        compare(**given)


def test_a_goal_is_reached_when_the_metric_first_is_there(compared) -> None:
    for entry in compared.entries:
        times = entry.reached("chi2", 0.05)
        for seed, time in zip(entry.seeds, times, strict=True):
            steps = [row.step for row in entry.rows if row.seed == seed and row.metrics["chi2"] <= 0.05]
            assert (time is None) == (not steps)
            assert time is None or time[0] == min(steps)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.integers(0, 3))
def test_a_spread_holds_its_median_and_counts_failures_as_worst(values, failed) -> None:
    spread = Spread.of([*values, *[math.nan] * failed])
    assert spread.count == len(values) + failed
    assert spread.failed == failed
    assert spread.low <= spread.median <= spread.high
    assert spread.best == min(values)
    if not failed:
        assert spread.median == pytest.approx(np.median(values), rel=1e-12, abs=1e-12)
    assert Spread.of([*values[::-1], *[math.nan] * failed]) == spread


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 99), min_size=2, max_size=12), st.lists(st.integers(0, 99), min_size=2, max_size=12))
def test_a_difference_is_symmetric_and_blind_to_scale(one, two) -> None:
    p = different(one, two)
    assert 0 <= p <= 1
    assert different(two, one) == pytest.approx(p)
    assert different([3 * v for v in one], [3 * v for v in two]) == p


def test_clearly_different_values_are_told_apart_and_equal_ones_are_not() -> None:
    assert different([1, 2, 3, 4, 5, 6], [11, 12, 13, 14, 15, math.nan]) < 0.01
    assert different([1.0] * 5, [1.0] * 5) == 1.0


def test_a_share_of_all_is_not_certain() -> None:
    low, high = wilson(8, 8)
    assert (round(low, 2), high) == (0.68, 1.0)
    assert wilson(0, 8)[0] == 0.0


def test_the_prtf_of_an_object_that_explains_the_data_is_one() -> None:
    problem = reference_problem((16, 16, 16))
    shells = Shells.of(problem.geometry, problem.detector)
    curve = prtf(problem, problem.truth, shells)
    np.testing.assert_allclose(curve[curve.isfinite()], 1, atol=1e-4)
    assert torch.allclose(prtf(problem, problem.truth / 2, shells) / curve, torch.tensor(0.5).double(), equal_nan=True)
    assert resolution(curve, shells) == pytest.approx(float(shells.resolution[curve.isfinite()][-1]))


def test_the_mean_of_random_phases_has_no_resolution() -> None:
    problem = reference_problem((16, 16, 16))
    shells = Shells.of(problem.geometry, problem.detector)
    assert math.isnan(resolution(torch.full_like(shells.radius, 0.1), shells))
    falling = torch.linspace(1, 0, len(shells.radius)).double()
    at = 1 / resolution(falling, shells)
    expected = np.interp(-math.exp(-1), -falling.numpy(), shells.radius.numpy())
    assert at == pytest.approx(expected, rel=1e-6)


def test_a_shell_correlation_sees_where_two_objects_part() -> None:
    problem = reference_problem((16, 16, 16))
    shells = Shells.of(problem.geometry, problem.detector)
    wave = fourier.to_wave(problem.truth.to(torch.complex128), 3)
    far = shells.radius[shells.index] > 0.3
    rng = torch.Generator().manual_seed(1)
    noise = torch.randn(wave.shape, generator=rng, dtype=torch.complex128) * wave.abs()
    other = fourier.to_object(torch.where(far, noise, wave), 3)
    curve = shell_correlation(problem.truth, other, shells)
    near = shells.radius < 0.2
    np.testing.assert_allclose(curve[near & curve.isfinite()], 1, atol=1e-4)
    assert float(curve[(shells.radius > 0.5) & curve.isfinite()].abs().max()) < 0.5


def test_a_portrait_of_one_start_has_no_spread() -> None:
    found = compare(SIMULATION, {"er": SOLVERS["er"]}, seeds=1)
    portrait = found.entries[0].portrait
    assert float(portrait.amplitude_spread.max()) == 0
    assert portrait.count == 1


def test_a_problem_and_solvers_made_in_python_are_taken_as_they_are() -> None:
    problem = reference_problem((12, 12, 12))
    assert isinstance(problem, Problem)
    found = compare(problem, {"er": Solver.resolve("er")}, seeds=[5], budget={"steps": 2})
    assert found.entries[0].seeds == (5,)
