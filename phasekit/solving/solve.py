"""From a task to a job, and from a job to a Result: ranked, aligned, and measured with the clock stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from phasekit.core.loss import Loss
from phasekit.core.observer import Observer
from phasekit.core.result import BatchOutcome, Result
from phasekit.core.solver import Solver
from phasekit.core.source import load_problem
from phasekit.runtime.device import choose_device
from phasekit.runtime.errors import InputError, RunError
from phasekit.solving.batches import Plan, within_memory
from phasekit.solving.evaluation import choose_rank, references, with_free_poisson
from phasekit.solving.job import Checkpoints, Job
from phasekit.solving.rank import assemble
from phasekit.solving.running import run_batch
from phasekit.solving.task import SolveTask, seed_list

ADVICE = "lower the threshold of shrinkwrap if supports vanish, the rate of a solver if it diverges"


def prepare(task: SolveTask) -> Job:
    """Load the data and check that solver, start and metrics accept them.

    Raises InputError, with the key concerned as `place`.
    """
    problem = load_problem(task.source, task.geometry).hold_out(task.held_out).to(choose_device(task.device))
    held_out = bool(problem.held_out.any())
    metrics = with_free_poisson(task.metrics) if held_out else task.metrics
    job = Job(
        problem=problem,
        solver=task.solver,
        start=task.start,
        seeds=seed_list(task.seeds),
        metrics=metrics,
        rank=choose_rank(task.rank, metrics, held_out),
        batch=task.batch,
    )
    judges: list[tuple[str, Solver | Loss]] = [("metrics", metric) for metric in metrics]
    for place, part in [("start", job.start), ("solver", job.solver), *judges]:
        if reason := part.refusal(problem):
            raise InputError(reason, place)
    return job


def _counted(outcomes: Sequence[BatchOutcome]) -> str:
    """Return why starts failed, the most frequent reason first."""
    reasons = Counter(outcome.reason(i) for outcome in outcomes for i in range(len(outcome.seeds)))
    return ", ".join(f"{reason} ({count} of {reasons.total()})" for reason, count in reasons.most_common())


def run_job(job: Job, plan: Plan, checkpoints: Checkpoints | None = None, observer: Observer | None = None) -> Result:
    """Run every batch of a job except those in `checkpoints`, and combine the outcomes.

    Raises RunError if every start failed.
    """
    checkpoints, observer = checkpoints or Checkpoints(), observer or Observer()
    checkpoints.planned(job, plan)
    length = job.solver.length()
    outcomes = {number: checkpoints.outcome(number) for number in range(len(plan.batches))}
    done = sum((length or 0) * len(outcome.seeds) for outcome in outcomes.values() if outcome is not None)
    observer.began(job, length and length * len(job.seeds), done)
    for number, seeds in enumerate(plan.batches):
        if outcomes[number] is not None:
            continue
        with within_memory(len(seeds), job.problem.device):
            outcome = outcomes[number] = run_batch(job, plan, number, checkpoints, observer, done)
        done += (length or max((row.step for row in outcome.rows), default=0)) * len(seeds)
    finished = [outcome for outcome in outcomes.values() if outcome is not None]
    if not any(bool(outcome.alive.any()) for outcome in finished):
        raise RunError(f"every start failed: {_counted(finished)}; {ADVICE}")
    return assemble(job.problem, finished, job.rank, references(job.problem, job.metrics))
