"""The axis of a scan is the one that moves; of several that move together the energy, else the first commanded."""

from __future__ import annotations

import numpy as np
import pytest

from phasekit import InputError
from phasekit.reading.scanned_axis import commanded, counter_of, scanned_axis

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
    assert scanned_axis("here", "a2scan phi 5 6 eta 17 17.19 19 1", axes, KNOWN) == "phi"
    together = {**axes, "energy": 9 + 1e-3 * np.arange(20)}
    assert scanned_axis("here", "a2scan eta 17 17.19 energy 9 9.019 19 1", together, KNOWN) == "energy"
    with pytest.raises(InputError, match="no axis has one position per frame"):
        scanned_axis("here", "macro", {"eta": AT}, KNOWN)


def test_the_words_of_a_macro_may_all_be_axes() -> None:
    assert commanded("ascan eta 17 18 20 1") == ("eta",)
    assert commanded("macro eta phi") == ("macro", "eta", "phi")


def test_the_counter_of_an_axis_is_its_centre_or_the_only_one_that_moves() -> None:
    counters = {"eta_delta": np.full(20, 0.01), "etaother": ETA, "eta_center": ETA, "eta_raw": 1e4 * ETA, "mon": NOISE}
    assert counter_of("eta", counters) == ("eta_center", ["eta_center", "eta_raw"])
    assert counter_of("eta", {"eta_raw": ETA}) == ("eta_raw", ["eta_raw"])
    assert counter_of("eta", {"eta_raw": ETA, "eta_enc": ETA}) == (None, ["eta_raw", "eta_enc"])
    assert counter_of("eta", {"eta_delta": np.full(20, 0.01)}) == (None, [])
