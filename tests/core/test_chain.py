"""A chain is one solver: it resumes anywhere, strides evenly, counts its steps and stretches schedules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import pytest
import torch
from torch import Tensor

from phasekit import Between, Iterative, Problem, Schedule, Solver, State
from phasekit.core.chain import Chain, ChainState
from phasekit.testing import reference_problem, start_state

PROBLEM = reference_problem((10, 8))
SEEDS = (3, 7)


class Recorder(Iterative):
    """Adds noise, and a number that a schedule gives, and remembers what it saw."""

    name: Literal["recorder"] = "recorder"
    level: Annotated[Schedule | float, Between(0, 100)] = 0.0

    def step(self, problem: Problem, state: State) -> Tensor:
        """Return a noisy object."""
        SEEN.append((state.place, state.span, state.step, state.at(self.level, state.step, self.steps)))
        return state.object * 0.9 + state.draw(torch.randn, problem.space, "noise", state.step)


SEEN: list[tuple[tuple[int, ...], tuple[int, int], int, float]] = []

NESTED = Chain(
    solvers=(
        Recorder(steps=3),
        Chain(solvers=(Solver.resolve({"name": "hio", "steps": 2}), Recorder(steps=2)), repeat=2),
        Chain(),
        Solver.resolve({"name": "shrinkwrap", "threshold": 0.05}),
        Solver.resolve({"name": "er", "steps": 4}),
    ),
    repeat=2,
)


def _start() -> State:
    return start_state(PROBLEM, SEEDS).handover(place=())


def _same(one: State, other: State) -> bool:
    return torch.equal(one.object, other.object) and torch.equal(one.support, other.support) and one.step == other.step


@pytest.fixture(scope="module")
def every_state() -> list[State]:
    return list(NESTED.run(PROBLEM, _start()))


def test_a_chain_yields_each_of_its_steps_once(every_state: list[State]) -> None:
    assert [state.step for state in every_state] == list(range(1, 33))
    assert NESTED.length() == 32


@pytest.mark.parametrize("at", range(32))
def test_resuming_from_any_state_ends_bit_identically(every_state: list[State], at: int) -> None:
    onward = list(NESTED.run(PROBLEM, every_state[at]))
    assert [state.step for state in onward] == list(range(at + 2, 33))
    for state, expected in zip(onward, every_state[at + 1 :], strict=True):
        assert _same(state, expected)


@pytest.mark.parametrize("every", [2, 3, 4, 5, 7, 11, 31, 32, 33, 1000])
def test_a_stride_shows_the_same_states_less_often(every_state: list[State], every: int) -> None:
    shown = list(NESTED.run(PROBLEM, _start(), every))
    steps = [*range(every, 33, every)]
    assert [state.step for state in shown] == (steps if steps and steps[-1] == 32 else [*steps, 32])
    for state in shown:
        assert _same(state, every_state[state.step - 1])


@pytest.mark.parametrize(("at", "every"), [(4, 3), (7, 5), (12, 4), (30, 7)])
def test_a_stride_counts_from_where_it_is_resumed(every_state: list[State], at: int, every: int) -> None:
    shown = list(NESTED.run(PROBLEM, every_state[at - 1], every))
    assert all((state.step - at) % every == 0 for state in shown[:-1])
    assert shown[-1].step == 32
    assert all(_same(state, every_state[state.step - 1]) for state in shown)


def test_a_finished_chain_yields_nothing(every_state: list[State]) -> None:
    assert list(NESTED.run(PROBLEM, every_state[-1])) == []


def test_states_once_yielded_are_never_written_to() -> None:
    states, copies = [], []
    for state in NESTED.run(PROBLEM, _start()):
        states.append(state)
        copies.append(state.object.clone())
    assert all(torch.equal(state.object, copy) for state, copy in zip(states, copies, strict=True))


def test_members_of_a_batch_go_as_they_would_alone(every_state: list[State]) -> None:
    start = _start()
    for index, seed in enumerate(SEEDS):
        alone = State(object=start.object[[index]], support=start.support[[index]], seeds=(seed,))
        *_, last = NESTED.run(PROBLEM, alone)
        assert torch.allclose(last.object[0], every_state[-1].object[index], rtol=1e-4, atol=1e-3)


def _seen(chain: Chain) -> list[tuple[tuple[int, ...], tuple[int, int], int, float]]:
    SEEN.clear()
    list(chain.run(PROBLEM, _start()))
    return list(SEEN)


def test_schedules_stretch_over_the_repeats_of_all_chains_around() -> None:
    falls = Recorder(steps=3, level={"name": "linear", "start": 12, "stop": 1})
    seen = _seen(Chain(solvers=(Chain(solvers=(falls,), repeat=2),), repeat=2))
    assert [level for *_, level in seen] == pytest.approx(list(range(12, 0, -1)))
    assert [span for _, span, *_ in seen][::3] == [(0, 4), (1, 4), (2, 4), (3, 4)]


def test_equal_solvers_in_other_places_or_laps_draw_other_numbers() -> None:
    chain = Chain(solvers=(Recorder(steps=1), Recorder(steps=1), Chain(solvers=(Recorder(steps=1),))), repeat=2)
    seen = _seen(chain)
    assert [place for place, *_ in seen] == [(0,), (1,), (2, 0)] * 2
    assert len({(place, span) for place, span, *_ in seen}) == 6


@pytest.mark.parametrize("chain", [Chain(), Chain(solvers=(Chain(), Chain()), repeat=3)])
def test_an_empty_chain_does_nothing(chain: Chain) -> None:
    start = _start()
    assert list(chain.run(PROBLEM, start)) == []
    assert chain.length() == 0
    assert chain.memory(PROBLEM) == 0
    assert torch.equal(chain.estimate(PROBLEM, start), start.object * start.support)


class Open(Solver):
    """A solver that does not know how long it takes."""

    name: Literal["open"] = "open"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield nothing."""
        return iter(())

    def refusal(self, problem: Problem) -> str | None:
        """Refuse everything."""
        return "it never takes anything"


def test_a_chain_with_an_open_solver_is_open_and_refuses_what_its_solvers_refuse() -> None:
    chain = Chain(solvers=(Recorder(), Open()))
    assert chain.length() is None
    assert chain.refusal(PROBLEM) == "it never takes anything"
    assert Chain(solvers=(Recorder(),)).refusal(PROBLEM) is None


def test_the_estimate_is_that_of_the_solver_that_runs() -> None:
    hio = Solver.resolve({"name": "hio", "steps": 3})
    chain = Chain(solvers=(Recorder(steps=2), hio))
    for state in chain.run(PROBLEM, _start()):
        assert isinstance(state, ChainState)
        assert state.inner is not None
        solver = chain.solvers[state.turn]
        assert torch.equal(chain.estimate(PROBLEM, state), solver.estimate(PROBLEM, state.inner))
    assert isinstance(solver, type(hio))


def test_a_failed_member_stays_as_it_is_and_is_handed_on() -> None:
    start = _start().changed(active=torch.tensor([False, True]))
    *_, last = Chain(solvers=("er", {"name": "hio", "steps": 5})).run(PROBLEM, start)
    assert torch.equal(last.object[0], start.object[0])
    assert not torch.equal(last.object[1], start.object[1])
    assert last.active is not None
    assert last.active.tolist() == [False, True]
