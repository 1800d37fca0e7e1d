"""The page of a plugin says what a recipe may write, and its example is one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import Field

from phasekit import InputError, InputFile, Plugin
from phasekit.core.chain import Chain, Constant
from phasekit.core.describe import describe, flow, page, usage
from phasekit.core.hookspecs import INTERFACES
from phasekit.core.registry import registry
from phasekit.runtime.yaml_reader import parse

Count = Annotated[int, Field(ge=1, le=100)]


class Options(Plugin):
    """Has an option of every sort of default."""

    name: Literal["options"] = "options"
    file: InputFile = Field(description="d")
    pair: tuple[Count, Count] = Field((8, 14), description="d")
    part: float = Field(0.5, gt=0, le=1, description="d")
    word: Literal["a", "b", "-"] = Field("a", description="|x|")
    perhaps: float | None = Field(None, gt=0, description="d")
    yes: bool = Field(True, description="d")


def test_defaults_are_written_as_a_recipe_writes_them() -> None:
    text = page("solver", Options)
    assert "| `pair` | list of 2 whole numbers from 1 to 100 | `[8, 14]` | d |" in text
    assert "| `file` | file | needed | d |" in text
    assert "| `yes` | true or false | `true` | d |" in text
    assert "| `perhaps` | number > 0, or `null` | `null` | d |" in text


def test_a_bar_in_a_description_does_not_end_its_cell() -> None:
    assert "| \\|x\\| |" in page("solver", Options)


def test_a_plugin_is_written_by_name_and_what_differs_from_its_defaults() -> None:
    assert flow(Constant(value=0.5)) == "0.5"
    assert flow(Chain(solvers=(Chain(),), repeat=3)) == "{name: chain, solvers: [chain], repeat: 3}"


def test_what_is_written_is_read_back_the_same() -> None:
    value = {"a": [1, 2.5, True, None], "b": "-", "c": "no", "d": "1e5", "e": "a: b"}
    assert parse(flow(value), "text").data == value


@pytest.mark.parametrize(
    ("kind", "cls"), [(kind, cls) for (kind, _), rows in sorted(registry().entries.items()) for _, cls in rows]
)
def test_the_example_of_every_plugin_makes_that_plugin(kind: str, cls: type[Plugin], tmp_path: Path) -> None:
    (tmp_path / "FILE").touch()
    found = parse(usage(kind, cls)[1], "example").data
    if kind != "schedule":
        (found,) = found.values()
    if kind in ("loss", "preparation"):
        (found,) = found
    assert isinstance(INTERFACES[kind].resolve(found, {"folder": str(tmp_path)}), cls)


def test_a_plugin_may_say_which_options_its_example_writes_out() -> None:
    class Shown(Options):
        example: ClassVar[Mapping[str, Any]] = {"part": 0.25}

    assert usage("solver", Shown)[1] == "solver: {name: options, file: FILE, part: 0.25}"


def test_an_unknown_name_gets_its_near_match() -> None:
    with pytest.raises(InputError, match="did you mean chain"):
        describe("chian")
