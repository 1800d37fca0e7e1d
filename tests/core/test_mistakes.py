"""What is wrong is told at the place that was written, whatever pydantic calls it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from phasekit import Solver
from phasekit.core.mistakes import Mistake, explained, listed, located, mistakes
from phasekit.runtime.tree import Place
from phasekit.runtime.yaml_reader import parse
from phasekit.solving.task import SolveTask


def _found(**keys: Any) -> list[Mistake]:
    given = {"source": "simulation", "solver": "er"} | keys
    with pytest.raises(ValidationError) as caught:
        SolveTask.model_validate(given)
    return mistakes(explained(caught.value, "a recipe", [*SolveTask.model_fields]), given)


def test_a_mistake_in_a_list_that_means_a_chain_stands_at_its_index() -> None:
    (mistake,) = _found(solver=["er", {"name": "hio", "beta": 7}])
    assert mistake.place == ("solver", 1, "beta")
    assert str(mistake).startswith("solver.1.beta: should ")


def test_a_misspelt_key_is_told_at_what_has_it() -> None:
    (mistake,) = _found(solver=[{"name": "hio", "bta": 1}])
    assert mistake.place == ("solver", 0, "bta")
    assert str(mistake) == "solver.0: hio has no option 'bta'; did you mean beta?"


def test_the_whole_recipe_has_no_place() -> None:
    (mistake,) = _found(sedes=3)
    assert str(mistake) == "a recipe has no option 'sedes'; did you mean seeds?"


def test_every_mistake_is_told_once() -> None:
    found = _found(seeds=0, held_out=2, metrics=["chi"])
    assert sorted(str(mistake.place[0]) for mistake in found) == ["held_out", "metrics", "seeds"]


def refused(data: Any) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        Solver.resolve(data)
    return caught.value


WRONG: list[tuple[Any, str]] = [
    ({"name": "hio", "beta": 3}, "beta: should lie between 0 and 2, got 3"),
    ({"name": "hio", "steps": 0}, "steps: should be greater than or equal to 1, got 0"),
    ({"name": "hio", "betta": 1}, "hio has no option 'betta'; did you mean beta?"),
    (["er", {"name": "hio", "betta": 1}], "1: hio has no option 'betta'; did you mean beta?"),
    (["er", {"name": "er", "steps": 1.5}], "1.steps: should be a valid integer, got 1.5"),
    (("er", {"name": "er", "steps": 1.5}), "1.steps: should be a valid integer, got 1.5"),
    ({"repeat": 2, "solvers": ["er", "hoi"]}, "solvers.1: no solver is called 'hoi'; did you mean hio?"),
    ({"name": "hio", "beta": {"name": "linaer"}}, "beta: no schedule is called 'linaer'; did you mean linear?"),
    ({"name": "hio", "beta": 3, "steps": 0}, "steps: should be greater than or equal to 1, got 0; beta: "),
]


@pytest.mark.parametrize(("data", "sentence"), WRONG)
def test_a_mistake_is_told_where_it_was_written(data: Any, sentence: str) -> None:
    said = listed(refused(data), data)
    assert said.startswith(sentence) if sentence.endswith(": ") else said == sentence


@pytest.mark.parametrize(
    "change",
    [
        lambda line: {**line, "msg": f"Value error, {line['msg']}"},
        lambda line: {**line, "loc": ("lax-or-strict", *line["loc"])},
    ],
)
def test_what_pydantic_adds_is_left_out(change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    data = {"name": "hio", "steps": 0}

    class Adding:
        def errors(self, include_url: bool = True) -> list[dict[str, Any]]:
            return [change(dict(line)) for line in refused(data).errors(include_url=include_url)]

    found = mistakes(Adding(), data)  # type: ignore[arg-type]  # all that is asked of an error
    assert found == [Mistake(("steps",), ("steps",), "should be greater than or equal to 1, got 0")]


TEXT = "name: hio\nbeta: 3\nfeta: 1\nsteps: 0\n"


def test_in_a_file_every_mistake_has_its_line_and_they_come_in_its_order() -> None:
    tree = parse(TEXT, "f.yaml")
    sentences = located(refused(tree.data), tree)
    assert [sentence.split(": ")[:2] for sentence in sentences] == [
        ["f.yaml:2", "beta"],
        ["f.yaml:3", "hio has no option 'feta'; did you mean beta?"],
        ["f.yaml:4", "steps"],
    ]


def test_what_was_set_elsewhere_comes_last() -> None:
    def elsewhere(place: Place) -> str | None:
        return "--set beta=3" if place == ("beta",) else None

    tree = parse(TEXT, "f.yaml")
    assert located(refused(tree.data), tree, elsewhere)[-1] == "--set beta=3: beta: should lie between 0 and 2, got 3"


def test_an_empty_file_is_wrong_in_its_first_line() -> None:
    tree = parse("", "f.yaml")
    (sentence,) = located(refused({"name": "hio", "steps": 0}), tree)
    assert sentence == "f.yaml:1: should be greater than or equal to 1, got 0"
