"""Voxels that are saturated, hot, dead or too dark are found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .scans import (
    Scan,
    blanked_block,
    clipped,
    cosmic_ray,
    counter_full,
    dead_pixel,
    few,
    hot_pixel,
    scan,
    stuck_pixels,
    unknown_gap,
)

FAULTS: dict[Callable[[Scan], None], str] = {
    few: "few-counts",
    clipped: "saturation",
    counter_full: "saturation",
    hot_pixel: "hot-voxels",
    stuck_pixels: "hot-voxels",
    cosmic_ray: "hot-voxels",
    dead_pixel: "dead-voxels",
    unknown_gap: "dead-voxels",
    blanked_block: "dead-voxels",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_of_voxels_raises_exactly_its_own_finding(fault: Callable[[Scan], None]) -> None:
    spoilt = scan()
    fault(spoilt)
    assert spoilt.found() == [FAULTS[fault]]


def test_a_peak_that_was_cut_off_is_untrusted_and_the_finding_says_so() -> None:
    spoilt = scan()
    clipped(spoilt)
    (finding,) = spoilt.diagnosis().findings
    level = spoilt.counts.max()
    assert finding.figure == (
        f"{int((spoilt.counts == level).sum())} voxels have the same highest count, {level:g}, and are left untrusted."
    )


def test_stuck_pixels_at_the_maximum_of_a_counter_are_read_as_a_gap() -> None:
    spoilt = scan()
    stuck_pixels(spoilt)
    spoilt.counts[spoilt.counts == 50000] = 65535
    assert spoilt.found() == []


def test_weak_pixels_of_the_white_field_spoil_nothing() -> None:
    spoilt = scan()
    for row, column in ((10, 12), (30, 26), (44, 40)):
        spoilt.flat[row, column] = 1e-4
        spoilt.counts[:, row, column] = 0
    spoilt.counts[12, 10, 12] = 1
    assert spoilt.found() == []
