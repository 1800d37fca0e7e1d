"""What the numbers are: amplitudes, logarithms, yes and no, the mask of the other sense."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .scans import (
    Scan,
    amplitudes,
    decimal_logarithms,
    divided_by_the_maximum,
    logarithms,
    mask_of_the_other_sense,
    scan,
    thresholded,
)

FAULTS: dict[Callable[[Scan], None], str] = {
    amplitudes: "not-intensities",
    logarithms: "not-intensities",
    decimal_logarithms: "not-intensities",
    thresholded: "boolean",
    divided_by_the_maximum: "normalised",
    mask_of_the_other_sense: "mask-sense",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_raises_exactly_its_own_finding(fault: Callable[[Scan], None]) -> None:
    spoilt = scan()
    fault(spoilt)
    assert spoilt.found() == [FAULTS[fault]]
