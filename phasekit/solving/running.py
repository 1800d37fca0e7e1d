"""One batch of starts from its first step to its last, or to the end of its budget; measured off the clock."""

from __future__ import annotations

import time

from phasekit.core.result import Outcome, Row
from phasekit.core.state import State
from phasekit.runtime.device import synchronize
from phasekit.runtime.interrupt import heeded
from phasekit.solving.batches import Plan
from phasekit.solving.budget import Budget
from phasekit.solving.evaluation import measure
from phasekit.solving.job import Job, Progress, Watch


def run_batch(
    job: Job, plan: Plan, number: int, seeds: tuple[int, ...], watch: Watch, budget: Budget | None = None
) -> Outcome:
    """Run the solver of a job for these seeds, from where an earlier run was cut off if it was.

    The clock runs while the solver does, and stands while it is measured and while `watch` looks on.
    """
    progress = watch.went_on(number) or Progress(number, job.begin(seeds))
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
                watch.moved(progress)
    except KeyboardInterrupt:
        watch.stopped(progress)
        raise
    state = progress.state
    object = job.solver.estimate(job.problem, state).detach().cpu()
    return Outcome(
        seeds=seeds,
        object=object,
        support=state.support.cpu(),
        # A solver that ran into NaN has failed too, whatever it says.
        alive=state.running().cpu() & object.isfinite().flatten(1).all(dim=1),
        final=measure(job.problem, job.solver, state, job.metrics),
        rows=progress.rows,
        seconds=progress.seconds,
        diagnostics={name: value.detach().cpu() for name, value in state.diagnostics.items()},
        nuisance={name: value.detach().cpu() for name, value in state.nuisance.items()},
    )


def _rows(job: Job, state: State, seconds: float) -> tuple[Row, ...]:
    values = measure(job.problem, job.solver, state, job.metrics)
    return tuple(
        Row(seed, state.step, seconds, {name: float(value[i]) for name, value in values.items()})
        for i, seed in enumerate(state.seeds)
    )
