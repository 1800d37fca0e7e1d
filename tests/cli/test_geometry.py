"""`phasekit geometry`: the matrices of a recipe as text and as JSON, and the check against reference set-ups."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from phasekit import InputError
from phasekit.cli.app import app
from phasekit.cli.geometry_sheet import geometry_of, geometry_sheet, sheet_lines

from ..conftest import Said


def test_json_holds_vectors_and_matrices_of_every_frame(bragg: Path) -> None:
    shown = CliRunner().invoke(app, ["geometry", str(bragg), "--shape", "64,128,128", "--json"])
    assert shown.exit_code == 0
    sheet = json.loads(shown.output)
    assert np.linalg.norm(sheet["q_lab_per_nm"]) == pytest.approx(25.8448, abs=1e-4)
    for frame in ("lab", "sample", "crystal"):
        reciprocal, direct = (np.array(sheet[key]) for key in (f"reciprocal_{frame}_per_nm", f"direct_{frame}_nm"))
        np.testing.assert_allclose(direct, 2 * np.pi * np.linalg.inv(reciprocal * sheet["shape"]).T, atol=1e-9)
        rotation = np.array(sheet[f"rotation_lab_to_{frame}"])
        np.testing.assert_allclose(rotation @ sheet["q_lab_per_nm"], sheet[f"q_{frame}_per_nm"], atol=1e-9)
    # Half the period of the highest frequency: the edge of the array along its own axis.
    edge = np.linalg.norm(np.array(sheet["reciprocal_lab_per_nm"]), axis=0) * np.array(sheet["shape"]) / 2
    np.testing.assert_allclose(sheet["resolution_limit_nm"], np.pi / edge)


def test_the_reference_setups_agree() -> None:
    shown = CliRunner().invoke(app, ["geometry", "--check"])
    assert shown.exit_code == 0, shown.output
    assert shown.output.count("agrees") >= 9
    assert "deviates" not in shown.output
    rows = json.loads(CliRunner().invoke(app, ["geometry", "--check", "--json"]).output)["setups"]
    assert all(row["deviation"] <= row["tolerance"] for row in rows)


@pytest.mark.parametrize("shape", ["64x", "0,8,8", "-4,8,8", "8.5,8,8", ""])
def test_a_shape_is_whole_numbers(bragg: Path, shape: str) -> None:
    shown = CliRunner().invoke(app, ["geometry", str(bragg), f"--shape={shape}"])
    assert isinstance(shown.exception, InputError)
    assert "write whole numbers" in str(shown.exception)


def test_the_text_is_the_sheet_and_what_is_to_be_noted(bragg: Path, call: Callable[..., Said]) -> None:
    said = call("geometry", bragg, "--shape", "64x128x128")
    found, space, notes = geometry_of(bragg, shape=(64, 128, 128))
    expected = [*sheet_lines(geometry_sheet(found, space)), *(f"note: {note}" for note in notes)]
    assert (said.code, said.out.splitlines()) == (0, expected)


def test_without_a_recipe_there_is_nothing_to_say(call: Callable[..., Said]) -> None:
    said = call("geometry")
    assert (said.code, said.err) == (2, "give a recipe, or --check\n")
