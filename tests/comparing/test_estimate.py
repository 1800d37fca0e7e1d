"""Standard deviations of mean objects are those of a direct computation, for one solver and across solvers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from phasekit import compare
from phasekit.comparing.estimate import TOGETHER, Estimate, estimates
from phasekit.comparing.figures import figures_of
from phasekit.core.solver import SolverLike

from .. import bad_solvers
from .seen import FACTORS, Seen


def test_displacement_is_as_sure_as_the_phase_over_h(seen: Seen) -> None:
    problem, _, ensemble = seen
    one = Estimate.of_solver("a", ensemble, problem)
    reference = problem.geometry.reference()
    assert reference is not None
    h = float(reference.norm()) * 1e-9
    inside = one.inside
    np.testing.assert_allclose(one.fields["displacement_std"][inside], one.fields["phase_std"][inside] / h)
    medians = one.medians()
    assert medians["phase_std"] is not None
    assert medians["displacement_std"] == pytest.approx(medians["phase_std"] / h)
    assert medians["amplitude_std"] == pytest.approx(np.std(FACTORS, ddof=1) / np.mean(FACTORS), rel=1e-2)
    assert one.coverage is not None
    assert 0 <= one.coverage <= 1


def test_the_deviations_across_solvers_are_those_of_their_means(seen: Seen) -> None:
    problem, objects, ensemble = seen
    ensembles = [replace(ensemble, agreed=object) for object in objects[:3]]
    together = Estimate.across(ensembles, problem)
    away = (objects[:3] * objects[0].conj()).angle()
    inside = torch.from_numpy(together.inside)
    direct = away.std(dim=0)[inside]
    torch.testing.assert_close(torch.from_numpy(together.fields["phase_std"])[inside], direct, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(together.object[inside], objects[:3].mean(dim=0)[inside])
    assert together.count == 3
    assert {"displacement", "strain", "strain_std"} <= set(together.fields)


PAIR: dict[str, SolverLike] = {
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
def test_every_solver_is_estimated_and_several_together(
    options: dict[str, Any], solvers: dict[str, SolverLike], seeds: int
) -> None:
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
