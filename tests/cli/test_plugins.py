"""`phasekit plugins`, `show` and `test`: what is installed, what it does, whether it keeps the laws."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import Said


def test_plugins_can_be_read_by_programs(call: Callable[..., Said]) -> None:
    said = call("plugins", "--json")
    assert said.code == 0
    found = json.loads(said.out)
    names = {(row["kind"], row["name"]) for row in found["plugins"]}
    assert {("solver", "chain"), ("solver", "hio"), ("schedule", "constant"), ("source", "hdf5")} <= names
    assert found["set_aside"] == {}
    assert all(row["what"] and row["from"] for row in found["plugins"])
    assert "hio" in call("plugins").out


def test_show_tells_options_and_near_matches(call: Callable[..., Said]) -> None:
    said = call("show", "hio")
    assert said.code == 0
    assert "beta" in said.out
    wrong = call("show", "hoi")
    assert wrong.code == 2
    assert "no plugin is called 'hoi'; did you mean hio" in wrong.err


LAWFUL = '''
"""A plugin."""
from typing import Literal
from phasekit import Schedule

class Flat(Schedule):
    """The same number throughout."""

    name: Literal["flat-for-test"] = "flat-for-test"

    def at(self, step: int, steps: int) -> float:
        """Return it."""
        return {value}
'''


@pytest.mark.parametrize(
    ("text", "code"),
    [(LAWFUL.format(value="1.0"), 0), (LAWFUL.format(value="float('nan')"), 1), ("1/0\n", 1), (None, 2)],
)
def test_the_contract_kit_has_its_exit_codes(call: Callable[..., Said], tmp_path: Path, text: str, code: int) -> None:
    path = tmp_path / "flat.py"
    if text is not None:
        path.write_text(text)
    said = call("test", path)
    assert said.code == code or (text == "1/0\n" and said.code == 2)
    assert "Traceback" not in said.err
