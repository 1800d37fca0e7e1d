"""A list of solvers is a chain; what a solver does not say itself has a default that holds for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import torch

from phasekit import Problem, Solver, State
from phasekit.core.chain import Chain
from phasekit.testing import reference_problem, start_state


class Plain(Solver):
    """A solver that defines nothing but its steps."""

    name: Literal["plain"] = "plain"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield nothing."""
        return iter(())


def test_a_list_of_solvers_is_a_chain() -> None:
    chain = Solver.resolve(["hio", {"name": "er", "steps": 7}])
    assert isinstance(chain, Chain)
    assert [solver.name for solver in chain.solvers] == ["hio", "er"]
    assert Solver.resolve({"solvers": ["hio"], "repeat": 3}) == Chain(solvers=("hio",), repeat=3)
    nested = Solver.resolve([["er"], "er"])
    assert isinstance(nested, Chain)
    assert nested.solvers[0] == Chain(solvers=("er",))


def test_the_estimate_is_zero_outside_the_support_and_the_object_inside() -> None:
    problem = reference_problem((10, 8))
    state = start_state(problem)
    state = state.changed(object=state.object + 1)
    estimate = Plain().estimate(problem, state)
    assert not bool(estimate[~state.support].any())
    assert torch.equal(estimate[state.support], state.object[state.support])


def test_a_solver_takes_every_problem_and_leaves_its_length_open_unless_it_says_otherwise() -> None:
    assert Plain().refusal(reference_problem((10, 8))) is None
    assert Plain().length() is None


def test_memory_is_told_for_the_precision_and_the_size_of_the_data() -> None:
    small = Plain().memory(reference_problem((10, 8)))
    assert small >= 2 * 10 * 8 * 8  # the object and its wave, complex64
    assert Plain().memory(reference_problem((20, 16))) == 4 * small
    assert Plain().memory(reference_problem((10, 8), dtype=torch.float64)) == 2 * small


def test_the_parts_of_a_solver_are_those_of_chains_in_chains_too() -> None:
    inner = Solver.resolve([{"name": "dm", "steps": 2}, [{"name": "raar", "steps": 2}, "deep-prior"]])
    assert [part.name for part in inner.parts()] == ["chain", "dm", "chain", "raar", "deep-prior"]
    assert len({part.state_type for part in inner.parts()}) > 1
