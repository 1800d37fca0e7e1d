"""Assemble a comparison from the outcomes of its units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from phasekit.comparing.comparison import Comparison, Entry, reference_of
from phasekit.comparing.ensemble import Ensemble
from phasekit.comparing.gathered import Gathered
from phasekit.comparing.setup import ENSEMBLE, Contest, Pair, on_cpu
from phasekit.core.result import MetricsRow
from phasekit.solving.rank import reference


def assembled(contest: Contest, gathered: Mapping[Pair, Gathered]) -> Comparison:
    """Make the comparison; objects are aligned with the truth, or with the best of all if the truth is unknown.

    Ensembles missing in `gathered` are computed here.
    """
    contest = on_cpu(contest)
    pairs = {(pair.problem, pair.solver): pair for pair in gathered}
    entries: list[Entry] = []
    for problem in contest.problems:
        here = _entries(contest, problem, gathered)
        target: Tensor | None = None
        for entry in here:
            seed = entry.best(contest.rank)
            if seed is not None:
                found = gathered[pairs[problem, entry.solver]]
                ensemble = found.ensemble
                if ensemble is None and ENSEMBLE not in found.failures:
                    target = _target(contest, problem, here, gathered) if target is None else target
                    ensemble = Ensemble.of(contest.problems[problem], found, seed, target)
                entry = replace(entry, ensemble=ensemble)
            entries.append(entry)
    return Comparison(contest, tuple(entries))


def ensemble_of(contest: Contest, pair: Pair, gathered: Mapping[Pair, Gathered]) -> Ensemble | None:
    """Compute the ensemble of the starts of one pair; None if all failed.

    `gathered` holds all pairs on its problem: the best of all, with which the objects are aligned, may be another's.
    """
    contest = on_cpu(contest)
    entries = _entries(contest, pair.problem, gathered)
    seed = next(entry for entry in entries if entry.solver == pair.solver).best(contest.rank)
    if seed is None:
        return None
    target = _target(contest, pair.problem, entries, gathered)
    return Ensemble.of(contest.problems[pair.problem], gathered[pair], seed, target)


def _entries(contest: Contest, problem: str, gathered: Mapping[Pair, Gathered]) -> list[Entry]:
    """Return the figures of all solvers on a problem, without objects."""
    pairs = {pair.solver: pair for pair in gathered if pair.problem == problem}
    return [
        Entry(problem, solver, refusal=contest.refusals[problem, solver])
        if (problem, solver) in contest.refusals
        else _entry(contest, pairs[solver], gathered[pairs[solver]])
        for solver in contest.solvers
    ]


def _target(contest: Contest, problem: str, entries: Sequence[Entry], gathered: Mapping[Pair, Gathered]) -> Tensor:
    """Return the object with which all objects on a problem are aligned."""
    chosen = reference_of(contest, problem, entries)
    assert chosen is not None  # one of the entries has an object
    pair = next(pair for pair in gathered if (pair.problem, pair.solver) == (problem, chosen[0]))
    return reference(contest.problems[problem], _object(gathered[pair], chosen[1]))


def _entry(contest: Contest, pair: Pair, found: Gathered) -> Entry:
    """Return the figures of one pair, without objects."""
    if found.plan is None:
        reason = found.failures.get(None, "it was not run")
        return Entry(pair.problem, pair.solver, refusal=reason)
    names = contest.job(pair).labels()
    values: dict[str, list[float]] = {name: [] for name in names}
    seeds: list[int] = []
    steps: list[float] = []
    seconds: list[float] = []
    failures: dict[int, str] = {}
    rows: list[MetricsRow] = []
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


def _object(found: Gathered, seed: int) -> Tensor:
    return next(o.object[o.seeds.index(seed)] for o in found if seed in o.seeds)
