"""What a pair's units left is read when it is needed, without those that failed."""

from __future__ import annotations

from typing import Any

from phasekit.comparing.gathered import Gathered
from phasekit.solving.batches import Plan


def test_finished_units_are_read_again_at_each_iteration() -> None:
    read: list[int] = []

    def outcome(number: int) -> Any:
        read.append(number)
        return f"outcome {number}"

    plan = Plan(batches=((0,), (1,), (2,)), every=1, seconds_per_step=0.0, bytes_needed=0)
    gathered = Gathered(plan, outcome, failures={1: "it failed"})
    assert [*gathered] == ["outcome 0", "outcome 2"]
    assert [*gathered] == ["outcome 0", "outcome 2"]
    assert read == [0, 2, 0, 2]


def test_a_pair_without_a_plan_has_none() -> None:
    assert not [*Gathered(None, lambda number: None, failures={None: "no batches"})]  # type: ignore[arg-type,return-value]  # never called
