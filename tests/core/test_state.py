"""Random draws depend on their key alone; schedules stretch; a handover keeps what the next solver needs."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from phasekit import Schedule, State
from phasekit.core.chain import ChainState

LINE = Schedule.resolve({"name": "linear", "start": 0.0, "stop": 1.0})


def _state(*seeds: int, **fields: Any) -> State:
    shape = (len(seeds), 4, 3)
    object = torch.zeros(shape, dtype=torch.complex64)
    return State(object=object, support=torch.ones(shape, dtype=torch.bool), seeds=seeds, **fields)


def test_a_seed_draws_the_same_alone_and_in_any_batch() -> None:
    together = _state(3, 7, 5).draw(torch.randn, (4, 3), "noise", 2)
    assert together.shape == (3, 4, 3)
    for member, seed in zip(together, (3, 7, 5), strict=True):
        assert torch.equal(_state(seed).draw(torch.randn, (4, 3), "noise", 2)[0], member)


def test_draws_of_another_seed_place_span_purpose_or_step_differ() -> None:
    draws = [
        _state(1).draw(torch.rand, (50,), "a"),
        _state(2).draw(torch.rand, (50,), "a"),
        _state(1, place=(0,)).draw(torch.rand, (50,), "a"),
        _state(1, place=(0, 0)).draw(torch.rand, (50,), "a"),
        _state(1, span=(1, 2)).draw(torch.rand, (50,), "a"),
        _state(1).draw(torch.rand, (50,), "b"),
        _state(1).draw(torch.rand, (50,), "a", 1),
    ]
    rows = torch.cat(draws)
    assert float((torch.corrcoef(rows) - torch.eye(len(draws))).abs().max()) < 0.6
    assert len({tuple(row.tolist()) for row in rows}) == len(draws)


def test_a_draw_is_what_its_sampler_says() -> None:
    drawn = _state(*range(20)).draw(torch.rand, (500,), "a")
    assert drawn.dtype == torch.float32
    assert 0 <= float(drawn.min()) < 0.01 < 0.99 < float(drawn.max()) < 1
    assert float(drawn.mean()) == pytest.approx(0.5, abs=0.02)


def test_a_draw_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(4)
    before = torch.get_rng_state()
    _state(1, 2).draw(torch.randn, (9,), "a")
    assert torch.equal(torch.get_rng_state(), before)


def test_schedules_stretch_over_all_laps() -> None:
    whole = [_state(1).at(LINE, step, 12) for step in range(12)]
    thirds = [_state(1, span=(lap, 3)).at(LINE, step, 4) for lap in range(3) for step in range(4)]
    assert thirds == whole
    assert (whole[0], whole[-1]) == (0.0, 1.0)


def test_a_plain_number_is_read_as_it_is() -> None:
    assert _state(1, span=(1, 2)).at(3, 0, 5) == 3.0


def test_a_handover_keeps_object_support_seeds_nuisance_and_failures_and_drops_the_rest() -> None:
    inner = _state(1, 2)
    active = torch.tensor([True, False])
    state = ChainState(
        object=inner.object,
        support=inner.support,
        seeds=(1, 2),
        step=9,
        active=active,
        place=(1,),
        span=(2, 3),
        nuisance={"scale": torch.ones(2)},
        diagnostics={"volume": torch.ones(2)},
        turn=4,
        inner=inner,
    )
    passed = state.handover(span=(0, 6), place=(1, 0))
    assert type(passed) is State
    assert passed.object is state.object
    assert passed.support is state.support
    assert passed.active is active
    assert passed.nuisance is state.nuisance
    assert (passed.seeds, passed.step, passed.span, passed.place) == ((1, 2), 0, (0, 6), (1, 0))
    assert passed.diagnostics == {}
    assert (state.handover().span, state.handover().place) == ((2, 3), (1,))


def test_members_run_until_they_are_marked() -> None:
    assert _state(1, 2).running().tolist() == [True, True]
    assert _state(1, 2, active=torch.tensor([False, True])).running().tolist() == [False, True]


def test_a_solver_that_runs_another_shows_its_objects_and_keeps_its_own_place() -> None:
    outer = _state(3, 4, place=(1,)).changed(span=(1, 2), step=5, diagnostics={"a": torch.ones(2)})
    inner = outer.handover((0, 4), (1, 0)).changed(
        object=2 * outer.object, active=torch.tensor([True, False]), diagnostics={"b": torch.zeros(2)}
    )
    state = ChainState.around(outer, inner, step=6, turn=2, inner=inner)
    assert (state.step, state.turn, state.seeds, state.place, state.span) == (6, 2, (3, 4), (1,), (1, 2))
    assert state.object is inner.object
    assert state.active is inner.active
    assert state.inner is inner
    assert set(state.diagnostics) == {"a", "b"}
    assert ChainState.around(outer, None, step=5).object is outer.object
