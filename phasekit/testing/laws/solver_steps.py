"""Laws on a solver's run: repeatable, resumable, in batches, without modifying its arguments."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any
from unittest import mock

import torch
from torch import Tensor

from phasekit.core.problem import Problem
from phasekit.core.solver import Solver
from phasekit.core.state import State
from phasekit.numerics.wave_iteration import compiled
from phasekit.testing.contents import distance, first_difference, snapshot
from phasekit.testing.draw import ramped, shortened, with_options
from phasekit.testing.problems import problems_for, start_state
from phasekit.testing.verdict import LawWaived, require


def same_seed_same_answer(solver: Solver, device: str) -> None:
    """The same seeds give the same states, bit for bit; torch's global generator plays no part."""
    solver = shortened(solver)
    before = torch.random.get_rng_state()
    try:
        for problem in problems_for(solver, device):
            torch.random.set_rng_state(before)
            first = list(solver.run(problem, start_state(problem)))
            kept = bool(torch.equal(before, torch.random.get_rng_state()))
            require(kept, "running moved torch's global generator; draw by `state.draw`")
            torch.manual_seed(int(before[0]) + 1)
            for one, other in zip(first, solver.run(problem, start_state(problem)), strict=True):
                place = first_difference(snapshot(one), other)
                require(not place, f"{place} differs between two runs of the same seeds at step {one.step}")
    finally:
        torch.random.set_rng_state(before)


def nothing_given_is_rewritten(solver: Solver, device: str) -> None:
    """The problem, the start and every yielded state stay unchanged, whatever runs afterwards."""
    solver = shortened(solver)
    for problem in problems_for(solver, device):
        start = start_state(problem)
        kept: list[tuple[str, Problem | State, dict[str, Any]]] = [
            ("the problem", problem, snapshot(problem)),
            ("the start", start, snapshot(start)),
        ]
        yielded: list[State] = []
        for every in (1, 2):
            for state in solver.run(problem, start, every):
                yielded.append(state)
                kept.append((f"the state yielded at step {state.step}", state, snapshot(state)))
                solver.estimate(problem, state)
        for state in yielded[:2]:
            _last(solver, problem, state)
        for name, value, before in kept:
            place = first_difference(before, value)
            require(not place, f"{place} of {name} was written to")


def resuming_ends_the_same(solver: Solver, device: str) -> None:
    """A run resumed from any of its states ends, bit for bit, as if it had never stopped."""
    solver = shortened(ramped(solver))
    for problem in problems_for(solver, device):
        states = list(solver.run(problem, start_state(problem)))
        for state in states[:-1]:
            last = _last(solver, problem, state)
            place = first_difference(snapshot(states[-1]), last)
            require(not place, f"resumed from step {state.step}, {place} ends differently than without the stop")
        if states:
            more = sum(1 for _ in solver.run(problem, states[-1]))
            require(more == 0, f"a finished state yields {more} more states; it must yield nothing")


def steps_are_counted(solver: Solver, device: str) -> None:
    """Every state's `step` is one more than the last; `length`, if known, is their number."""
    solver = shortened(solver)
    for problem in problems_for(solver, device):
        found = [state.step for state in solver.run(problem, start_state(problem))]
        wanted = list(range(1, len(found) + 1))
        require(found == wanted, f"the steps are counted {found}; {wanted} is needed")
        length = solver.length()
        require(length is None or length == len(found), f"length() is {length}; the run takes {len(found)} steps")


def every_changes_only_the_yields(solver: Solver, device: str) -> None:
    """`every=4` yields each fourth state and the last, equal to those of a run that yields all."""
    solver = shortened(ramped(solver))
    for problem in problems_for(solver, device):
        start = start_state(problem)
        states = {state.step: state for state in solver.run(problem, start)}
        wanted = [step for step in states if step % 4 == 0 or step == max(states)]
        # Kept as they come: what is written to afterwards is another law's.
        sparse = [(state.step, snapshot(state)) for state in solver.run(problem, start, 4)]
        found = [step for step, _ in sparse]
        require(found == wanted, f"every=4 yields at steps {found}; {wanted} is needed")
        for step, seen in sparse:
            place = first_difference(seen, states[step])
            require(not place, f"with every=4, {place} differs at step {step}")


def span_stretches_schedules(solver: Solver, device: str) -> None:
    """A run of span (0, 3) is the first third of a run of three times the steps."""
    solver = shortened(ramped(solver), 4)
    steps = getattr(solver, "steps", None)
    if not isinstance(steps, int):
        raise LawWaived("it has no option 'steps' to stretch")
    longer = with_options(solver, steps=3 * steps)
    for problem in problems_for(solver, device):
        start = start_state(problem)
        with _draws_alike_in_every_span():
            whole = list(islice(longer.run(problem, start), steps))
            third = list(solver.run(problem, start.changed(span=(0, 3))))
        for one, other in zip(third, whole, strict=True):
            off = distance(one.object, other.object)
            hint = "read schedules by `state.at`"
            require(off < 1e-6, f"span (0, 3) is off by {off:.2g} from 3 × the steps at step {one.step}; {hint}")


def batch_gives_what_members_give(solver: Solver, device: str) -> None:
    """Each member of a batch gives the same as alone, over the first 5 steps."""
    solver = shortened(ramped(solver), 5)
    seeds = (3, 7, 11)
    for problem in problems_for(solver, device):
        whole = list(islice(solver.run(problem, start_state(problem, seeds)), 5))
        for index, seed in enumerate(seeds):
            alone = list(islice(solver.run(problem, start_state(problem, (seed,))), 5))
            for batch, single in zip(whole, alone, strict=True):
                theirs, own = solver.estimate(problem, batch)[index], solver.estimate(problem, single)[0]
                off = max(distance(theirs, own), distance(batch.object[index], single.object[0]))
                require(
                    off < 1e-5,
                    f"seed {seed} alone is {off:.2g} from the same seed in a batch at step {batch.step}",
                )


def both_paths_agree(solver: Solver, device: str) -> None:
    """On the wave, by compiled code, and step by step the objects are the same to rounding over the first 5 steps."""
    solver = shortened(ramped(solver), 5)
    for problem in problems_for(solver, device):
        fast = list(islice(solver.run(problem, start_state(problem)), 5))
        with compiled(False):
            for state, other in zip(fast, islice(solver.run(problem, start_state(problem)), 5), strict=True):
                off = distance(solver.estimate(problem, state), solver.estimate(problem, other))
                off = max(off, distance(state.object, other.object))
                require(off < 1e-4, f"the two paths of iteration differ by {off:.2g} at step {state.step}")


def _last(solver: Solver, problem: Problem, start: State) -> State:
    """Run to the end; a finished start is its own end."""
    state = start
    for state in solver.run(problem, start):  # noqa: B007  # the last one is wanted
        pass
    return state


@contextmanager
def _draws_alike_in_every_span() -> Iterator[None]:
    """Remove the span from the key of random draws: it differs although the schedules must not."""
    keyed = State.draw

    def draw(state: State, *arguments: Any, **options: Any) -> Tensor:
        return keyed(replace(state, span=(0, 1)), *arguments, **options)

    with mock.patch.object(State, "draw", draw):
        yield


LAWS = (
    same_seed_same_answer,
    nothing_given_is_rewritten,
    resuming_ends_the_same,
    steps_are_counted,
    every_changes_only_the_yields,
    span_stretches_schedules,
    batch_gives_what_members_give,
    both_paths_agree,
)
CHEAP = (same_seed_same_answer, nothing_given_is_rewritten)
