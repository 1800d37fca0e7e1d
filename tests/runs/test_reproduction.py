"""A reproduction is as good as what deviates most, and says in lines what that is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phasekit.runs.difference import VERDICTS, Deviation
from phasekit.runs.reproduction import Reproduction

SAME = Deviation({"seed": 0}, True, relative=0.0, agreement=1.0, metrics={"chi2": (0.5, 0.5)}, rank="chi2")
NEAR = Deviation({"seed": 1}, False, relative=1e-6, agreement=0.9999, metrics={"chi2": (0.5, 0.5001)}, rank="chi2")
FAR = Deviation({"seed": 2}, False, relative=float("inf"), agreement=float("nan"), failures=("it broke", None))


def of(*deviations: Deviation, task: str = "solve") -> Reproduction:
    changes = {"torch": ("1.0", "2.0")}
    return Reproduction(Path("run"), task, deviations, "chi2", changes=changes, notes=("made elsewhere",))


@given(st.lists(st.sampled_from([SAME, NEAR, FAR]), max_size=6))
def test_the_verdict_is_that_of_what_deviates_most_in_any_order(deviations: list[Deviation]) -> None:
    worst = max((VERDICTS.index(one.verdict) for one in deviations), default=0)
    assert of(*deviations).verdict == of(*deviations[::-1]).verdict == VERDICTS[worst]


def test_the_summary_counts_every_verdict_and_tells_the_tolerance() -> None:
    assert of(SAME, SAME).summary() == "identical: all 2 starts, in every bit"
    assert of(SAME, task="train").summary() == "identical: all 1 tensors and figures, in every bit"
    assert of(SAME, NEAR, FAR).summary() == (
        "different: of 3 starts 1 identical, 1 within tolerance, 1 different "
        "(tolerance: chi2 to 0.001 of its value, agreement at least 0.999)"
    )


def test_lines_tell_changes_and_notes_and_then_what_is_not_identical() -> None:
    assert of(SAME, NEAR, FAR).lines() == [
        "torch: 1.0 -> 2.0",
        "note: made elsewhere",
        "seed 1: within tolerance: values differ by up to 1e-06 of the largest, agreement 0.9999, chi2 0.5 -> 0.5001",
        "seed 2: different: failed then (it broke), values differ by up to inf of the largest, agreement nan",
    ]


@pytest.mark.parametrize("deviations", [(), (SAME,), (SAME, NEAR, FAR)])
def test_json_holds_every_deviation_and_null_for_what_is_no_number(deviations: tuple[Deviation, ...]) -> None:
    told = json.loads(json.dumps(of(*deviations).plain(), allow_nan=False))
    assert [one["seed"] for one in told["deviations"]] == [one.what["seed"] for one in deviations]
    assert told["verdict"] == of(*deviations).verdict
    assert told["out"] is None
    if FAR in deviations:
        assert (told["deviations"][2]["relative"], told["deviations"][2]["agreement"]) == (None, None)
        assert told["deviations"][2]["failures"] == ["it broke", None]
