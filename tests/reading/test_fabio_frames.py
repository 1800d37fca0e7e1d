"""Frames in EDF and CBF are read as they are, packed or not; cut ones are missing."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from fabio.cbfimage import CbfImage
from fabio.edfimage import EdfImage

from phasekit.reading.fabio_frames import is_fabio
from phasekit.reading.tiff import read_frames, read_stack

FRAMES = np.random.default_rng(0).poisson(300, (4, 40, 30)).astype(np.int32)


def write(path: Path, frame: np.ndarray) -> Path:
    kind = CbfImage if ".cbf" in path.name else EdfImage
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    kind(data=frame).write(str(plain))
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(plain.read_bytes()))
        plain.unlink()
    return path


@pytest.mark.parametrize("ending", [".edf", ".cbf", ".edf.gz", ".cbf.gz"])
def test_frames_are_read_as_they_are(tmp_path: Path, ending: str) -> None:
    files = [write(tmp_path / f"frame_{k}{ending}", frame) for k, frame in enumerate(FRAMES)]
    assert all(map(is_fabio, files))
    found = read_frames(files, "here")
    np.testing.assert_array_equal(found.array, FRAMES)
    assert found.missing == {}


def test_an_edf_file_may_hold_many_frames(tmp_path: Path) -> None:
    image = EdfImage(data=FRAMES[0])
    for frame in FRAMES[1:]:
        image.append_frame(data=frame)
    image.write(str(tmp_path / "stack.edf"))
    np.testing.assert_array_equal(read_stack(tmp_path / "stack.edf").array, FRAMES)


@pytest.mark.parametrize("ending", [".edf", ".cbf"])
@pytest.mark.parametrize("part", [0.0, 0.01, 0.1, 0.2, 0.4])
def test_a_truncated_frame_is_missing(tmp_path: Path, ending: str, part: float) -> None:
    files = [write(tmp_path / f"frame_{k}{ending}", frame) for k, frame in enumerate(FRAMES)]
    content = files[2].read_bytes()
    files[2].write_bytes(content[: int(part * len(content))])
    found = read_frames(files, "here")
    assert list(found.missing) == [2]
    np.testing.assert_array_equal(np.delete(found.array, 2, axis=0), np.delete(FRAMES, 2, axis=0))
