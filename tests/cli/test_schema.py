"""`phasekit schema` prints a schema that editors read, and refuses an unknown name in a sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from phasekit.recipes.schema import recipe_schema, schema_of

from ..conftest import Said

Call = Callable[..., Said]


@pytest.mark.parametrize("words", [(), ("recipe",)])
def test_the_schema_of_a_recipe_is_printed_as_json(call: Call, words: tuple[str, ...]) -> None:
    said = call("schema", *words)
    assert (said.code, said.err) == (0, "")
    assert json.loads(said.out) == recipe_schema()


def test_the_schema_of_a_plugin_is_printed_by_its_name(call: Call) -> None:
    assert json.loads(call("schema", "deep-prior").out) == schema_of("deep-prior")


def test_what_is_printed_is_plain_ascii_so_that_any_terminal_can_redirect_it(call: Call) -> None:
    assert call("schema").out.isascii()


def test_an_unknown_plugin_is_one_sentence_and_exit_code_2(call: Call) -> None:
    said = call("schema", "hioo")
    assert (said.code, said.out, said.err) == (2, "", "no plugin is called 'hioo'; did you mean hio?\n")


def test_plugins_of_ones_own_are_named_as_files(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "flip.py"
    file.write_text(
        "from typing import Literal\nfrom phasekit import Schedule\n\nclass Flip(Schedule):\n"
        '    """One."""\n\n    name: Literal["flip"] = "flip"\n\n    def at(self, step, steps):\n        return 1.0\n',
        encoding="utf-8",
    )
    recipe = {"source": "simulation", "solver": {"name": "hio", "beta": {"name": "flip"}}}
    assert not Draft202012Validator(json.loads(call("schema").out)).is_valid(recipe)
    assert Draft202012Validator(json.loads(call("schema", "--plugins", file).out)).is_valid(recipe)
    assert call("schema", "--plugins", tmp_path / "none.py").code == 2


def test_a_file_that_cannot_be_loaded_is_named_beside_the_schema(call: Call, tmp_path: Path) -> None:
    (tmp_path / "raises.py").write_text("raise RuntimeError('broken on import')", encoding="utf-8")
    said = call("schema", "--plugins", tmp_path / "raises.py")
    assert "broken on import" in said.err
    assert json.loads(said.out)["title"] == "phasekit recipe"


@pytest.mark.parametrize(
    ("words", "heavy"),
    [(["--help"], {"torch", "numpy", "pydantic"}), (["schema", "--help"], {"torch", "numpy"})],  # typer has pydantic
    ids=["all", "schema"],
)
def test_help_waits_for_no_heavy_package(words: list[str], heavy: set[str]) -> None:
    code = (
        "import sys\nfrom phasekit.cli.app import app\n"
        f"try:\n    app({words})\nexcept SystemExit:\n    pass\n"
        f"assert not {heavy} & sys.modules.keys(), {heavy} & sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage" in done.stdout
