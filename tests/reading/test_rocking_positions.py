"""A rocking scan goes in one direction, and its step is the mean one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from phasekit import InputError
from phasekit.reading.rocking_positions import Points, line, moving, pauses, scan_line, wild


@settings(deadline=None, max_examples=60)
@given(
    step=st.sampled_from([0.02, -0.5, 1e-4]),
    scatter=st.sampled_from([0.0, 0.05, 0.3, 1.5]),
    count=st.integers(10, 300),
    seed=st.integers(0, 99),
)
def test_the_line_is_that_of_the_command_however_the_encoder_scatters(
    step: float, scatter: float, count: int, seed: int
) -> None:
    assume(scatter < 1 or count >= 40)
    jitter = scatter * step * np.random.default_rng(seed).normal(size=count)
    found = scan_line(10 + step * np.arange(count) + jitter, "eta")
    assert found.step == pytest.approx(step, rel=1e-9 + 20 * scatter / count**1.5)
    assert found.start == pytest.approx(10, abs=abs(step) * (1e-6 + 10 * scatter / count**0.5))
    assert bool(found.notes("eta")) == (scatter > 0)
    assert found.scatter == pytest.approx(abs(scatter * step), rel=1.0, abs=1e-9)


def test_a_misplaced_position_and_one_that_is_unknown_do_not_turn_the_line() -> None:
    even = 17 + 0.01 * np.arange(40)
    even[11], even[30] = 17.31, np.nan
    assert line(even).step == pytest.approx(0.01, rel=1e-9)
    assert line(even).start == pytest.approx(17, rel=1e-9)
    paused = 17 + 0.01 * np.r_[:25, [24] * 3, 25:40]
    assert line(paused[:30]).step == pytest.approx(0.01, rel=0.05)


@settings(deadline=None, max_examples=40)
@given(
    wild=st.floats(-1e4, 1e4),
    where=st.integers(0, 39),
    scatter=st.sampled_from([0.0, 0.02, 0.2]),
    step=st.sampled_from([0.02, -0.5]),
)
def test_one_wild_reading_changes_neither_the_step_nor_the_jitter(
    wild: float, where: int, scatter: float, step: float
) -> None:
    at = 10 + step * np.arange(40) + scatter * step * np.random.default_rng(1).normal(size=40)
    usual = line(at)
    at[where] += wild * step
    found = line(at)
    assert found.step == pytest.approx(usual.step, rel=1e-9 + 0.02 * scatter)
    assert found.start == pytest.approx(usual.start, abs=abs(step) * (1e-6 + 0.4 * scatter))
    assert found.scatter == pytest.approx(usual.scatter, rel=0.2, abs=1e-9)
    noted = [note for note in found.notes("eta") if f"{found.scatter:.2g}" in note and "% of the step" in note]
    assert bool(noted) == (scatter > 0)


def test_what_stands_still_but_for_scatter_or_moves_little_does_not_move() -> None:
    rng = np.random.default_rng(0)
    axes = {
        "eta": 17 + 0.01 * np.arange(50),
        "phi": 5 + 1e-3 * rng.normal(size=50),
        "mu": np.zeros(50),
        "nu": np.full(50, np.nan),
        "chi": 90 + 1e-5 * np.arange(50),
    }
    assert moving(axes) == ["eta"]
    assert moving(axes | {"delta": 30 - 0.02 * np.arange(50)}) == ["eta", "delta"]
    assert moving(axes, ["chi"]) == ["eta", "chi"]
    with pytest.raises(InputError, match=r"phi is at .* in every frame but for a scatter of 0\.00"):
        scan_line(axes["phi"], "phi")


def test_a_scan_there_and_back_reverses() -> None:
    there = 0.01 * np.arange(20)
    with pytest.raises(InputError, match=r"eta reverses at frame 2[01]"):
        scan_line(np.r_[there, there[::-1]], "eta")


@pytest.mark.parametrize(
    ("positions", "reason"),
    [
        ([1.0], "eta has 1 position; a scan needs at least two"),
        ([1.0, 1.0, 1.0], "eta is at 1 in every frame, so its step is 0"),
        ([0.0, 1.0, 0.5, 2.0, 3.0], "eta reverses at c: from 1 to 0.5, while the scan goes up elsewhere"),
        ([3.0, 2.0, 2.5, 1.0, 0.0], "eta reverses at c: from 2 to 2.5, while the scan goes down elsewhere"),
        ([0.0, np.nan, np.nan, np.nan], "eta has 1 position; a scan needs at least two"),
    ],
)
def test_positions_that_are_no_scan_are_refused_with_the_frame(positions: list[float], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        scan_line(np.array(positions), "eta", list("abcde")[: len(positions)])


def test_frames_without_names_are_told_by_number() -> None:
    with pytest.raises(InputError, match="reverses at frame 2"):
        scan_line(np.array([0.0, 1.0, 0.5, 2.0]), "eta")


@pytest.mark.parametrize(("points", "good"), [((0, 2), True), ([3, 40], True), ((3, 4), False), ((-1, 4), False)])
def test_a_part_of_a_scan_has_two_points_or_more(points: Any, good: bool) -> None:
    adapter: TypeAdapter[tuple[int, int]] = TypeAdapter(Points)
    if good:
        assert adapter.validate_python(points) == tuple(points)
    else:
        with pytest.raises(ValidationError):
            adapter.validate_python(points)


@pytest.mark.parametrize("scatter", [0.0, 0.01])
@pytest.mark.parametrize(
    "point",
    [
        pytest.param([*range(20), *[20] * 4, *range(21, 40)], id="in the middle"),
        pytest.param([0, 0, *range(1, 40)], id="at the first"),
        pytest.param([*range(40), 39], id="at the last"),
        pytest.param([*range(10), 9, 10, 10, *range(11, 30), 29, *range(30, 50)], id="several"),
        pytest.param([k // 2 for k in range(40)], id="two frames at each"),
    ],
)
def test_a_scan_that_paused_has_the_line_of_its_points(point: list[int], scatter: float) -> None:
    point = sorted(point)
    at = 17 + 0.01 * (np.array(point) + scatter * np.random.default_rng(0).normal(size=len(point)))
    assert pauses(at) is not None
    np.testing.assert_array_equal(pauses(at), point)
    found = scan_line(at, "eta")
    assert found.step == pytest.approx(0.01, rel=0.01)
    assert found.start == pytest.approx(17, abs=5e-4)


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(np.arange(30.0), id="even"),
        pytest.param(np.arange(30.0) + 0.15 * np.random.default_rng(0).normal(size=30), id="scattered"),
        pytest.param(np.round(np.arange(40) * 0.4), id="rounded"),
        pytest.param(np.full(30, 5.0), id="at rest"),
        pytest.param(np.arange(30.0) + 3 * (np.arange(30) > 12), id="a gap"),
        pytest.param(np.where(np.arange(30) == 4, np.nan, np.arange(30.0)), id="unknown"),
    ],
)
def test_what_is_no_pause_is_none(at: np.ndarray) -> None:
    assert pauses(at) is None


@given(st.integers(0, 10**6), st.integers(10, 300), st.floats(1.2, 1e4))
def test_one_wild_reading_does_not_change_the_step(seed: int, count: int, away: float) -> None:
    rng = np.random.default_rng(seed)
    at = 17 + 0.01 * (np.arange(count) + 0.02 * rng.normal(size=count))
    right = line(at)
    at[rng.integers(count)] += rng.choice([-1, 1]) * away * 0.01
    found = line(at)
    assert found.step == pytest.approx(right.step, abs=0.01 * 0.1 / count)
    assert found.start == pytest.approx(right.start, abs=0.01 * 0.05)
    assert scan_line(at, "eta") == found
    assert int(wild(at, found).sum()) == 1


def test_readings_that_are_off_in_a_row_are_no_wild_ones() -> None:
    at = np.arange(30.0)
    at[12:15] -= 4
    assert not wild(at, line(at)).any()
    with pytest.raises(InputError, match="reverses at frame 12"):
        scan_line(at, "eta")
