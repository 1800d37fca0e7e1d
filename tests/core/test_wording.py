"""What an option takes is said in the words of a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, TypeAdapter

from phasekit import Between, InputFile, InputPath, Plugin, Schedule, Solver
from phasekit.core.plugin import Options as PlainOptions
from phasekit.core.wording import takes

Count = Annotated[int, Field(ge=1, le=100)]


class Part(PlainOptions):
    """Options inside a plugin's."""

    low: int = Field(0, description="d")
    high: int = Field(1, description="d")


class Options(Plugin):
    """Has an option of every type."""

    name: Literal["options"] = "options"
    file: InputFile = Field(description="d")
    pair: tuple[Count, Count] = Field((8, 14), description="d")
    sizes: tuple[Count, ...] = Field((64, 64), min_length=2, max_length=3, description="d")
    beta: Annotated[Schedule | float, Between(0, 2)] = Field(0.9, description="d")
    weight: Annotated[Schedule | float, Between(0, float("inf"))] = Field(1.0, description="d")
    part: float = Field(0.5, gt=0, le=1, description="d")
    word: Literal["a", "b", "-"] = Field("a", description="|x|")
    perhaps: float | None = Field(None, gt=0, description="d")
    yes: bool = Field(True, description="d")
    solvers: tuple[Solver, ...] = Field((), description="d")
    steps: int = Field(5, ge=1, le=100_000_000, description="d")
    angles: Mapping[str, float] = Field({}, description="d")
    parts: tuple[Part, ...] = Field((), description="d")


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (InputPath, "file or folder"),
        (tuple[int, str], "[whole number, text]"),
        (tuple[Schedule, ...], "list of numbers, or schedules"),
        (tuple[Annotated[Schedule | float, Between(0, 1)], ...], "list of numbers from 0 to 1, or schedules"),
        (Literal["one"], "`one`"),
        (int | Literal["all"], "whole number, or `all`"),
        (Annotated[int, Field(ge=1, le=12_000)], "whole number from 1 to 12000"),
        (Annotated[float, Field(ge=0, lt=0.5)], "number ≥ 0, < 0.5"),
    ],
)
def test_a_type_alone_is_said_with_its_bounds(annotation: Any, words: str) -> None:
    schema = TypeAdapter(annotation).json_schema()
    assert takes(schema, schema.get("$defs", {})) == words


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("file", "file"),
        ("pair", "list of 2 whole numbers from 1 to 100"),
        ("sizes", "list of 2 or 3 whole numbers from 1 to 100"),
        ("beta", "number from 0 to 2, or a schedule"),
        ("weight", "number ≥ 0, or a schedule"),
        ("part", "number > 0, ≤ 1"),
        ("word", "`a`, `b` or `'-'`"),
        ("perhaps", "number > 0, or `null`"),
        ("yes", "true or false"),
        ("angles", "mapping of texts to numbers"),
        ("parts", "list of parts {low, high}"),
        ("solvers", "list of solvers"),
        ("steps", "whole number from 1 to 1e8"),
    ],
)
def test_what_an_option_takes_is_said_in_the_words_of_a_recipe(option: str, words: str) -> None:
    schema = Options.model_json_schema()
    assert takes(schema["properties"][option], schema["$defs"]) == words
