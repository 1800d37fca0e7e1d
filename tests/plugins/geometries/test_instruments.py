"""Beamlines: those that come with phasekit, and files of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from phasekit import InputError
from phasekit_plugins.geometries.bragg import Bragg
from phasekit_plugins.geometries.instruments import instrument, packaged

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
        (b"\xff\xfe", "cannot be read as a text file in UTF-8"),
        (b"[1, 2", "is not valid YAML"),
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
