"""Frames that are missing or dead, and jumps of monitor and position, are found."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from .scans import (
    Scan,
    beam_lost,
    frame_of_nan,
    frame_of_zeros,
    last_frames_of_zeros,
    masked_frames,
    monitor_step,
    no_monitor,
    position_jump,
    position_unknown,
    position_wild,
    scan,
    turns_round,
)

FAULTS: dict[Callable[[Scan], None], str] = {
    masked_frames: "missing-frames",
    frame_of_nan: "missing-frames",
    frame_of_zeros: "dead-frames",
    last_frames_of_zeros: "dead-frames",
    beam_lost: "monitor",
    monitor_step: "monitor",
    no_monitor: "monitor",
    position_jump: "positions",
    turns_round: "positions",
    position_unknown: "positions",
    position_wild: "missing-frames",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_of_frames_raises_exactly_its_own_finding(fault: Callable[[Scan], None]) -> None:
    spoilt = scan()
    fault(spoilt)
    assert spoilt.found() == [FAULTS[fault]]


def test_jitter_up_to_a_tenth_of_a_step_and_a_pause_are_no_faults_and_a_slip_is_one_with_its_figure() -> None:
    sound = scan()
    sound.positions += 4e-4 * np.random.default_rng(0).normal(size=len(sound.positions))
    assert sound.found() == []
    paused = scan()
    paused.positions[45:] -= 0.005
    assert paused.found() == []
    slipped = scan()
    slipped.positions[45:] -= 0.003
    (finding,) = slipped.diagnosis().findings
    assert finding.name == "positions"
    assert "by more than 25% of a step, by up to 0.003" in finding.figure
