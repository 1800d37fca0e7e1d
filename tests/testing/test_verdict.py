"""A law is kept in silence, broken with a sentence, or waived with the plugin's own reason."""

from __future__ import annotations

import pytest

from phasekit.core.chain import Chain
from phasekit.testing.verdict import LawBroken, LawWaived, reason_to_waive, require, waive_if

from .laws.relaxed import Good


class Fades(Good):
    """Waives a promise."""

    moves_truth = "it fades on purpose"


def test_a_law_that_is_kept_is_silent_and_one_that_is_broken_says_how() -> None:
    require(True, "nothing")
    waive_if("")
    with pytest.raises(LawBroken, match="it did this"):
        require(False, "it did this")
    with pytest.raises(LawWaived, match="it fades"):
        waive_if("it fades")


def test_a_plugin_waives_for_itself_and_for_those_of_its_kind_inside() -> None:
    assert reason_to_waive(Good(), "moves_truth") == ""
    assert reason_to_waive(Fades(), "moves_truth") == "it fades on purpose"
    assert reason_to_waive(Fades(), "scales") == ""
    assert reason_to_waive(Chain(solvers=(Good(), Chain(solvers=(Fades(),)))), "moves_truth") == "it fades on purpose"
    assert reason_to_waive(Chain(solvers=(Good(),)), "moves_truth") == ""
