"""Mistakes in options are told once each, at the place where they were written, in the order of the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from phasekit import InputError, Solver, solve, train
from phasekit.core.mistakes import Mistake, listed, located, mistakes
from phasekit.recipes.loader import load
from phasekit.runtime.yaml_reader import Place, parse


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


SOURCE = {"name": "simulation", "shape": [16, 16]}


def in_python(place: str, call: Callable[[], object]) -> list[str]:
    """Return what a call says of a keyword, in pieces that do not depend on the order of mistakes."""
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.place == place
    return sorted(str(caught.value).split("; "))


def in_a_recipe(place: str, recipe: dict[str, Any]) -> list[str]:
    """Return the same of a recipe, without file, line and the keyword."""
    with pytest.raises(InputError) as caught:
        load(recipe)
    lines = [re.fullmatch(rf"recipe:\d+: {place}(?:\.|: )(.*)", line) for line in str(caught.value).split("\n")]
    return sorted(piece for line in lines if line for piece in line[1].split("; "))


@pytest.mark.parametrize("data", [data for data, _ in WRONG])
def test_python_and_a_recipe_say_the_same(data: Any) -> None:
    said = in_python("solver", lambda: solve(SOURCE, data))
    assert said == in_a_recipe("solver", {"source": SOURCE, "solver": data})


def test_python_and_a_recipe_say_the_same_of_a_training() -> None:
    given: dict[str, Any] = {
        "solver": "cnn",
        "generator": "crystal",
        "shape": [16, 16, 16],
        "training": {"samples": 10, "batch": 0, "epoch": 3},
    }
    assert in_python("training", lambda: train(**given)) == in_a_recipe("training", {"task": "train", **given})
