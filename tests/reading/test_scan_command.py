"""The words of a scan's command give its axes and its points."""

from __future__ import annotations

import pytest

from phasekit.reading.scan_command import ScanCommand, scan_command


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ascan eta 16.9 17.1 20 1", ScanCommand(("eta",), 21)),
        ("ascan  th 0.1 0.29  19 0.5", ScanCommand(("th",), 20)),
        ("ascan(eta, 16.9, 17.1, 20, 1)", ScanCommand(("eta",), 21)),
        ("dscan eta -0.1 0.1 20 1", ScanCommand(("eta",), 21)),
        ("lup th -0.1 0.1 20 1", ScanCommand(("th",), 21)),
        ("d2scan eta -0.1 0.1 delta -0.2 0.2 20 1", ScanCommand(("eta", "delta"), 21)),
        ("a3scan a 0 1 b 0 1 c 0 1 5 1", ScanCommand(("a", "b", "c"), 6)),
        ("fscan eta 16.9 0.01 21 0.1", ScanCommand(("eta",), 21)),
        ("f2scan eta 16.9 0.01 delta 30 0.02 21 0.1", ScanCommand(("eta", "delta"), 21)),
        ("timescan 1", None),
        ("ascan eta", None),
        ("ascan eta a b c", None),
        ("", None),
    ],
)
def test_a_command_is_understood_or_none(text: str, expected: ScanCommand | None) -> None:
    assert scan_command(text) == expected
