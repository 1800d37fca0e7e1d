"""A pattern that is cut off, off-centre or too coarsely sampled is found."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from .scans import (
    Scan,
    at_the_detector_s_edge,
    begun_late,
    binned,
    bright_part_masked,
    coarse,
    cropped,
    not_centred,
    scan,
)

FAULTS: dict[Callable[[Scan], None], str] = {
    bright_part_masked: "untrusted",
    binned: "oversampling",
    coarse: "oversampling",
    cropped: "truncated",
    begun_late: "truncated",
    at_the_detector_s_edge: "truncated",
    not_centred: "off-centre",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_of_the_box_raises_exactly_its_own_finding(fault: Callable[[Scan], None]) -> None:
    spoilt = scan()
    fault(spoilt)
    assert spoilt.found() == [FAULTS[fault]]


def test_an_array_in_the_order_of_an_fft_is_named_and_nothing_else() -> None:
    """Every other check would take the corners of the pattern for its cut-off wings."""
    spoilt = scan()
    spoilt.counts = np.fft.ifftshift(spoilt.counts)
    assert spoilt.found() == ["order"]
