"""solve(): a source, a solver and seeds -> a Result, ranked, aligned, and measured off the clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import torch
from pydantic import ValidationError

from phasekit.core.geometry import Geometry
from phasekit.core.loss import Loss
from phasekit.core.mistakes import listed
from phasekit.core.plugin import Plugin
from phasekit.core.problem import Problem
from phasekit.core.result import Result
from phasekit.core.solver import Solver
from phasekit.core.source import Source
from phasekit.runtime.device import choose_device
from phasekit.runtime.errors import InputError, RunError
from phasekit.solving.batches import Plan, within_memory
from phasekit.solving.evaluation import choose_rank, references
from phasekit.solving.job import Job, Watch
from phasekit.solving.rank import assemble
from phasekit.solving.running import run_batch
from phasekit.solving.task import METRICS, START, checked_seeds

Kind = TypeVar("Kind", bound=Plugin)


def solve(
    source: Any,
    solver: Any,
    *,
    geometry: Any = None,
    start: Any = START,
    seeds: int | Sequence[int] = 1,
    rank: str | None = None,
    metrics: Sequence[Any] = METRICS,
    held_out: float = 0.0,
    device: str = "auto",
    batch: int | None = None,
    watch: Watch | None = None,
) -> Result:
    """Reconstruct the object from one measurement with one solver, from as many starts as there are seeds.

    The keywords are the keys of a recipe, and take what a recipe takes: a plugin, its name, or a mapping.
    `source` may also be a Problem. `seeds` is a number (0, 1, …) or the seeds themselves; `held_out` the part
    of the trusted voxels hidden from the solver; `device` auto, cpu or cuda; `batch` how many seeds run
    together, chosen by measurement where left out.

    Raises InputError for what cannot be done, RunError where every start failed.
    """
    job = prepare(source, solver, geometry, start, seeds, rank, metrics, held_out, device, batch)
    return run_job(job, job.plan(), watch or Watch())


def prepare(
    source: Any,
    solver: Any,
    geometry: Any = None,
    start: Any = START,
    seeds: int | Sequence[int] = 1,
    rank: str | None = None,
    metrics: Sequence[Any] = METRICS,
    held_out: float = 0.0,
    device: str = "auto",
    batch: int | None = None,
) -> Job:
    """Load the data and check that solver, start and metrics can take them; see `solve`."""
    checked = checked_seeds(seeds)
    if batch is not None and batch < 1:
        raise InputError(f"a batch of at least 1 is needed, got {batch}", "batch")
    problem = load_problem(source, geometry).hold_out(held_out).to(choose_device(device))
    judged = tuple(resolved("metrics", Loss, metric) for metric in metrics)
    if bool(problem.held_out.any()) and all(metric.name != "free-poisson" for metric in judged):
        judged = (*judged, resolved("metrics", Loss, "free-poisson"))
    job = Job(
        problem=problem,
        solver=resolved("solver", Solver, solver),
        start=resolved("start", Solver, start),
        seeds=tuple(range(checked)) if isinstance(checked, int) else checked,
        metrics=judged,
        rank=choose_rank(rank, judged, bool(problem.held_out.any())),
        batch=batch,
    )
    judges: list[tuple[str, Solver | Loss]] = [("metrics", metric) for metric in judged]
    for place, part in [("start", job.start), ("solver", job.solver), *judges]:
        if reason := part.refusal(problem):
            raise InputError(reason, place)
    return job


def load_problem(source: Any, geometry: Any = None) -> Problem:
    """Return the problem that a source gives; a Problem is taken as it is."""
    if isinstance(source, Problem):
        return source
    given = None if geometry is None else resolved("geometry", Geometry, geometry)
    try:
        return resolved("source", Source, source).load(given, torch.Generator().manual_seed(0))
    except InputError as error:
        error.place = error.place or "source"
        raise


def resolved(place: str, interface: type[Kind], value: Any) -> Kind:
    """Make the plugin that `value` means; raises InputError with every mistake in it."""
    try:
        return interface.resolve(value)
    except ValidationError as error:
        raise InputError(listed(error, value), place) from None
    except ValueError as error:
        raise InputError(str(error), place) from None


def run_job(job: Job, plan: Plan, watch: Watch) -> Result:
    """Run every batch of a job and put the outcomes together."""
    watch.planned(job, plan)
    outcomes = []
    for number, seeds in enumerate(plan.batches):
        outcome = watch.finished_before(number)
        if outcome is None:
            with within_memory(len(seeds), job.problem.device):
                outcome = run_batch(job, plan, number, seeds, watch)
            watch.finished(number, outcome)
        outcomes.append(outcome)
    if not any(bool(outcome.alive.any()) for outcome in outcomes):
        raise RunError(
            "every start failed: its support vanished, or its object is not a number; lower the threshold of "
            "shrinkwrap, or the rate of a solver that diverges"
        )
    return assemble(job.problem, outcomes, job.rank, references(job.problem, job.metrics))
