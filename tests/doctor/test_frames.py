"""Frames out of order, or of another exposure, are found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .scans import Scan, absorber_for_one_frame, scan, shuffled

FAULTS: dict[Callable[[Scan], None], str] = {
    shuffled: "frame-order",
    absorber_for_one_frame: "glitch-frames",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_raises_exactly_its_own_finding(fault: Callable[[Scan], None]) -> None:
    spoilt = scan()
    fault(spoilt)
    assert spoilt.found() == [FAULTS[fault]]
