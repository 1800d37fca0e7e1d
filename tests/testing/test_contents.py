"""Whatever lies in a state or a problem is walked, copied and compared, bit by bit and place by place."""

from __future__ import annotations

import pytest
import torch

from phasekit import State
from phasekit.core.chain import ChainState
from phasekit.testing.contents import contents, distance, first_difference, snapshot, strange_place


def state(**fields: object) -> State:
    object = torch.ones(2, 3, 4, dtype=torch.complex64)
    inner = State(object.clone(), object.abs() > 0, (3, 7), nuisance={"background": torch.zeros(2)})
    outer = ChainState(object, object.abs() > 0, (3, 7), turn=1, inner=inner)
    return outer.changed(**fields)


def test_every_part_has_its_place_those_inside_too() -> None:
    places = dict(contents(state()))
    assert {"object", "seeds.0", "turn", "inner.object", "inner.nuisance.background"} <= set(places)
    assert places["seeds.1"] == 7
    assert first_difference(snapshot(state()), state()) == ""


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"step": 2}, "step"),
        ({"seeds": (3, 8)}, "seeds.1"),
        ({"active": torch.tensor([True, False])}, "active"),
        ({"object": torch.ones(2, 3, 4, dtype=torch.complex128)}, "object"),
        ({"object": torch.ones(2, 3, 5, dtype=torch.complex64)}, "object"),
        ({"diagnostics": {"volume": torch.ones(2)}}, "diagnostics.volume"),
        ({"inner": None}, "inner.object"),
        ({"turn": True}, "turn"),
    ],
)
def test_a_difference_is_named_by_its_place(changed: dict[str, object], place: str) -> None:
    assert first_difference(snapshot(state()), state(**changed)) == place


def test_a_snapshot_does_not_follow_what_is_written_to_afterwards() -> None:
    value = state()
    before = snapshot(value)
    assert value.object.add_(1) is value.object
    assert first_difference(before, value) == "object"
    assert bool((before["object"] == 1).all())


@pytest.mark.parametrize("strange", [torch.nan, torch.inf, -torch.inf])
def test_the_first_tensor_that_is_not_finite_is_named(strange: float) -> None:
    assert strange_place(state()) == ""
    assert strange_place(state(nuisance={"centre": torch.tensor([0.0, strange])})) == "nuisance.centre"


def test_a_distance_is_a_part_of_the_other_and_plain_where_that_is_zero() -> None:
    one, other = torch.tensor([[3.0, 4.0]]), torch.tensor([[0.0, 8.0]])
    assert distance(one, other) == pytest.approx(5 / 8)
    assert distance(one, torch.zeros(1, 2)) == pytest.approx(5)
