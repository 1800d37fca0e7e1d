"""Beamlines: those that come with phasekit, and files of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from phasekit import InputError
from phasekit_plugins.geometries.bragg import Bragg
from phasekit_plugins.geometries.instruments import Instrument, instrument, packaged

from .setups import bragg


@pytest.mark.parametrize("name", ["34-ID-C", "ID01", "P10", "NanoMAX", "SIXS", "CRISTAL"])
def test_every_packaged_beamline_gives_a_geometry_and_says_where_it_is_from(name: str) -> None:
    file = packaged()[name]
    assert file.source
    angles = {c.name: 0.5 for c in file.sample_circles} | {c.name: 20.0 for c in file.detector_circles}
    geometry = bragg(beamline=name, angles_deg=angles)
    assert geometry.for_data(3) == geometry
    assert bragg(beamline=name.lower(), angles_deg=angles).transfer().tolist() == geometry.transfer().tolist()


def test_a_beamline_of_one_s_own_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "name: mine\nsample_circles: [{name: th, axis: y+}]\ndetector_circles: [{name: tth, axis: y+}]\n"
        "row: y-\ncolumn: x+\npixel_um: 75\ndistance_m: 1.2\nrocking: th\n"
    )
    options = {"angles_deg": {"th": 10, "tth": 30}, "energy_kev": 8, "step_deg": 0.01}
    geometry = Bragg.model_validate({"beamline": "mine.yaml", **options}, context={"folder": str(tmp_path)})
    assert geometry.expanded().pixel_um == 75
    assert geometry.inputs() == {"beamline": tmp_path / "mine.yaml"}
    (tmp_path / "mine.yaml").write_text("name: mine\nsample_circle: []\nrow: up\n")
    with pytest.raises(ValidationError, match=r"no option 'sample_circle'; did you mean sample_circles"):
        Bragg.model_validate({"beamline": "mine.yaml", **options}, context={"folder": str(tmp_path)})


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "must be options, written as {option: value}, got None"),
        (b"\xff\xfe", "not a text file in UTF-8"),
        (b"[1, 2", "invalid YAML: "),
        (
            b"name: m\nsample_circles: [{name: th, axis: y+}]\ndetector_circles: [{name: tth, axis: y+}]\n"
            b"row: y-\ncolumn: x+\nrocking: thh\n",
            "the rocking axis 'thh' is not a circle of the sample; did you mean th?",
        ),
    ],
)
def test_a_beamline_file_that_is_wrong_is_refused_by_its_name(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "mine.yaml").write_bytes(content)
    with pytest.raises(ValidationError, match=sentence):
        Bragg.model_validate({"beamline": "mine.yaml"}, context={"folder": str(tmp_path)})


def test_a_beamline_that_is_unknown_is_refused_with_the_nearest() -> None:
    sentence = r"no beamline is called '34-ID-D'; did you mean 34-ID-C\?"
    with pytest.raises(InputError, match=sentence):
        instrument("34-ID-D")
    with pytest.raises(ValidationError, match=sentence):
        bragg(beamline="34-ID-D")


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
        (FILE + "row: y-\n", ["F:6: duplicate key 'row', first in line 4"]),
        ("name: [", ["F:1: invalid YAML: "]),
        ("", ["F:1: must be options, written as {option: value}, got None"]),
    ],
)
def test_a_mistake_is_reported_with_file_and_line(beamline: Path, text: str, sentences: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        read(beamline, text)
    for said, sentence in zip(str(caught.value).split("; " + str(beamline)), sentences, strict=True):
        where = said if said.startswith(str(beamline)) else str(beamline) + said
        assert where.startswith(sentence.replace("F", str(beamline), 1))


def test_the_packaged_beamlines_are_found_whatever_the_case() -> None:
    assert {"34-ID-C", "ID01", "P10", "NanoMAX", "SIXS", "CRISTAL"} <= packaged().keys()
    assert instrument("nanomax") is packaged()["NanoMAX"]
