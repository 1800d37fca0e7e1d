"""The source aps-34idc knows the detector: its seam, its pixel, the region that was saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from phasekit_plugins.sources.aps_34idc import Aps34idc

from .aps_scans import (
    COLUMNS,
    POINTS,
    ROWS,
    Scan,
    refused,
)

TIM2 = "#UIMDET 34idcTIM2:\n#Readout 0 512 0 512\n#UIMR5  {left} 14 {top} 16 1"


@pytest.mark.parametrize(("top", "left"), [(250, 245), (0, 250), (250, 0), (256, 256), (240, 242), (0, 0)])
def test_the_seam_of_the_detector_is_inserted_where_the_region_crosses_it(
    scan: Scan, frames: np.ndarray, top: int, left: int
) -> None:
    raw = Aps34idc(path=scan(roi=TIM2.format(top=top, left=left))).raw()
    rows = np.arange(top, top + ROWS) + 5 * ((np.arange(top, top + ROWS) >= 256) & (top < 256)) - top
    columns = np.arange(left, left + COLUMNS) + 4 * ((np.arange(left, left + COLUMNS) >= 256) & (left < 256)) - left
    assert raw.shape == (POINTS, rows[-1] + 1, columns[-1] + 1)
    np.testing.assert_array_equal(raw.counts[:, rows[:, None], columns], frames)
    assert bool(raw.valid[:, rows[:, None], columns].all())
    assert int(raw.valid.sum()) == frames.size
    assert any("seam of 34idcTIM2" in note for note in raw.notes) == (raw.shape != frames.shape)


def test_white_field_dark_and_mask_have_the_seam_too(scan: Scan) -> None:
    folder = scan(roi=TIM2.format(top=250, left=245))
    white = np.random.default_rng(5).uniform(500, 1500, (512, 512)).astype(np.float32)
    white[252, 250] = 99  # the weakest that this detector means is 100
    tifffile.imwrite(folder / "whitefield.tif", white)
    tifffile.imwrite(folder / "dark.tif", np.zeros((512, 512), np.int32))
    raw = Aps34idc(path=folder).raw()
    assert raw.flat_field is not None
    assert raw.dark is not None
    assert raw.flat_field.shape == raw.dark.shape == raw.shape[1:] == (21, 18)
    np.testing.assert_array_equal(raw.flat_field[11:, 15:], white[256:266, 256:259])
    assert not bool(raw.valid[:, 2, 5].any())


def test_a_region_that_is_not_said_is_asked_for_and_the_option_roi_reads_it(scan: Scan, frames: np.ndarray) -> None:
    folder = scan(roi="#UIMDET 34idcTIM2:")
    assert "Say which part they show: roi" in refused(folder)
    raw = Aps34idc(path=folder, roi=(250, 266, 0, 14)).raw()
    assert raw.shape == (POINTS, 21, 14)
    np.testing.assert_array_equal(raw.counts[:, 11:], frames[:, 6:])


@pytest.mark.parametrize(("named", "words"), [("", "names no detector"), ("#UIMDET other:\n", "'other:' has no")])
def test_a_detector_that_is_not_known_is_noted_where_the_seam_may_be(scan: Scan, named: str, words: str) -> None:
    folder = scan(roi=f"{named}#UIMR5  250 14 0 16 1")
    (note,) = Aps34idc(path=folder).raw().notes
    assert words in note
    assert note.endswith("give detector: 34idcTIM2")
    assert Aps34idc(path=folder, detector="34idcTIM2").raw().shape == (POINTS, 16, 18)


def test_the_pixel_is_that_of_the_detector_unless_it_is_given(scan: Scan, tmp_path: Path) -> None:
    folder = scan()
    (tmp_path / "mine.yaml").write_text("name: mine\nshape: [16, 14]\npixel_um: 75\n")
    assert Aps34idc(path=folder).arrays().geometry["pixel_um"] == 55
    assert Aps34idc(path=folder, detector=tmp_path / "mine.yaml").arrays().geometry["pixel_um"] == 75
    assert Aps34idc(path=folder, detector=tmp_path / "mine.yaml", pixel_um=50).arrays().geometry["pixel_um"] == 50
