"""What scattered apart from the pattern is found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .scans import Scan, neighbouring_crystal, scan

FAULTS: dict[Callable[[Scan], None], str] = {
    neighbouring_crystal: "aliens",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_raises_exactly_its_own_finding(fault: Callable[[Scan], None]) -> None:
    spoilt = scan()
    fault(spoilt)
    assert spoilt.found() == [FAULTS[fault]]
