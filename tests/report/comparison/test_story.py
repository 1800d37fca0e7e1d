"""The story says who leads, and whether that can be distinguished from chance."""

from __future__ import annotations

from dataclasses import replace

from phasekit import compare
from phasekit.comparing.comparison import Comparison
from phasekit.report.comparison.story import key_figures, story, story_facts

FLAT = {"name": "simulation", "shape": [16, 18], "seed": 1}


def test_the_story_says_who_leads_and_whether_that_is_chance(compared: Comparison) -> None:
    words = story(compared)
    assert words.startswith("4 solvers on one problem, ranked by ")
    assert f"{compared.ranking()[0]} has the lowest median, " in words
    second = story_facts(compared)["second"]
    relation = "It differs from" if second["different"] else "It cannot be distinguished from"
    assert f"{relation} the next, {second['solver']}" in words
    assert words.endswith(").")
    assert "p = " in words


def test_the_story_is_plain_text(compared: Comparison) -> None:
    assert "&" not in story(compared).replace("</script> & ", "")
    assert "\n" not in story(compared)


def test_where_no_solver_was_run_there_is_no_first(compared: Comparison) -> None:
    nobody = replace(compared, entries=tuple(entry for entry in compared.entries if entry.refusal))
    assert story(nobody).endswith("None of them returned an object.")


def test_failed_starts_and_the_budget_are_among_the_key_figures(compared: Comparison) -> None:
    figures = key_figures(compared)
    assert (figures["starts"], figures["failed"]) == (12, 4)
    assert (figures["steps"], figures["seconds"]) == (None, None)
    budget = compare(FLAT, {"er": {"name": "er", "steps": 2}}, seeds=1, budget={"seconds": 0.5}).contest.budget
    limited = replace(compared, contest=replace(compared.contest, budget=budget))
    assert key_figures(limited)["seconds"] == 0.5
