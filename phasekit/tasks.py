"""What a recipe may say: the keywords of the Python function that its task names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from phasekit.budget import Budget
from phasekit.errors import InputError
from phasekit.interfaces import Generator, Geometry, Loss, Solver, Source
from phasekit.learner import Learner
from phasekit.paths import InputFile
from phasekit.plugin import files_in
from phasekit.training import Training
from phasekit.volume_options import VolumeOptions

START = "random-phase"
METRICS = ("chi2", "r-factor")
"""What a recipe, and a call of `phasekit.solve`, has where it says nothing."""


class Task(BaseModel):
    """What every recipe has: the keywords of the Python function that `task` names, with the same meaning."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

    task: str = Field("solve", description="What to do.")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where to compute.")
    out: Path | None = Field(None, description="The run folder; runs/NAME of the recipe where left out.")
    plugins: tuple[InputFile, ...] = Field((), description="Python files with plugins of one's own.")

    not_keywords: ClassVar[tuple[str, ...]] = ("task", "out", "plugins")

    def keywords(self) -> dict[str, Any]:
        """Return the keywords of the function that this recipe stands for."""
        return {key: getattr(self, key) for key in type(self).model_fields if key not in self.not_keywords}

    def inputs(self) -> dict[str, Path]:
        """Return every file that the recipe reads: place -> path."""
        return files_in({key: getattr(self, key) for key in type(self).model_fields if key != "out"})

    def essential(self) -> Self:
        """Return the recipe without what does not change its outcome: two that agree in it may share a run."""
        return self.model_copy(update={"out": None})


class Recipe(Task):
    """One reconstruction: the keywords of `phasekit.solve`."""

    not_keywords: ClassVar[tuple[str, ...]] = (*Task.not_keywords, "volume")

    task: Literal["solve"] = Field("solve", description="What to do.")
    source: Source = Field(description="Where the data come from.")
    geometry: Geometry | None = Field(None, description="Overrides what the source says; far-field by default.")
    start: Solver = Field(default=START, description="What makes the first object.")  # type: ignore[assignment]  # a name becomes a plugin
    solver: Solver = Field(description="The method, or a list of methods.")
    seeds: int | tuple[int, ...] = Field(1, description="How many starts, or which seeds.")
    rank: str | None = Field(
        None,
        description="The metric that ranks the seeds; free-poisson where voxels are held out, else the first.",
    )
    metrics: tuple[Loss, ...] = Field(
        default=METRICS,  # type: ignore[arg-type]  # names become plugins
        description="What is measured on the way and at the end.",
    )
    held_out: float = Field(0.0, ge=0, le=0.5, description="Part of the trusted voxels hidden from the solver.")
    volume: VolumeOptions | None = Field(
        None,
        description="Displacement and strain on an orthogonal grid; by default in the laboratory frame, where the "
        "geometry has true lengths.",
    )
    batch: int | None = Field(None, ge=1, description="Seeds that run together; measured where left out.")

    @field_validator("seeds", mode="before")
    @classmethod
    def _some_seeds(cls, value: Any) -> int | tuple[int, ...]:
        """Take a number of starts, or a list of distinct seeds."""
        return checked_seeds(value)


class TrainRecipe(Task):
    """One training: the keywords of `phasekit.train`."""

    task: Literal["train"] = Field("train", description="What to do.")
    solver: Learner = Field(description="The solver whose network is trained.")
    generator: Generator = Field(description="What makes the objects.")
    geometry: Geometry = Field(default="far-field", description="The map from object to detector.")  # type: ignore[assignment]  # a name becomes a plugin
    shape: tuple[Annotated[int, Field(ge=8, le=4096)], ...] = Field(
        min_length=2, max_length=3, description="Shape of the data, zero frequency in the middle: the network's."
    )
    training: Training = Field(default_factory=Training, description="How it is trained.")

    def essential(self) -> Self:
        """Return the recipe without `out`, and without when to stop for now."""
        return super().essential().model_copy(update={"training": self.training.model_copy(update={"minutes": None})})


