"""The headline says how the run ended, and warns of what makes its result doubtful."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from phasekit import Result
from phasekit.report.html.templates import sentence
from phasekit.report.reconstruction.headline import crystal_facts, doubts, run_facts
from phasekit.report.reconstruction.volume_summary import VolumeSummary

from ..results import make_result
from ..volumes import ball, broken_volume

PAGE = "reconstruction/headline.html"


def story(result: Result, info: dict[str, Any] | None = None) -> str:
    return sentence(PAGE, "story", run_facts(result, info or {}))


def warnings(result: Result) -> list[str]:
    return [sentence(PAGE, "warning", doubt, run_facts(result, {})) for doubt in doubts(result)]


def test_the_story_says_what_was_run_and_how_it_ended() -> None:
    result = make_result()
    assert story(result, {"solver": "hio"}) == (
        "4 starts of hio were run and ranked by chi2 (lower is better). The best, seed 0, ended at chi2 = 0.1. "
        "1 of the other 3 agree with it. 1 failed."
    )
    assert story(make_result(seeds=1)) == "One start was run. Seed 0, ended at chi2 = 0.1."
    assert "No other start agrees with it." in story(replace(result, agreeing=(0,)))
    assert "All failed" in story(replace(result, failed=(0, 1, 2, 3)))


def test_a_reader_is_warned_of_what_makes_a_result_doubtful() -> None:
    sure = replace(make_result(), failed=(), agreeing=(0, 1, 2))
    assert warnings(sure) == []
    assert "is interrupted" in warnings(replace(sure, status="interrupted"))[0]
    assert "No other start agrees" in warnings(replace(sure, agreeing=(0,)))[0]
    assert "Only one start" in warnings(make_result(seeds=1))[0]
    assert warnings(make_result(seeds=6)) == [
        "Only 2 of 6 starts agree.",
        "1 of 6 starts failed (seeds 5).",
    ]


def test_the_key_figures_are_those_of_the_best_seed() -> None:
    facts = run_facts(make_result(), {})
    assert (facts["best"], facts["metrics"]) == (0.1, {"r": 0.5})
    assert facts["support_percent"] == 100 / 8


def test_sizes_and_strains_of_a_crystal_are_among_the_key_figures() -> None:
    facts = crystal_facts(VolumeSummary(ball()))
    assert facts["voxel"] == "8 × 10 × 12.5 nm"
    assert list(facts["strains"]) == ["strain against h_ref", "strain against own mean"]
    assert facts["twin"] == "open"
    assert crystal_facts(VolumeSummary(broken_volume("empty support")))["size"] == ""
