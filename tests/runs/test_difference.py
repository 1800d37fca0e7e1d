"""How far a start that was run again is from what it gave, and whether that matters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from phasekit.core.result import BatchOutcome
from phasekit.runs.difference import of_starts, of_tensors
from phasekit.runs.finished_run import outcome_in

from .finished import SOLVE


def _outcome(folder: Path) -> BatchOutcome:
    found = outcome_in(folder, 0)
    assert isinstance(found, BatchOutcome)
    return found


def test_the_rank_and_the_agreement_decide_what_is_within_tolerance(made: Callable[[str], Path]) -> None:
    then, now = (_outcome(made(SOLVE)) for _ in range(2))
    values = now.final["chi2"]

    def verdicts() -> list[str]:
        return [one.verdict for one in of_starts({}, then.seeds, (then, now), "chi2")]

    assert verdicts() == ["identical", "identical"]
    values[0] *= 1.0009
    assert verdicts() == ["within tolerance", "identical"]
    values[0] *= 1.01
    assert verdicts() == ["different", "identical"]
    now.object[1] = torch.roll(now.object[1], 3, 0)  # which the data cannot fix
    assert verdicts() == ["different", "within tolerance"]
    now.object[1, 0, 0] = torch.nan
    now.alive[1] = False
    assert verdicts() == ["different", "different"]
    then.alive[1] = False
    assert verdicts() == ["different", "within tolerance"]
    gone = [one.verdict for one in of_starts({}, then.seeds, ("it hung", "it raised"), "chi2")]
    assert gone == ["identical", "identical"]
    assert next(of_starts({}, then.seeds, (then, "it raised"), "chi2")).verdict == "different"


def test_nan_is_like_nan_and_a_sign_of_zero_is_a_bit() -> None:
    nan = torch.tensor([torch.nan, 1.0])
    assert [one.verdict for one in of_tensors({"a": nan}, {"a": nan.clone()})] == ["identical"]
    zeros = torch.zeros(2), -torch.zeros(2)
    (found,) = of_tensors({"a": zeros[0]}, {"a": zeros[1]})
    assert not found.identical
    assert found.relative == 0.0


def test_weights_are_compared_tensor_by_tensor() -> None:
    one = torch.tensor([3.0, -4.0])
    then = {"same": one, "near": one, "gone": one, "far": one, "shape": one}
    now = {"same": one.clone(), "near": one * (1 + 1e-5), "far": one.flip(0), "shape": one[:1], "new": one}
    found = {one.what["tensor"]: one for one in of_tensors(then, now)}
    assert {name: one.verdict for name, one in found.items()} == {
        "same": "identical",
        "near": "within tolerance",
        "gone": "different",
        "far": "different",
        "shape": "different",
        "new": "different",
    }
    assert found["far"].relative == pytest.approx(7 / 4)
    assert found["far"].agreement == pytest.approx(-24 / 25)
    assert found["gone"].failures == (None, "it is missing")
    assert found["new"].failures == ("it is missing", None)
    assert found["gone"].line() == "tensor gone: different: failed now (it is missing)"


def test_a_start_that_failed_for_another_reason_is_reported_with_both() -> None:
    (found,) = of_starts({"solver": "er"}, (7,), ("it hung", "it raised"), "chi2")
    assert found.line() == "solver er, seed 7: identical: failed then (it hung), failed now (it raised)"
    assert found.plain()["failures"] == ("it hung", "it raised")