class CompareRecipe(Task):
    """One comparison: the keywords of `phasekit.compare`, and how the work is done."""

    not_keywords: ClassVar[tuple[str, ...]] = (*Task.not_keywords, "workers", "limit_s", "dask")

    task: Literal["compare"] = Field("compare", description="What to do.")
    source: Source | None = Field(None, description="Where the data come from; or give problems.")
    problems: Annotated[dict[str, Source], Field(min_length=1)] | None = Field(
        None, description="Several data sets by name; or give one source."
    )
    geometry: Geometry | None = Field(None, description="Overrides what the sources say; far-field by default.")
    start: Solver = Field(default=START, description="What makes the first objects.")  # type: ignore[assignment]  # a name becomes a plugin
    solvers: Annotated[dict[str, Solver], Field(min_length=1)] = Field(description="What is compared, by name.")
    seeds: int | tuple[int, ...] | dict[str, int | tuple[int, ...]] = Field(
        10, description="How many starts each solver has, or which seeds, or that by solver."
    )
    rank: str | None = Field(
        None,
        description="The metric that ranks: free-poisson where voxels are held out, object-error where the truth is "
        "known and the metrics are left out, else the first.",
    )
    metrics: tuple[Loss, ...] | None = Field(
        None,
        description="What is measured: chi2, pearson, r-factor, and object-error where the truth is known.",
    )
    goals: dict[str, float] = Field(
        default_factory=dict, description="Metric -> value; how often, and how soon, it is reached."
    )
    held_out: float = Field(0.0, ge=0, le=0.5, description="Part of the trusted voxels hidden from the solvers.")
    budget: Budget | None = Field(None, description="What a start may cost: {steps: n} or {seconds: s}; see Budget.")
    batch: int | None = Field(None, ge=1, description="Seeds that run together; measured where left out.")
    workers: int | None = Field(None, ge=1, description="Processes; one for each GPU, or one, where left out.")
    limit_s: float | None = Field(
        None, gt=0, description="Seconds that a batch of starts may take before its solver counts as hanging."
    )
    dask: str | None = Field(
        None, description="Address of a Dask scheduler whose workers do the work, tcp://HOST:8786; else processes here."
    )

    @field_validator("seeds", mode="before")
    @classmethod
    def _some_seeds(cls, value: Any) -> Any:
        """Take a number of starts, or distinct seeds, or either by solver."""
        return (
            {name: checked_seeds(one) for name, one in value.items()}
            if isinstance(value, dict)
            else checked_seeds(value)
        )

    def essential(self) -> Self:
        """Return the recipe without `out`, and without how the work is shared."""
        return super().essential().model_copy(update={"workers": None, "limit_s": None, "dask": None})


TASKS: Mapping[str, type[Task]] = {"solve": Recipe, "train": TrainRecipe, "compare": CompareRecipe}
"""What `task` may say -> what such a recipe may say."""


def checked_seeds(value: Any) -> int | tuple[int, ...]:
    """Return a number of starts, or the seeds themselves; raises InputError (a ValueError) for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 100_000:
        return value
    if isinstance(value, Sequence) and value and all(type(seed) is int and 0 <= seed < 2**63 for seed in value):
        if len(set(value)) == len(value):
            return tuple(value)
        raise InputError("a seed stands here twice; every seed once", "seeds")
    wanted = "takes how many starts (1 to 100000), or a list of distinct seeds (0 to 2^63 - 1)"
    raise InputError(f"{wanted}, got {value!r}", "seeds")


class PartialRecipe(Recipe):
    """A recipe for a command that does not solve: what is not there is not asked for."""

    # A field that may be absent is wider than the one it replaces, which the type checker takes amiss.
    source: Source | None = Field(None, description="Where the data come from.")  # type: ignore[assignment]  # see above
    solver: Solver | None = Field(None, description="The method.")  # type: ignore[assignment]  # see above
