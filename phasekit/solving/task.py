"""The keys of a reconstruction: what a recipe with `task: solve` and `phasekit.solve` take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema, field_validator

from phasekit.analysis.volume_options import VolumeOptions
from phasekit.core.geometry import Geometry
from phasekit.core.loss import Loss
from phasekit.core.solver import Solver, SolverLike
from phasekit.core.source import Source
from phasekit.core.task import Task, TaskKeys
from phasekit.runtime.errors import InputError

START = "random-phase"
METRICS = ("chi2", "r-factor")
"""The defaults of `start` and `metrics`."""

Seeds = Annotated[
    int | tuple[int, ...],
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 100_000},
                {
                    "type": "array",
                    "items": {"type": "integer", "minimum": 0, "exclusiveMaximum": 2**63},
                    "minItems": 1,
                    "uniqueItems": True,
                },
            ]
        }
    ),
]
"""How many starts (0, 1, … are their seeds), or the seeds themselves."""


class SolveKeys(TaskKeys, total=False):
    """The keys below as keywords of `phasekit.solve`, besides `source` and `solver`; a test compares the two."""

    geometry: Geometry | Mapping[str, Any] | str | None
    start: SolverLike
    seeds: int | Sequence[int]
    rank: str | None
    metrics: Sequence[Loss | Mapping[str, Any] | str]
    held_out: float
    volume: VolumeOptions | Mapping[str, Any] | None
    batch: int | None


class SolveTask(Task):
    """One reconstruction."""

    task: Literal["solve"] = Field("solve", description="What to do.")
    source: Source = Field(description="Where the data come from.")
    geometry: Geometry | None = Field(None, description="Overrides the source's; far-field by default.")
    start: Solver = Field(default=START, description="What makes the first object.")  # type: ignore[assignment]  # a name becomes a plugin
    solver: Solver = Field(description="The method, or a list of methods.")
    seeds: Seeds = Field(1, description="How many starts, or which seeds.")
    rank: str | None = Field(
        None,
        description="The metric that ranks the seeds; by default free-poisson if voxels are held out, else the first.",
    )
    metrics: tuple[Loss, ...] = Field(
        default=METRICS,  # type: ignore[arg-type]  # names become plugins
        description="What is measured during the run and at the end.",
    )
    held_out: float = Field(0.0, ge=0, le=0.5, description="Fraction of the trusted voxels hidden from the solver.")
    volume: VolumeOptions | None = Field(
        None,
        description="Displacement and strain on an orthogonal grid; by default in the laboratory frame, if the "
        "geometry has true lengths.",
    )
    batch: int | None = Field(None, ge=1, description="Seeds that run together; by default measured.")

    @field_validator("seeds", mode="before")
    @classmethod
    def _some_seeds(cls, value: Any) -> int | tuple[int, ...]:
        """Accept a number of starts, or a list of distinct seeds."""
        return checked_seeds(value)


def seed_list(seeds: Seeds) -> tuple[int, ...]:
    """Return the seeds themselves."""
    return tuple(range(seeds)) if isinstance(seeds, int) else seeds


def checked_seeds(value: Any) -> int | tuple[int, ...]:
    """Return a number of starts, or the seeds themselves; raises InputError (a ValueError) for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 100_000:
        return value
    if isinstance(value, Sequence) and value and all(type(seed) is int and 0 <= seed < 2**63 for seed in value):
        if len(set(value)) == len(value):
            return tuple(value)
        raise InputError("a seed is listed twice; list every seed once", "seeds")
    wanted = "must be a number of starts (1 to 100000), or a list of distinct seeds (0 to 2^63 - 1)"
    raise InputError(f"{wanted}, got {value!r}", "seeds")
