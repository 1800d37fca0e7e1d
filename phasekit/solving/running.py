"""One batch of starts from its first step to its last, or to the end of its budget; measured with the clock stopped."""

from __future__ import annotations

import time

from phasekit.core.feedback import iteration_of
from phasekit.core.observer import Observer
from phasekit.core.result import BatchOutcome, MetricsRow
from phasekit.core.state import State
from phasekit.numerics.wave_iteration import compiled
from phasekit.runtime.device import synchronize
from phasekit.runtime.interrupt import heeded
from phasekit.solving.batches import Plan
from phasekit.solving.budget import Budget
from phasekit.solving.evaluation import measure
from phasekit.solving.job import Checkpoints, Job, Progress


def run_batch(
    job: Job,
    plan: Plan,
    number: int,
    checkpoints: Checkpoints,
    observer: Observer,
    done: int = 0,
    budget: Budget | None = None,
) -> BatchOutcome:
    """Run the solver of a job for the seeds of a batch, from the last state of an interrupted run if there is one.

    The clock runs only while the solver does; it stops for measurements and for `observer`, which counts from
    `done`.
    """
    with compiled(plan.compiled):
        return _run_batch(job, plan, number, checkpoints, observer, done, budget)


def _run_batch(
    job: Job, plan: Plan, number: int, checkpoints: Checkpoints, observer: Observer, done: int, budget: Budget | None
) -> BatchOutcome:
    iteration_of(job.solver, job.problem)  # compiled code is loaded before the clock runs
    seeds = plan.batches[number]
    progress = checkpoints.progress(number) or Progress(number, job.begin(seeds))
    running = job.solver.run(job.problem, progress.state, every=plan.every)
    try:
        with heeded() as check:
            while budget is None or not budget.spent(progress.state.step, progress.seconds / len(seeds)):
                began = time.perf_counter()
                state = next(running, None)
                synchronize(job.problem.device)
                check()
                spent = time.perf_counter() - began
                if state is None:
                    break
                seconds = progress.seconds + spent
                rows = _rows(job, state, seconds / len(seeds))
                progress = Progress(number, state, progress.rows + rows, seconds)
                checkpoints.moved(progress)
                observer.moved(progress, done + state.step * len(seeds))
    except KeyboardInterrupt:
        checkpoints.stopped(progress)
        raise
    state = _judged(job, progress.state)
    object = job.solver.estimate(job.problem, state).detach().cpu()
    outcome = BatchOutcome(
        seeds=seeds,
        object=object,
        support=state.support.cpu(),
        alive=state.running().cpu(),
        final=measure(job.problem, job.solver, state, job.metrics),
        rows=progress.rows,
        seconds=progress.seconds,
        diagnostics={name: value.detach().cpu() for name, value in state.diagnostics.items()},
        nuisance={name: value.detach().cpu() for name, value in state.nuisance.items()},
        reasons=state.reasons,
    )
    checkpoints.finished(number, outcome)
    return outcome


def _judged(job: Job, state: State) -> State:
    """Return the last state; members whose object is not finite fail, whatever the solver says."""
    estimate = job.solver.estimate(job.problem, state)
    space = tuple(range(-job.problem.ndim, 0))
    return state.failing(~estimate.isfinite().all(dim=space), "its object is not a number")


def _rows(job: Job, state: State, seconds: float) -> tuple[MetricsRow, ...]:
    values = measure(job.problem, job.solver, state, job.metrics)
    return tuple(
        MetricsRow(seed, state.step, seconds, {name: float(value[i]) for name, value in values.items()})
        for i, seed in enumerate(state.seeds)
    )
