"""`phasekit geometry`: the matrices of a recipe, and the check against reference set-ups."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from phasekit import InputError
from phasekit.cli.app import app
from phasekit.cli.geometry_sheet import geometry_of, geometry_sheet, sheet_lines

BRAGG = """\
geometry:
  name: bragg
  beamline: 34-ID-C
  angles_deg: {theta: 0.2, chi: 90, phi: -5, delta: 30.1, gamma: 14.0}
  step_deg: 0.01
  energy_kev: 9
  distance_m: 0.5
  pixel_um: 55
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(BRAGG)
    return path


def test_json_holds_vectors_and_matrices_of_every_frame(recipe: Path) -> None:
    shown = CliRunner().invoke(app, ["geometry", str(recipe), "--shape", "64,128,128", "--json"])
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


def test_the_text_names_d_spacing_frames_and_units(recipe: Path) -> None:
    text = "\n".join(sheet_lines(geometry_sheet(*geometry_of(recipe, (), (64, 128, 128))[:2])))
    for words in ("d-spacing        0.243113 nm = 2.4311 Å", "laboratory frame", "sample frame", "crystal frame"):
        assert words in text
    assert "25.3444 × 10.0836 × 10.0099 nm" in text


def test_a_source_tells_the_shape_and_a_far_field_has_a_sheet_too(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("source: {name: simulation, shape: [16, 18, 20]}\ngeometry: {name: far-field}\n")
    found, space, _ = geometry_of(path)
    sheet = geometry_sheet(found, space)
    assert sheet["shape"] == [16, 18, 20]
    assert not sheet["calibrated"]
    assert "q_lab_per_nm" not in sheet
    assert "not known" in "\n".join(sheet_lines(sheet))


def test_what_is_missing_is_said_with_file_and_line(recipe: Path) -> None:
    with pytest.raises(InputError, match=r"has no source: give --shape, 64,128,128 for example"):
        geometry_of(recipe)
    with pytest.raises(InputError, match=r"recipe.yaml:1: geometry: the geometry 'bragg' needs angles_deg of chi"):
        geometry_of(recipe, ["geometry.angles_deg={theta: 0.2, phi: -5, delta: 30.1, gamma: 14}"], (8, 8, 8))
    for shape in ("64x", "0,8,8", "-4,8,8", "8.5,8,8", ""):
        shown = CliRunner().invoke(app, ["geometry", str(recipe), f"--shape={shape}"])
        assert isinstance(shown.exception, InputError), shape
        assert "takes whole numbers" in str(shown.exception)


def test_the_reference_setups_agree() -> None:
    shown = CliRunner().invoke(app, ["geometry", "--check"])
    assert shown.exit_code == 0, shown.output
    assert shown.output.count("agrees") >= 9
    assert "deviates" not in shown.output
    rows = json.loads(CliRunner().invoke(app, ["geometry", "--check", "--json"]).output)["setups"]
    assert all(row["deviation"] <= row["tolerance"] for row in rows)
