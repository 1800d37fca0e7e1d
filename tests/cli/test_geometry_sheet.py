"""`phasekit geometry`: the matrices of a recipe, and the check against reference set-ups."""

from __future__ import annotations

from pathlib import Path

import pytest

from phasekit import InputError
from phasekit.cli.geometry_sheet import geometry_of, geometry_sheet, sheet_lines


def test_the_text_names_d_spacing_frames_and_units(bragg: Path) -> None:
    text = "\n".join(sheet_lines(geometry_sheet(*geometry_of(bragg, (), (64, 128, 128))[:2])))
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
    assert "is unknown" in "\n".join(sheet_lines(sheet))


def test_what_is_missing_is_said_with_file_and_line(bragg: Path) -> None:
    with pytest.raises(InputError, match=r"has no source: give --shape, for example 64,128,128"):
        geometry_of(bragg)
    with pytest.raises(InputError, match=r"recipe.yaml:1: geometry: the geometry 'bragg' needs angles_deg of chi"):
        geometry_of(bragg, ["geometry.angles_deg={theta: 0.2, phi: -5, delta: 30.1, gamma: 14}"], (8, 8, 8))
