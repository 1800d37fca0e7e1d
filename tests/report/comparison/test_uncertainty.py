"""The page says how sure every solver is, and shows it side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from phasekit import compare
from phasekit.comparing.comparison import Comparison
from phasekit.comparing.estimate import TOGETHER, estimates
from phasekit.report.comparison.uncertainty import slices, uncertainty
from phasekit.report.figures.ink import LIGHT
from phasekit.report.html.templates import fragment

from ... import bad_solvers
from ...known import THETA
from ..page_text import Page

SOURCE = {"name": "simulation", "generator": "superellipsoid", "seed": 3, "photons": 1e5}
PAIR: dict[str, Any] = {
    "er": {"name": "er", "steps": 20},
    "hio": [{"name": "hio", "steps": 15}, {"name": "shrinkwrap", "threshold": 0.1}, {"name": "er", "steps": 4}],
}

pytestmark = pytest.mark.usefixtures("unpainted")


def section(comparison: Comparison) -> Page:
    return Page(fragment("comparison/uncertainty.html", "estimates", uncertainty(comparison)))


@pytest.fixture(scope="module")
def crystal() -> Comparison:
    return compare({**SOURCE, "generator": "crystal", "shape": [12, 12, 12]}, PAIR, seeds=3, geometry=THETA)


@pytest.mark.parametrize(
    ("shape", "solvers", "seeds"),
    [([16, 18], PAIR, 3), ([12, 12, 12], PAIR, 3), ([12, 12, 12], {"er": PAIR["er"]}, 1)],
)
def test_the_page_tells_how_sure_every_solver_is(shape: list[int], solvers: dict[str, Any], seeds: int) -> None:
    page = section(compare({**SOURCE, "shape": shape}, solvers, seeds=seeds))
    hidden_with = {str(attributes["data-solver"]) for _, attributes in page.tags if "data-solver" in attributes}
    assert hidden_with == {*solvers, *([TOGETHER] if len(solvers) > 1 else [])}
    assert "displacement and strain of the mean" not in page.text


def test_displacement_and_strain_are_shown_where_phase_means_displacement(crystal: Comparison) -> None:
    assert "displacement and strain of the mean" in section(crystal).text


def test_without_a_truth_the_suites_coverage_stands_alone() -> None:
    comparison = compare({**SOURCE, "shape": [16, 18]}, PAIR, seeds=2)
    problem = replace(comparison.contest.problems["problem"], truth=None)
    unknown = replace(comparison, contest=replace(comparison.contest, problems={"problem": problem}))
    assert "benchmark suite" in section(unknown).text
    assert all(row["cells"][-1].text == "–" for row in uncertainty(unknown)["problems"]["problem"])


def test_where_all_failed_it_is_said() -> None:
    comparison = compare({**SOURCE, "shape": [16, 18]}, {"nothing": bad_solvers.GivesNothing()}, seeds=2)
    assert section(comparison).text == "No solver returned an object."


def test_mean_and_deviation_are_drawn_side_by_side(crystal: Comparison) -> None:
    found = estimates(crystal, "problem")
    drawings = slices(found, crystal.contest.problems["problem"].geometry)
    assert [*drawings] == [estimate.name for estimate in found]
    axes = {what: len(drawing.paint(LIGHT).axes) for what, drawing in drawings[TOGETHER].items()}
    assert axes == {"phase": 2 * 2, "lattice": 2 * 4}
