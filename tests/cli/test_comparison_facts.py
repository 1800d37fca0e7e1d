"""What `phasekit check` says of a comparison."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from phasekit.cli.comparison_facts import comparison_facts
from phasekit.recipes.loader import load
from phasekit.runs.prepare import prepare_contest_of

from ..conftest import Said

BAD = Path(__file__).parents[1] / "bad_solvers.py"


def test_check_says_what_a_comparison_will_take(recipe: Callable[..., Path], call: Callable[..., Said]) -> None:
    text = (
        "task: compare\nsource: {name: simulation, shape: [16, 14]}\nsolvers: {one: er, two: [hio, er], three: cnn}\n"
    )
    said = call("check", recipe(text))
    assert said.code == 0
    assert "refused: cnn has no weights" in said.out
    assert "10 starts in" in said.out
    assert "the recipe is valid" in said.out


def test_a_budget_in_seconds_is_the_time_of_every_start(recipe: Callable[..., Path]) -> None:
    text = "task: compare\nsource: {name: simulation, shape: [16, 14]}\nsolvers: {one: er}\nseeds: 6\nbatch: 4\n"
    facts = comparison_facts(prepare_contest_of(load(recipe(text + "budget: {seconds: 2}\n"))))
    assert facts["problem"] == "data 16 × 14, truth known"
    assert facts["one"] == "6 starts in 2 batches, about 12 s in total"
    assert facts["rank"] == "object-error"


def test_a_solver_that_fails_is_named_and_the_others_are_listed(
    recipe: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "{name: simulation, shape: [16, 14]}"
    text = f"task: compare\nproblems: {{a: {source}, b: {source}}}\nsolvers: {{bad: raises, one: er}}\n"
    facts = comparison_facts(prepare_contest_of(load(recipe(f"{text}plugins: [{BAD}]\nseeds: 2\n"))))
    for problem in ("a", "b"):
        assert facts[f"bad on {problem}"] == "fails: ZeroDivisionError: division of nothing"
        assert facts[f"one on {problem}"].startswith("2 starts in ")
