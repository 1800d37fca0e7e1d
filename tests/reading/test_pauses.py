"""Frames that a pause repeated become one frame for each point."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from phasekit.core.measurement import Measurement
from phasekit.reading.pauses import without_pauses, without_wild

POINT = np.array([0, 1, 2, 3, 3, 3, 4, 5, 6, 7, 8, 9])


def measured(positions: np.ndarray | None) -> Measurement:
    counts = torch.from_numpy(np.random.default_rng(0).poisson(20, (12, 3, 4)).astype(np.float32))
    return Measurement(
        counts,
        torch.ones(counts.shape, dtype=torch.bool),
        dark=torch.ones(3, 4),
        flat_field=1 + torch.rand(counts.shape),
        monitor=torch.arange(12.0),
        positions=None if positions is None else torch.from_numpy(positions.astype(np.float64)),
    )


def test_frames_at_one_position_become_their_mean_and_a_note_says_which() -> None:
    before = measured(17 + 0.01 * POINT)
    after = without_pauses(before)
    assert after.shape == (10, 3, 4)
    torch.testing.assert_close(after.counts[3], before.counts[3:6].mean(dim=0))
    torch.testing.assert_close(after.counts[4:], before.counts[6:])
    assert after.flat_field is not None
    assert before.flat_field is not None
    torch.testing.assert_close(after.flat_field[3], before.flat_field[3:6].mean(dim=0))
    assert after.monitor is not None
    assert after.monitor.tolist() == [0, 1, 2, 4, 6, 7, 8, 9, 10, 11]
    assert after.dark is before.dark
    assert "frames 3 to 5 are at one position each and became their mean, so that 12 frames are 10" in after.notes[0]


def test_a_voxel_has_the_mean_of_the_frames_in_which_it_is_trusted() -> None:
    before = measured(17 + 0.01 * POINT)
    before.valid[4, 0, 0] = False
    before.valid[3:6, 1, 1] = False
    before.counts[5, 2, 2] = torch.nan
    after = without_pauses(before)
    torch.testing.assert_close(after.counts[3, 0, 0], before.counts[[3, 5], 0, 0].mean())
    torch.testing.assert_close(after.counts[3, 2, 2], before.counts[[3, 4], 2, 2].mean())
    assert not bool(after.valid[3, 1, 1])
    assert int((~after.valid).sum()) == 1


@pytest.mark.parametrize("positions", [None, 17 + 0.01 * np.arange(12)])
def test_a_scan_without_pauses_is_left_as_it_is(positions: np.ndarray | None) -> None:
    before = measured(positions)
    assert without_pauses(before) is before


def test_the_frame_of_a_wild_reading_is_untrusted_and_that_of_a_pause_is_not() -> None:
    at = 17 + 0.01 * np.arange(12)
    at[4] = 0
    after = without_wild(measured(at))
    np.testing.assert_array_equal(after.valid.flatten(1).any(dim=1), np.arange(12) != 4)
    assert "the position of frame 4 reads 0" in after.notes[0]
    before = measured(17 + 0.01 * POINT)
    assert without_wild(before) is before
