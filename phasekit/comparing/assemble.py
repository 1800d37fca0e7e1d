"""Put a comparison together from the outcomes of its units."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from phasekit.comparing.comparison import Comparison, Entry, reference_of
from phasekit.comparing.ensemble import Portrait
from phasekit.comparing.setup import Contest, Pair, on_cpu
from phasekit.core.result import Outcome, Row
from phasekit.solving.batches import Plan
from phasekit.solving.rank import reference


@dataclass(frozen=True)
class Gathered:
    """What became of the units of one pair."""

    plan: Plan | None
    outcome: Callable[[int], Outcome]
    """Number of a finished unit -> what it left; asked for again rather than held."""
    failures: Mapping[int | None, str] = field(default_factory=dict)
    """Number of a unit -> why it failed; None stands for the choice of the batches."""

    def __iter__(self) -> Iterator[Outcome]:
        """Read every finished unit, anew each time."""
        for number in range(len(self.plan.batches) if self.plan else 0):
            if number not in self.failures:
                yield self.outcome(number)


def assembled(contest: Contest, gathered: Mapping[Pair, Gathered]) -> Comparison:
    """Make the comparison; objects are turned to the truth, or to the best of all where it is not known."""
    contest = on_cpu(contest)
    known = {(pair.problem, pair.solver): (pair, found) for pair, found in gathered.items()}
    entries = []
    for problem in contest.problems:
        here = []
        for solver in contest.solvers:
            refusal = contest.refusals.get((problem, solver))
            if refusal is not None:
                here.append(Entry(problem, solver, refusal=refusal))
            else:
                here.append(_entry(contest, *known[problem, solver]))
        entries += _with_portraits(contest, problem, here, {s: known[p, s][1] for p, s in known if p == problem})
    return Comparison(contest, tuple(entries))


def _entry(contest: Contest, pair: Pair, found: Gathered) -> Entry:
    """Return the figures of one pair, without looking at its objects."""
    if found.plan is None:
        reason = found.failures.get(None, "it was not run")
        return Entry(pair.problem, pair.solver, refusal=reason)
    names = contest.job(pair).labels()
    values: dict[str, list[float]] = {name: [] for name in names}
    seeds: list[int] = []
    steps: list[float] = []
    seconds: list[float] = []
    failures: dict[int, str] = {}
    rows: list[Row] = []
    for number, batch in enumerate(found.plan.batches):
        seeds += batch
        if number in found.failures:
            failures |= dict.fromkeys(batch, found.failures[number])
            for column in (*values.values(), steps, seconds):
                column += [float("nan")] * len(batch)
            continue
        outcome = found.outcome(number)
        rows += outcome.rows
        reasons = ((seed, outcome.reason(i)) for i, seed in enumerate(batch))
        failures |= {seed: reason for seed, reason in reasons if reason is not None}
        for name in names:
            values[name] += torch.where(outcome.alive, outcome.final[name], torch.nan).tolist()
        last = {row.seed: float(row.step) for row in outcome.rows}
        steps += [last.get(seed, 0.0) for seed in batch]
        seconds += [outcome.seconds / len(batch)] * len(batch)
    return Entry(
        pair.problem,
        pair.solver,
        tuple(seeds),
        {name: torch.tensor(column, dtype=torch.float64) for name, column in values.items()},
        torch.tensor(steps, dtype=torch.float64),
        torch.tensor(seconds, dtype=torch.float64),
        failures,
        rows=tuple(rows),
    )


def _with_portraits(contest: Contest, problem: str, entries: list[Entry], found: Mapping[str, Gathered]) -> list[Entry]:
    chosen = reference_of(contest, problem, entries)
    if chosen is None:
        return entries
    measured = contest.problems[problem]
    target = reference(measured, _object(found[chosen[0]], chosen[1]))
    finished = []
    for entry in entries:
        best = entry.best(contest.rank)
        if best is not None:
            entry = replace(entry, portrait=Portrait.of(measured, found[entry.solver], best, target))
        finished.append(entry)
    return finished


def _object(found: Gathered, seed: int) -> Tensor:
    return next(o.object[o.seeds.index(seed)] for o in found if seed in o.seeds)
