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
