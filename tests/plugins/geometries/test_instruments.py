"""Beamline files are read as recipes are: by YAML 1.2, every mistake with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from phasekit import InputError
from phasekit_plugins.geometries.instruments import Instrument, instrument, packaged

FILE = """\
name: mine
sample_circles: [{name: th, axis: y+}]
detector_circles: [{name: tth, axis: y+}]
row: y-
column: x+
"""


@pytest.fixture
def beamline(tmp_path: Path) -> Path:
    return tmp_path / "mine.yaml"


def read(path: Path, text: str) -> Instrument:
    path.write_text(text, encoding="utf-8")
    return instrument(path)


@pytest.mark.parametrize("name", ["on", "off", "yes", "no", "y", "12:30", "2020-01-01", "'1e3'"])
def test_names_that_yaml_1_1_takes_for_something_else_are_names(beamline: Path, name: str) -> None:
    assert read(beamline, FILE.replace("name: mine", f"name: {name}")).name == name.strip("'")
    circles = read(beamline, FILE.replace("name: th,", f"name: {name},")).sample_circles
    assert circles[0].name == name.strip("'")


@pytest.mark.parametrize(("text", "number"), [("1e3", 1000.0), ("1e-3", 1e-3), ("0o17", 15.0), ("017", 17.0)])
def test_numbers_are_those_of_yaml_1_2(beamline: Path, text: str, number: float) -> None:
    assert read(beamline, f"{FILE}distance_m: {text}\npixel_um: [{text}, 55]\n").distance_m == number
    assert instrument(beamline).pixel_um == (number, 55)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (FILE.replace("mine", "1e3"), ["F:1: name: should be a valid string, got 1000.0"]),
        (FILE.replace("row: y-", "row: up"), ["F:4: row: "]),
        (FILE.replace("row: y-", "row: y"), ["F:4: row: "]),
        (f"{FILE}distance: 1\n", ["F:6: a beamline file has no option 'distance'; did you mean distance_m?"]),
        (
            FILE.replace("axis: y+}]\nrow", "axes: y+}]\nrow"),
            ["F:3: detector_circles.0: a circle ", "F:3: detector_circles.0: a circle "],
        ),
        (FILE.replace("column: x+\n", ""), ["F:1: a beamline file needs the option 'column'"]),
        (FILE + "row: y-\n", ["F:6: the key 'row' stands here a second time, first in line 4"]),
        ("name: [", ["F:1: this is not YAML"]),
        ("", ["F:1: takes options, written as {option: value}, got None"]),
    ],
)
def test_a_mistake_is_told_with_file_and_line(beamline: Path, text: str, sentences: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        read(beamline, text)
    for said, sentence in zip(str(caught.value).split("; " + str(beamline)), sentences, strict=True):
        where = said if said.startswith(str(beamline)) else str(beamline) + said
        assert where.startswith(sentence.replace("F", str(beamline), 1))


def test_the_packaged_beamlines_are_found_whatever_the_case() -> None:
    assert {"34-ID-C", "ID01", "P10", "NanoMAX", "SIXS", "CRISTAL"} <= packaged().keys()
    assert instrument("nanomax") is packaged()["NanoMAX"]
