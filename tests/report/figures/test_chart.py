"""Numbers of a chart take little room and lose nothing that is seen."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import numpy as np
import pytest

from phasekit.report.figures.chart import FEW, packed, short


def unpacked(value: dict[str, str]) -> np.ndarray:
    return np.frombuffer(b64decode(value["bdata"]), np.dtype(value["dtype"]).newbyteorder("<"))


def test_numbers_are_shortened_and_what_is_none_is_left_out() -> None:
    assert short([0.1234567, 1e6, float("nan"), float("inf")], 3) == [0.123, 1e6, None, None]


def test_short_lists_and_words_stay_as_they_are() -> None:
    value: dict[str, Any] = {"x": [1.5, None] * (FEW // 2), "name": "a", "text": ["b"] * 300, "flag": True}
    assert packed(value) == value


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [([*range(300)], "u2"), ([-1, *range(300)], "i4"), ([1 << 16] * 300, "i4"), ([0.5] * 300, "f4")],
)
def test_long_lists_become_the_bytes_of_an_array(numbers: list[float], kind: str) -> None:
    (inside,) = packed([numbers])
    assert inside["dtype"] == kind
    np.testing.assert_array_equal(unpacked(inside), numbers)


def test_what_is_missing_in_a_long_list_is_not_a_number() -> None:
    values = unpacked(packed([1.5, None] * 200))
    np.testing.assert_array_equal(values, [1.5, np.nan] * 200)
