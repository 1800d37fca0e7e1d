"""Numbers are written as a reader expects them."""

from __future__ import annotations

import numpy as np
import pytest

from phasekit.report.numbers import duration, lengths, mean_and_deviation, number, with_minus


def test_a_number_has_few_digits_and_what_is_none_is_a_dash() -> None:
    assert [number(value) for value in (0.123456, 1e6, float("nan"), float("inf"))] == ["0.1235", "1e+06", "–", "–"]
    assert number(0.123456, 2) == "0.12"


def test_a_minus_is_no_hyphen() -> None:
    assert with_minus("-1.5e-05") == "−1.5e−05"


@pytest.mark.parametrize(
    ("seconds", "text"), [(1.5, "1.5 s"), (119.9, "120 s"), (150, "2.5 min"), (7140, "119 min"), (9000, "2.5 h")]
)
def test_a_time_is_written_in_the_unit_that_people_say(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_equal_lengths_are_written_once_and_zeros_at_the_end_not_at_all() -> None:
    assert lengths((8.0, 10.0, 12.5), 2) == "8 × 10 × 12.5 nm"
    assert lengths((10.0, 10.0, 10.0), 2) == "10 nm"
    assert lengths((200.0, 200.0, 200.0), 0) == "200 × 200 × 200 nm"


def test_numbers_are_rounded_by_their_deviation() -> None:
    assert mean_and_deviation(np.array([1.0, 3.0]), "+") == "+2.0 ± 1.0"
    assert mean_and_deviation(np.array([-0.012, 0.008]), "+") == "−0.002 ± 0.010"
    assert mean_and_deviation(np.array([2.355, 2.355])) == "2.355000 ± 0.000000"
