"""Contest: the setup of a comparison on equal terms: problems × solvers × seeds, divided into units of work."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from phasekit.comparing.task import CompareTask
from phasekit.core.loss import Loss
from phasekit.core.problem import Problem
from phasekit.core.solver import Solver
from phasekit.core.source import load_problem
from phasekit.runtime.device import choose_device
from phasekit.runtime.errors import InputError, said
from phasekit.solving.batches import Plan
from phasekit.solving.budget import Budget
from phasekit.solving.evaluation import choose_rank, labels, with_free_poisson
from phasekit.solving.job import Job
from phasekit.solving.task import Seeds, seed_list

ALWAYS = ("chi2", "pearson", "r-factor")
"""The default metrics; the object error is added if the truth is known."""

ENSEMBLE = -1
"""The number of the unit that computes the ensemble of a pair, once all batches are done."""

Problems = Mapping[str, Problem]

ONE_PROBLEM = "problem"
"""The name of a single problem."""


@dataclass(frozen=True)
class Pair:
    """One solver on one problem."""

    problem: str
    solver: str
    folder: str
    """Name of the folder of its results."""


@dataclass(frozen=True, eq=False)
class Contest:
    """Everything fixed before the first step of a comparison."""

    problems: Mapping[str, Problem]
    solvers: Mapping[str, Solver]
    start: Solver
    seeds: Mapping[str, tuple[int, ...]]
    """Solver -> its seeds; the same for all unless a recipe gives them by solver."""
    metrics: Mapping[str, tuple[Loss, ...]]
    """Problem -> metrics."""
    rank: str
    goals: Mapping[str, float] = field(default_factory=dict)
    budget: Budget | None = None
    batch: int | None = None
    refusals: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(problem, solver) -> why the solver refuses the problem."""

    def pairs(self) -> tuple[Pair, ...]:
        """Return every solver on every problem, except those that refuse."""
        found = []
        for i, problem in enumerate(self.problems):
            for j, solver in enumerate(self.solvers):
                if (problem, solver) not in self.refusals:
                    found.append(Pair(problem, solver, f"{i:02d}-{_slug(problem)}/{j:02d}-{_slug(solver)}"))
        return tuple(found)

    def job(self, pair: Pair) -> Job:
        """Return the job of a pair."""
        return Job(
            problem=self.problems[pair.problem],
            solver=self.solvers[pair.solver],
            start=self.start,
            seeds=self.seeds[pair.solver],
            metrics=self.metrics[pair.problem],
            rank=self.rank,
            batch=self.batch,
        )

    def plan(self, pair: Pair) -> Plan:
        """Choose the batches of a pair; a budget in steps is met exactly."""
        job = self.job(pair)
        plan = job.plan()
        return plan if self.budget is None else replace(plan, every=self.budget.stride(plan.every))


def prepare_contest(task: CompareTask) -> Contest:
    """Load the data and find out which solver accepts which problem.

    Raises InputError, with the key in its `place`.
    """
    if (task.source is None) == (task.problems is None):
        raise InputError("give the data as source, or several as problems: {name: source}; one of the two", "source")
    problems = _loaded(task)
    metrics = {name: _metrics(problem, task.metrics) for name, problem in problems.items()}
    for problem in problems.values():
        if reason := task.start.refusal(problem):
            raise InputError(reason, "start")
    common = _common(metrics)
    for name in task.goals:
        if name not in common:
            raise InputError(f"'{name}' is not among the metrics ({', '.join(common)}); add it there", "goals")
    rank = task.rank
    if rank is None and task.metrics is None and common[-1] == "object-error":
        rank = "object-error"  # the default if the truth is known and no voxel is held out
    return Contest(
        problems=problems,
        solvers=task.solvers,
        start=task.start,
        seeds=_seeds(task.seeds, tuple(task.solvers)),
        metrics=metrics,
        rank=_rank(rank, metrics, problems),
        goals=task.goals,
        budget=task.budget,
        batch=task.batch,
        refusals=_refusals(problems, task.solvers),
    )


def _loaded(task: CompareTask) -> Problems:
    """Load all data; an error names the place of its source."""
    device = choose_device(task.device)
    sources = task.problems if task.problems is not None else {ONE_PROBLEM: task.source}
    problems = {}
    for name, source in sources.items():
        assert source is not None
        try:
            problems[name] = load_problem(source, task.geometry).hold_out(task.held_out).to(device)
        except InputError as error:
            if error.place == "source" and task.problems is not None:
                error.place = f"problems.{name}"
            raise
    return problems


def _common(judged: Mapping[str, Sequence[Loss]]) -> list[str]:
    """Return the labels of the metrics common to all problems."""
    first, *others = (labels(metrics) for metrics in judged.values())
    return [label for label in first if all(label in other for other in others)]


def _rank(rank: str | None, judged: Mapping[str, Sequence[Loss]], problems: Problems) -> str:
    """Return the metric that ranks, one common to all problems."""
    held_out = all(bool(problem.held_out.any()) for problem in problems.values())
    ranked = choose_rank(rank, next(iter(judged.values())), held_out)
    common = _common(judged)
    if ranked not in common:
        raise InputError(f"'{ranked}' is not measured on every problem; rank by one of {', '.join(common)}", "rank")
    return ranked


def _metrics(problem: Problem, wanted: tuple[Loss, ...] | None) -> tuple[Loss, ...]:
    """Return the metrics on a problem; requested ones must accept it."""
    if wanted is None:
        names = [*ALWAYS, *(["object-error"] if problem.truth is not None else [])]
        wanted = tuple(Loss.resolve(name) for name in names)
    metrics = with_free_poisson(wanted) if bool(problem.held_out.any()) else wanted
    for metric in metrics:
        if reason := metric.refusal(problem):
            raise InputError(reason, "metrics")
    return metrics


def _seeds(seeds: Seeds | dict[str, Seeds], solvers: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Return the seeds of each solver."""
    if not isinstance(seeds, dict):
        return dict.fromkeys(solvers, seed_list(seeds))
    if set(seeds) != set(solvers):
        raise InputError(f"seeds by solver need each solver once: {', '.join(solvers)}", "seeds")
    return {name: seed_list(seeds[name]) for name in solvers}


def _refusals(problems: Mapping[str, Problem], solvers: Mapping[str, Solver]) -> dict[tuple[str, str], str]:
    """Return the refusals of all solvers; a solver that raises an error refuses with its message."""
    found = {}
    for name, problem in problems.items():
        for called, solver in solvers.items():
            try:
                reason = solver.refusal(problem)
            except Exception as error:  # a third-party solver may fail in any way; the others continue
                reason = said(error)
            if reason:
                found[name, called] = reason
    if len(found) == len(problems) * len(solvers):
        raise InputError("no solver accepts any of the data: " + "; ".join(dict.fromkeys(found.values())), "solvers")
    return found


def _slug(name: str) -> str:
    """Return a name that every file system accepts."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()[:40] or "x"


def on_cpu(contest: Contest) -> Contest:
    """Return the contest with its problems on the CPU, where results are assembled."""
    return replace(contest, problems={name: problem.to("cpu") for name, problem in contest.problems.items()})
