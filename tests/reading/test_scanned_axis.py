"""The axis of a scan is the one that moves; what moves with it is refused, what drifts is noted."""

from __future__ import annotations

import numpy as np
import pytest

from phasekit import InputError
from phasekit.reading.scanned_axis import commanded, counter_of, refuse_others, scanned_axis

ETA = 17 + 0.01 * np.arange(20)
AT = np.array(5.0)
NOISE = 1e-3 * np.random.default_rng(0).normal(size=20)
KNOWN = ("mu", "eta", "phi", "energy")


@pytest.mark.parametrize("command", ["ascan eta 17 17.19 19 1", "", "macro", "d2scan eta 0 1 nu 0 1 19 1"])
def test_the_axis_that_moves_is_found_whatever_the_command(command: str) -> None:
    axes = {"mu": AT, "eta": ETA, "phi": 5 + NOISE, "nu": np.zeros(20)}
    assert scanned_axis("here", command, axes, KNOWN) == "eta"


def test_the_command_decides_between_axes_that_move() -> None:
    axes = {"eta": ETA, "phi": 5 + 2e-4 * np.arange(20)}
    assert scanned_axis("here", "ascan eta 17 17.19 19 1", axes, KNOWN) == "eta"
    with pytest.raises(InputError, match=r"eta and phi have a position per frame.*say with rocking"):
        scanned_axis("here", "macro", axes, KNOWN)
    assert scanned_axis("here", "macro", axes, KNOWN, "eta") == "eta"
    with pytest.raises(InputError, match="moves phi together with eta"):
        scanned_axis("here", "a2scan eta 17 17.19 phi 5 6 19 1", axes, KNOWN)
    with pytest.raises(InputError, match="no axis has one position per frame"):
        scanned_axis("here", "macro", {"eta": AT}, KNOWN)


def test_the_words_of_a_macro_may_all_be_axes() -> None:
    assert commanded("ascan eta 17 18 20 1") == ("eta",)
    assert commanded("macro eta phi") == ("macro", "eta", "phi")


@pytest.mark.parametrize("other", ["phi", "delta", "energy"])
def test_an_axis_that_follows_is_refused_and_one_that_drifts_is_noted(other: str) -> None:
    usual = 9.0 if other == "energy" else 30.0
    with pytest.raises(InputError, match=f"moves {other} together with eta"):
        refuse_others("here", "d2scan", {"eta": ETA, other: usual + 0.01 * np.arange(20)}, "eta")
    (note,) = refuse_others("here", "ascan", {"eta": ETA, other: usual + NOISE, "nu": AT}, "eta")
    assert f"{other} moved by" in note
    assert refuse_others("here", "ascan", {"eta": ETA, other: usual + 0.1 * NOISE}, "eta") == []


def test_the_counter_of_an_axis_is_its_centre_or_the_only_one_that_moves() -> None:
    counters = {"eta_delta": np.full(20, 0.01), "etaother": ETA, "eta_center": ETA, "eta_raw": 1e4 * ETA, "mon": NOISE}
    assert counter_of("eta", counters) == ("eta_center", ["eta_center", "eta_raw"])
    assert counter_of("eta", {"eta_raw": ETA}) == ("eta_raw", ["eta_raw"])
    assert counter_of("eta", {"eta_raw": ETA, "eta_enc": ETA}) == (None, ["eta_raw", "eta_enc"])
    assert counter_of("eta", {"eta_delta": np.full(20, 0.01)}) == (None, [])
