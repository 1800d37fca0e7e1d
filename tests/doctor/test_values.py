"""What the numbers are: amplitudes, logarithms, yes and no, the mask of the other sense."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
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


def invert(mask: np.ndarray) -> np.ndarray:
    return ~mask


CURES: list[tuple[Callable[[Scan], None], str, Callable[[np.ndarray], np.ndarray]]] = [
    (amplitudes, "counts", np.square),
    (logarithms, "counts", np.expm1),
    (decimal_logarithms, "counts", lambda data: 10**data - 1),
    (mask_of_the_other_sense, "valid", invert),
]
"""A fault, what it spoils, and what the advice of its finding says to write."""


@pytest.mark.parametrize(("fault", "part", "cure"), CURES, ids=lambda value: getattr(value, "__name__", None))
def test_what_the_advice_says_makes_sound_data(
    fault: Callable[[Scan], None], part: str, cure: Callable[[np.ndarray], np.ndarray]
) -> None:
    spoilt = scan()
    fault(spoilt)
    setattr(spoilt, part, cure(getattr(spoilt, part)))
    assert spoilt.found() == []
