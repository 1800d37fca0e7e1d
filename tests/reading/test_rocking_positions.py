"""A rocking scan goes in one direction, and its step is the mean one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from phasekit import InputError
from phasekit.reading.rocking_positions import Points, mean_step


@pytest.mark.parametrize("step", [0.02, -0.5])
def test_the_step_is_the_slope_of_even_positions_and_the_mean_of_uneven_ones(step: float) -> None:
    even = 10 + step * np.arange(20)
    assert mean_step(even, "eta") == pytest.approx(step)
    uneven = even + 0.3 * step * np.r_[0, np.random.default_rng(0).uniform(-1, 1, 18), 0]
    assert mean_step(uneven, "eta") == pytest.approx(np.diff(uneven).mean())


@pytest.mark.parametrize(
    ("positions", "reason"),
    [
        ([1.0], "eta has 1 position; a scan needs at least two"),
        ([1.0, 1.0, 1.0], "eta is at 1 in every frame, so its step is 0"),
        ([0.0, 1.0, 0.5, 2.0, 3.0], "eta reverses at c: from 1 to 0.5, while the scan goes up elsewhere"),
        ([3.0, 2.0, 2.5, 1.0, 0.0], "eta reverses at c: from 2 to 2.5, while the scan goes down elsewhere"),
        ([0.0, 1.0, np.nan, 3.0], "the position of eta is not a number at c"),
    ],
)
def test_positions_that_are_no_scan_are_refused_with_the_frame(positions: list[float], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        mean_step(np.array(positions), "eta", list("abcde")[: len(positions)])


def test_frames_without_names_are_told_by_number() -> None:
    with pytest.raises(InputError, match="reverses at frame 2"):
        mean_step(np.array([0.0, 1.0, 0.5, 2.0]), "eta")


@pytest.mark.parametrize(("points", "good"), [((0, 2), True), ([3, 40], True), ((3, 4), False), ((-1, 4), False)])
def test_a_part_of_a_scan_has_two_points_or_more(points: Any, good: bool) -> None:
    adapter: TypeAdapter[tuple[int, int]] = TypeAdapter(Points)
    if good:
        assert adapter.validate_python(points) == tuple(points)
    else:
        with pytest.raises(ValidationError):
            adapter.validate_python(points)
