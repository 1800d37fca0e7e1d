"""Solver: turns a problem into an object."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from pydantic.json_schema import JsonSchemaValue
from torch import Tensor

from phasekit.core.plugin import Plugin
from phasekit.core.problem import Problem
from phasekit.core.state import State


class Solver(Plugin):
    """A method that turns a problem into an object, one improved state at a time. A list of solvers is a chain."""

    kind: ClassVar[str] = "solver"
    state_type: ClassVar[type[State]] = State
    moves_truth: ClassVar[str] = ""  # waives "the truth of clean data stays", with the reason
    scales: ClassVar[str] = ""  # waives "4 × the photons, 2 × the object", with the reason

    @classmethod
    def shorthand(cls, value: Any) -> Any:
        """Accept a list as a chain, and also a mapping with `solvers` and without a name."""
        if isinstance(value, list | tuple):
            return {"name": "chain", "solvers": value}
        if isinstance(value, Mapping) and "name" not in value and "solvers" in value:
            return {"name": "chain", **value}
        return value

    @classmethod
    def shorthand_schemas(cls, plugins: Mapping[str, JsonSchemaValue]) -> tuple[JsonSchemaValue, ...]:
        """Return the schemas of a list, and of the mapping of a chain without its name."""
        if "chain" not in plugins:
            return ()
        options = {key: option for key, option in plugins["chain"]["properties"].items() if key != "name"}
        many = {key: options["solvers"][key] for key in ("type", "items")}
        return many, {"type": "object", "properties": options, "required": ["solvers"], "additionalProperties": False}

    @abstractmethod
    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Run the steps from `start.step` to the end.

        Yields a state after every `every` steps, counted from `start.step`, and at the end; a finished `start`
        yields nothing. A yielded state is a complete continuation and never changes again.
        """

    def parts(self) -> Iterator[Solver]:
        """Yield this solver and all that are in its options, those of a chain for example."""
        yield self
        for key in type(self).model_fields:
            value = getattr(self, key)
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, Solver):
                    yield from part.parts()

    def estimate(self, problem: Problem, state: State) -> Tensor:
        """Return the object (*batch, *space) that `state` stands for; it is measured, ranked and kept."""
        return state.object * state.support

    def length(self) -> int | None:
        """Return the number of steps of a whole run, None if it is open."""
        return None

    def memory(self, problem: Problem) -> int:
        """Return the bytes that one member of a batch needs while running."""
        return 6 * problem.valid.numel() * problem.complex_dtype.itemsize

    def refusal(self, problem: Problem) -> str | None:
        """Return a sentence why this solver cannot solve `problem`; None if it can."""
        return None


SolverLike = Solver | Mapping[str, Any] | str | Sequence["SolverLike"]
"""The type of `solver` in Python: a solver, a mapping with its name and options, its name, or a list of these."""
