"""Axes that move together each have even steps; what drifts is noted, what has none is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phasekit import InputError
from phasekit.reading.moving_together import motion

FRAMES = np.arange(20)
ETA = 17 + 0.01 * FRAMES
AT = np.array(5.0)
NOISE = 1e-3 * np.random.default_rng(0).normal(size=20)


def test_one_axis_that_moves_is_the_rocked_one() -> None:
    found = motion("here", {"eta": ETA, "nu": AT}, "eta")
    assert found.steps == {"rocking": "eta", "step_deg": pytest.approx(0.01)}
    assert found.starts == {"eta": pytest.approx(17)}
    assert found.notes == ()
    assert found.known.all()


@pytest.mark.parametrize("other", ["phi", "delta", "energy"])
def test_an_axis_that_follows_has_its_step_and_one_that_drifts_is_noted(other: str) -> None:
    usual = 9.0 if other == "energy" else 30.0
    found = motion("here", {"eta": ETA, other: usual + 0.01 * FRAMES}, "eta")
    if other == "energy":
        assert found.steps == {
            "rocking": "energy",
            "step_ev": pytest.approx(10),
            "together_deg": {"eta": pytest.approx(0.01)},
        }
    else:
        assert found.steps["together_deg"] == {other: pytest.approx(0.01)}
    assert "move together" in found.notes[0]
    (note,) = motion("here", {"eta": ETA, other: usual + NOISE, "nu": AT}, "eta").notes
    assert f"{other} moved by" in note
    assert motion("here", {"eta": ETA, other: usual + 0.1 * NOISE}, "eta").notes == ()


def test_an_axis_that_is_commanded_moves_however_little() -> None:
    axes = {"eta": ETA, "delta": 30 + 1e-4 * FRAMES}
    assert "together_deg" not in motion("here", axes, "eta", ("eta",)).steps
    assert motion("here", axes, "eta", ("eta", "delta")).steps["together_deg"] == {"delta": pytest.approx(1e-4)}


def test_a_frame_in_which_either_axis_is_unknown_is_unknown() -> None:
    delta = 30 + 0.01 * FRAMES
    delta[3] = np.nan
    known = motion("here", {"eta": ETA, "delta": delta}, "eta").known
    np.testing.assert_array_equal(known, FRAMES != 3)


@given(st.integers(0, 10**6), st.floats(0, 0.25), st.sampled_from([12, 40, 200]))
def test_scatter_is_no_uneven_step(seed: int, scatter: float, count: int) -> None:
    scatter = min(scatter, 0.1) if count < 40 else scatter
    noise = scatter * 0.01 * np.random.default_rng(seed).normal(size=(2, count))
    even = 0.01 * np.arange(count)
    steps = motion("here", {"eta": even + noise[0], "delta": even + noise[1]}, "eta").steps
    assert steps["together_deg"]["delta"] == pytest.approx(0.01, rel=0.2)


@pytest.mark.parametrize(
    "curve",
    [
        pytest.param(0.3 * (FRAMES / 19) ** 2, id="a parabola"),
        pytest.param(0.01 * FRAMES + 0.02 * (FRAMES > 12), id="a jump"),
        pytest.param(0.01 * FRAMES + 0.02 * np.sin(FRAMES / 4), id="a wave"),
    ],
)
def test_axes_that_follow_no_line_together_are_refused(curve: np.ndarray) -> None:
    with pytest.raises(InputError, match="delta moves together with eta, but not in even steps") as caught:
        motion("here", {"eta": ETA, "delta": 30 + curve}, "eta")
    assert caught.value.place == "source.points"


def test_an_axis_that_turns_back_is_refused_with_its_frame() -> None:
    at = np.where(FRAMES < 15, FRAMES, 30 - FRAMES) * 0.01
    with pytest.raises(InputError, match=r"delta reverses at picture 16"):
        motion("here", {"eta": ETA, "delta": at}, "eta", frames=[f"picture {k}" for k in FRAMES])
