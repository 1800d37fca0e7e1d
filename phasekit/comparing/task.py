"""The keys of a comparison: those of a recipe with `task: compare` and of `phasekit.compare`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator

from phasekit.core.geometry import Geometry
from phasekit.core.loss import Loss
from phasekit.core.solver import Solver, SolverLike
from phasekit.core.source import Source, SourceLike
from phasekit.core.task import Task, TaskKeys
from phasekit.solving.budget import Budget
from phasekit.solving.task import START, Seeds, checked_seeds


class CompareKeys(TaskKeys, total=False):
    """The keys below as keywords of `phasekit.compare`, besides `source` and `solvers`; a test compares the two."""

    problems: Mapping[str, SourceLike] | None
    geometry: Geometry | Mapping[str, Any] | str | None
    start: SolverLike
    seeds: int | Sequence[int] | Mapping[str, int | Sequence[int]]
    rank: str | None
    metrics: Sequence[Loss | Mapping[str, Any] | str] | None
    goals: Mapping[str, float]
    held_out: float
    budget: Budget | Mapping[str, Any] | None
    batch: int | None
    workers: int | None
    limit_s: float | None
    dask: str | None


class CompareTask(Task):
    """One comparison, and how the work is distributed."""

    task: Literal["compare"] = Field("compare", description="What to do.")
    source: Source | None = Field(None, description="Where the data come from; or give problems.")
    problems: Annotated[dict[str, Source], Field(min_length=1)] | None = Field(
        None, description="Several data sets by name; or give one source."
    )
    geometry: Geometry | None = Field(None, description="Overrides what the sources say; far-field by default.")
    start: Solver = Field(default=START, description="What makes the first objects.")  # type: ignore[assignment]  # a name becomes a plugin
    solvers: Annotated[dict[str, Solver], Field(min_length=1)] = Field(description="What is compared, by name.")
    seeds: Seeds | dict[str, Seeds] = Field(
        10, description="Number of starts of each solver, or a list of seeds, or either of these by solver."
    )
    rank: str | None = Field(
        None,
        description="The metric that ranks: free-poisson if voxels are held out, object-error if the truth is known "
        "and no metrics are given, otherwise the first.",
    )
    metrics: tuple[Loss, ...] | None = Field(
        None,
        description="The metrics: by default chi2, pearson, r-factor, and object-error if the truth is known.",
    )
    goals: dict[str, float] = Field(
        default_factory=dict, description="Metric -> value to reach; the comparison counts how often and how soon."
    )
    held_out: float = Field(0.0, ge=0, le=0.5, description="Fraction of the trusted voxels hidden from the solvers.")
    budget: Budget | None = Field(None, description="Limit of each start: {steps: n} or {seconds: s}.")
    batch: int | None = Field(None, ge=1, description="Seeds that run together; by default measured.")
    workers: int | None = Field(None, ge=1, description="Number of processes; by default one for each GPU, or one.")
    limit_s: float | None = Field(
        None, gt=0, description="Seconds that a batch of starts may take before its solver counts as hanging."
    )
    dask: str | None = Field(
        None,
        description="Address of a Dask scheduler whose workers do the work, tcp://HOST:8786; by default none.",
    )

    @field_validator("seeds", mode="before")
    @classmethod
    def _some_seeds(cls, value: Any) -> Any:
        """Accept a number of starts, or distinct seeds, or either by solver."""
        return (
            {name: checked_seeds(seeds) for name, seeds in value.items()}
            if isinstance(value, Mapping)
            else checked_seeds(value)
        )

    def essential(self) -> Self:
        """Return the recipe without `out`, and without the keys that distribute the work."""
        return super().essential().model_copy(update={"workers": None, "limit_s": None, "dask": None})
