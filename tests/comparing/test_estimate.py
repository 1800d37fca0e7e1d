"""Standard deviations of mean objects are those of a direct computation, for one solver and across solvers."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit import Problem, compare
from phasekit.analysis.strain import CrystalPhase, Reference
from phasekit.analysis.strain_spread import lattice_steps
from phasekit.comparing.ensemble import Portrait
from phasekit.comparing.estimate import TOGETHER, Estimate, estimates
from phasekit.comparing.figures import figures_of
from phasekit.core.result import Outcome

from .. import bad_solvers
from ..known import along_h, places, theta_scan

SHAPE = (20, 22, 24)
FACTORS = (1.0, 1.3, 0.9, 1.1)


@pytest.fixture(scope="module")
def seen():
    """Return a Bragg problem, aligned objects (seeds, *space) that differ by known factors, and their portrait."""
    geometry = theta_scan()
    where = places(geometry, SHAPE)
    support, s = np.linalg.norm(where, axis=-1) <= 120, along_h(geometry, where) / 1000
    # All is even about the centre, so that alignment moves nothing.
    objects = torch.from_numpy(np.stack([support * 1e3 * f * np.exp(1j * f * 20 * s**2) for f in FACTORS]))
    problem = Problem.measured(geometry.forward(objects[0]).abs().square(), geometry, truth=objects[0])
    supports = torch.from_numpy(support).expand(objects.shape).clone()
    seeds, alive = tuple(range(len(FACTORS))), torch.ones(len(FACTORS), dtype=torch.bool)
    outcomes = [
        Outcome(seeds[i : i + 2], objects[i : i + 2], supports[i : i + 2], alive[i : i + 2], {}, (), 1.0)
        for i in (0, 2)
    ]
    return problem, objects, Portrait.of(problem, outcomes, 0, objects[0])


def test_the_deviations_over_starts_are_those_of_a_direct_computation(seen) -> None:
    problem, objects, portrait = seen
    assert portrait.agreeing == len(FACTORS)
    support = portrait.support
    direct = objects.abs().std(dim=0)
    torch.testing.assert_close(portrait.agreed_amplitude_spread[support].double(), direct[support], rtol=1e-6, atol=0)
    reference, steps = Reference.of(problem.geometry), lattice_steps(problem.geometry, support)
    strains = [CrystalPhase.of(object, support, steps).strains(reference)["strain"] for object in objects]
    expected = np.std(strains, axis=0, ddof=1)
    told = portrait.strain_spread
    assert not np.isfinite(told[~support.numpy()]).any()
    np.testing.assert_allclose(told[np.isfinite(told)], expected[np.isfinite(expected)], rtol=1e-4, atol=1e-12)


def test_displacement_is_as_sure_as_the_phase_over_h(seen) -> None:
    problem, _, portrait = seen
    one = Estimate.of_solver("a", portrait, problem)
    h = float(problem.geometry.reference().norm()) * 1e-9
    inside = one.inside
    np.testing.assert_allclose(one.fields["displacement_std"][inside], one.fields["phase_std"][inside] / h)
    medians = one.medians()
    assert medians["displacement_std"] == pytest.approx(medians["phase_std"] / h)
    assert medians["amplitude_std"] == pytest.approx(np.std(FACTORS, ddof=1) / np.mean(FACTORS), rel=1e-2)
    assert 0 <= one.coverage <= 1


def test_the_deviations_across_solvers_are_those_of_their_means(seen) -> None:
    problem, objects, portrait = seen
    portraits = [replace(portrait, agreed=object) for object in objects[:3]]
    together = Estimate.across(portraits, problem)
    away = (objects[:3] * objects[0].conj()).angle()
    inside = torch.from_numpy(together.inside)
    direct = away.std(dim=0)[inside]
    torch.testing.assert_close(torch.from_numpy(together.fields["phase_std"])[inside], direct, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(together.object[inside], objects[:3].mean(dim=0)[inside])
    assert together.count == 3
    assert {"displacement", "strain", "strain_std"} <= set(together.fields)


PAIR = {
    "er": {"name": "er", "steps": 20},
    "hio": [{"name": "hio", "steps": 15}, {"name": "shrinkwrap", "threshold": 0.1}, {"name": "er", "steps": 4}],
}
SOURCE = {"name": "simulation", "generator": "superellipsoid", "seed": 3, "photons": 1e5}


@pytest.mark.parametrize(
    ("options", "solvers", "seeds"),
    [
        ({"shape": [16, 18]}, PAIR, 3),
        ({"shape": [12, 12, 12]}, PAIR, 3),
        ({"shape": [12, 12, 12]}, {"er": PAIR["er"]}, 1),
    ],
)
def test_every_solver_is_estimated_and_several_together(options, solvers, seeds) -> None:
    comparison = compare({**SOURCE, **options}, solvers, seeds=seeds)
    names = [estimate.name for estimate in estimates(comparison, "problem")]
    assert names == [*comparison.ranking("problem"), *([TOGETHER] if len(solvers) > 1 else [])]
    facts = json.loads(json.dumps(figures_of(comparison)))["problems"]["problem"]["uncertainty"]
    assert set(facts) == {"together" if name == TOGETHER else name for name in names}
    assert all(0 <= fact["coverage"] <= 1 for fact in facts.values() if fact["coverage"] is not None)


def test_without_a_truth_there_is_no_coverage() -> None:
    comparison = compare({**SOURCE, "shape": [16, 18]}, PAIR, seeds=2)
    problem = replace(comparison.contest.problems["problem"], truth=None)
    unknown = replace(comparison, contest=replace(comparison.contest, problems={"problem": problem}))
    assert all(estimate.coverage is None for estimate in estimates(unknown, "problem"))


def test_nothing_is_estimated_where_all_failed() -> None:
    comparison = compare({**SOURCE, "shape": [16, 18]}, {"nothing": bad_solvers.GivesNothing()}, seeds=2)
    assert figures_of(comparison)["problems"]["problem"]["uncertainty"] == {}
