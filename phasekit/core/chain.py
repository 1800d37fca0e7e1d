"""Chain and Constant: the two plugins that the core itself needs."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import Field
from torch import Tensor

from phasekit.core.problem import Problem
from phasekit.core.schedule import Schedule
from phasekit.core.solver import Solver
from phasekit.core.state import State


class Constant(Schedule):
    """A constant value; the meaning of a plain number in a recipe."""

    name: Literal["constant"] = "constant"
    value: float = Field(1.0, description="The number.")

    def at(self, step: int, steps: int) -> float:
        """Return the value."""
        return self.value

    def written(self) -> Any:
        """Return the value, which is what a recipe writes."""
        return self.value


@dataclass(frozen=True, eq=False)
class ChainState(State):
    """Which solver of a chain is running, and its own state."""

    turn: int = 0
    """Solvers finished or running before `inner` is done, counted through all repeats."""
    inner: State | None = None
    """The running solver's state."""


class Chain(Solver):
    """Run solvers one after the other, the whole list `repeat` times; a list in a recipe is a chain.

    Schedules of the solvers inside stretch over all repeats: a σ from 2 to 1 falls once, not in every repeat.
    """

    name: Literal["chain"] = "chain"
    solvers: tuple[Solver, ...] = Field((), description="The solvers to run, in this order; chains can be nested.")
    repeat: int = Field(1, ge=1, le=1_000_000, description="How often to run the whole list.")

    state_type: ClassVar[type[State]] = ChainState

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield after every `every` steps of the chain, and at the end; see `Solver.run`."""
        state = start if isinstance(start, ChainState) else self._begin(start)
        first, latest, last = state.step, state, state
        while state.inner is not None and state.turn < self.repeat * len(self.solvers):
            solver = self.solvers[state.turn % len(self.solvers)]
            start_of_turn = state.step - state.inner.step
            for inner in self._aligned(solver, problem, state.inner, every, every - (state.step - first) % every):
                done = start_of_turn + inner.step
                state = last = self._around(state, inner, state.turn, done)
                if (done - first) % every == 0:
                    latest = state
                    yield state
            state = self._next(state)
        if last.step > latest.step:
            yield last

    @staticmethod
    def _aligned(solver: Solver, problem: Problem, inner: State, every: int, offset: int) -> Iterator[State]:
        """Run `solver` so that it yields after `offset` steps first and then at the full stride."""
        if offset != every:
            # A state is a complete continuation: stop at the first mark, continue from there.
            running = solver.run(problem, inner, offset)
            reached = next(running, None)
            if isinstance(running, Generator):
                running.close()
            if reached is None:
                return
            inner = reached
            yield inner
        yield from solver.run(problem, inner, every)

    def _begin(self, start: State) -> ChainState:
        state = self._around(start, None, 0, start.step)
        return self._around(state, self._enter(state, 0), 0, start.step) if self.solvers else state

    def _next(self, state: ChainState) -> ChainState:
        turn = state.turn + 1
        if turn >= self.repeat * len(self.solvers):
            return state.changed(turn=turn)
        return self._around(state, self._enter(state, turn), turn, state.step)

    def _enter(self, state: State, turn: int) -> State:
        """Hand over to the solver of this turn, with the part of its schedules that it covers."""
        lap, laps = state.span
        span = (lap * self.repeat + turn // len(self.solvers), laps * self.repeat)
        source = state.inner if isinstance(state, ChainState) and state.inner is not None else state
        return source.handover(span, (*state.place, turn % len(self.solvers)))

    @staticmethod
    def _around(outer: State, inner: State | None, turn: int, step: int) -> ChainState:
        return ChainState.around(outer, inner, step=step, turn=turn, inner=inner)

    def estimate(self, problem: Problem, state: State) -> Tensor:
        """Return the running solver's estimate for its state."""
        if isinstance(state, ChainState) and state.inner is not None:
            solver = self.solvers[min(state.turn, self.repeat * len(self.solvers) - 1) % len(self.solvers)]
            return solver.estimate(problem, state.inner)
        return super().estimate(problem, state)

    def length(self) -> int | None:
        """Return the sum of the solvers' lengths times `repeat`, None if one is open."""
        lengths = [solver.length() for solver in self.solvers]
        if any(length is None for length in lengths):
            return None
        return self.repeat * sum(length for length in lengths if length is not None)

    def memory(self, problem: Problem) -> int:
        """Return the memory of the most demanding solver."""
        return max((solver.memory(problem) for solver in self.solvers), default=0)

    def refusal(self, problem: Problem) -> str | None:
        """Return the first refusal among the solvers."""
        refusals = (solver.refusal(problem) for solver in self.solvers)
        return next((reason for reason in refusals if reason), None)
