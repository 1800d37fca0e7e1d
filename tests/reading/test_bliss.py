"""What is wanted of a scan that BLISS wrote is found, or named with what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from phasekit import InputError
from phasekit.reading.bliss import bliss_scan
from phasekit.reading.units import ANGLE, ENERGY, LENGTH

FRAMES = np.arange(60.0).reshape(3, 4, 5)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[h5py.File]:
    """A file with one scan of a detector in three frames."""
    with h5py.File(tmp_path / "master.h5", "w") as opened:
        scan = opened.create_group("sample_0001_1.1")
        scan["title"] = "ascan eta 17 17.2 2 1"
        scan["measurement/mpx1x4"] = FRAMES
        scan["measurement/mon2"] = [1000.0, 1010.0, 1020.0]
        scan["instrument/positioners/eta"] = [17.0, 17.1, 17.2]
        scan["instrument/mpx1x4/distance"] = 800.0
        scan["instrument/mpx1x4/distance"].attrs["units"] = "mm"
        scan["instrument/positioners/mononrj"] = 0.0
        yield opened


def test_values_come_in_the_unit_that_is_wanted(file: h5py.File) -> None:
    scan = bliss_scan(file, None)
    assert scan.title == "ascan eta 17 17.2 2 1"
    distance, doubts = scan.one("instrument/mpx1x4/distance", LENGTH, "distance_m")
    assert distance == pytest.approx(0.8)
    assert doubts == ()
    values = scan.values("instrument/positioners/eta", ANGLE)
    assert values is not None
    np.testing.assert_allclose(values, [17.0, 17.1, 17.2])
    np.testing.assert_array_equal(scan.frames(scan.detector(None)).array, FRAMES)
    assert scan.one("instrument/positioners/mononrj", ENERGY, "energy_kev") == (None, ())  # 0 is no energy
    assert scan.values("instrument/positioners/phi", ANGLE) is None


@pytest.mark.parametrize("wanted", ["sample_0001_1.1", "1.1", "1", None])
def test_a_scan_is_found_by_its_whole_name_or_its_number(file: h5py.File, wanted: str | None) -> None:
    assert bliss_scan(file, wanted).place == f"{file.filename}: scan sample_0001_1.1"


def refused(find: Callable[[], Any]) -> str:
    with pytest.raises(InputError) as caught:
        find()
    return str(caught.value)


def test_an_absent_scan_is_refused_with_those_that_are_there(file: h5py.File) -> None:
    assert "has no scan '2.1'; available: sample_0001_1.1" in refused(lambda: bliss_scan(file, "2.1"))
    file["sample_0002_1.1/measurement/mon2"] = [1.0]
    assert "has 2 scans; available: sample_0001_1.1, sample_0002_1.1" in refused(lambda: bliss_scan(file, None))
    assert "has 2 scans '1.1'" in refused(lambda: bliss_scan(file, "1.1"))
    del file["sample_0001_1.1"], file["sample_0002_1.1"]
    assert "has no scans" in refused(lambda: bliss_scan(file, None))


def test_of_several_detectors_one_is_asked_for_and_a_misspelt_one_gets_its_near_match(file: h5py.File) -> None:
    file["sample_0001_1.1/instrument/eiger2M/data"] = FRAMES + 1
    assert "2 detectors with frames: mpx1x4, eiger2M" in refused(lambda: bliss_scan(file, None).detector(None))
    assert "no detector 'eiger'; did you mean eiger2M" in refused(lambda: bliss_scan(file, None).detector("eiger"))
    scan = bliss_scan(file, None)
    np.testing.assert_array_equal(scan.frames(scan.detector("eiger2M")).array, FRAMES + 1)


def test_a_link_that_leads_nowhere_is_named(file: h5py.File) -> None:
    del file["sample_0001_1.1/measurement/mpx1x4"]
    file["sample_0001_1.1/measurement/mpx1x4"] = h5py.ExternalLink("detector.h5", "entry/data")
    said = refused(lambda: bliss_scan(file, None).detector(None))
    assert "measurement/mpx1x4 cannot be read: it is a link to detector.h5, which is not there" in said


def test_frames_behind_a_soft_link_to_a_link_into_the_file_of_lima_are_read(file: h5py.File) -> None:
    with h5py.File(Path(file.filename).parent / "lima.h5", "w") as lima:
        lima["entry_0000/measurement/data"] = FRAMES + 2
    scan = file["sample_0001_1.1"]
    del scan["measurement/mpx1x4"]
    scan["instrument/mpx1x4/data"] = h5py.ExternalLink("lima.h5", "/entry_0000/measurement/data")
    scan["measurement/mpx1x4"] = h5py.SoftLink("/sample_0001_1.1/instrument/mpx1x4/data")
    found = bliss_scan(file, None)
    assert found.detector(None) == "mpx1x4"
    np.testing.assert_array_equal(found.frames("mpx1x4").array, FRAMES + 2)
    np.testing.assert_array_equal(found.frames("mpx1x4", (slice(1, 3), slice(2, 4))).array, FRAMES[:, 1:3, 2:4] + 2)
    (Path(file.filename).parent / "lima.h5").unlink()
    said = refused(lambda: bliss_scan(file, None).detector(None))
    assert "it is a link to lima.h5, which is not there; copy it beside the file" in said


def test_scans_behind_links_are_scans(file: h5py.File) -> None:
    path = Path(file.filename).parent / "all.h5"
    with h5py.File(path, "w") as proposal:
        proposal["sample_0001_1.1"] = h5py.ExternalLink("master.h5", "sample_0001_1.1")
        proposal["sample_0002_1.1"] = h5py.ExternalLink("nothing.h5", "1.1")
    file.flush()
    with h5py.File(path) as proposal:
        # The fixture holds master.h5 open, in this process.
        assert bliss_scan(proposal, "1").name == "sample_0001_1.1"


def test_a_counter_that_is_not_there_is_refused_with_near_matches(file: h5py.File) -> None:
    np.testing.assert_array_equal(bliss_scan(file, None).counter("mon2").array, [1000, 1010, 1020])
    assert "has no counter 'mon'; did you mean mon2" in refused(lambda: bliss_scan(file, None).counter("mon"))
