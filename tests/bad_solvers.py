"""Solvers that do what a solver must not do; a recipe names this file under plugins."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor

from phasekit import Problem, Solver, State


class Refuses(Solver):
    """Takes nothing."""

    name: Literal["refuses"] = "refuses"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Never called."""
        yield start

    def refusal(self, problem: Problem) -> str | None:
        """Refuse."""
        return "refuses takes nothing at all"


class Raises(Solver):
    """Fails on its way."""

    name: Literal["raises"] = "raises"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Fail."""
        raise ZeroDivisionError("division of nothing")
        yield start


class GivesNothing(Solver):
    """Ends in what is not a number."""

    name: Literal["gives-nothing"] = "gives-nothing"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield NaN."""
        if start.step < 1:
            yield start.changed(step=1, object=start.object * float("nan"))


class WrongShape(Solver):
    """Estimates an object of another shape."""

    name: Literal["wrong-shape"] = "wrong-shape"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield the start."""
        if start.step < 1:
            yield start.changed(step=1)

    def estimate(self, problem: Problem, state: State) -> Tensor:
        """Return too little."""
        return state.object[..., 1:]


class Hangs(Solver):
    """Never ends."""

    name: Literal["hangs"] = "hangs"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Sleep."""
        time.sleep(600)
        yield start


class FindsTwin(Solver):
    """Knows the truth, or its twin."""

    name: Literal["finds-twin"] = "finds-twin"
    twin: bool = False

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield the truth, or its twin, for every start."""
        if start.step < 1:
            truth = problem.truth
            assert truth is not None
            axes = tuple(range(truth.ndim))
            found = torch.roll(truth.flip(axes), [1] * truth.ndim, axes).conj().resolve_conj() if self.twin else truth
            shape = start.object.shape
            whole = torch.ones(shape, dtype=torch.bool)
            yield start.changed(step=1, object=found.to(start.object).expand(shape).clone(), support=whole)
