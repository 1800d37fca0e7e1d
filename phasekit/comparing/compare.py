"""compare(): problems, named solvers and seeds -> a Comparison on equal terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from phasekit.comparing.assemble import Gathered, assembled
from phasekit.comparing.batch_task import run_unit
from phasekit.comparing.comparison import Comparison
from phasekit.comparing.setup import Contest, Pair, prepare_contest
from phasekit.core.result import Outcome
from phasekit.runtime.errors import said
from phasekit.solving.task import START


def compare(
    source: Any = None,
    solvers: Mapping[str, Any] | None = None,
    *,
    problems: Mapping[str, Any] | None = None,
    geometry: Any = None,
    start: Any = START,
    seeds: int | Sequence[int] | Mapping[str, Any] = 10,
    rank: str | None = None,
    metrics: Sequence[Any] | None = None,
    goals: Mapping[str, float] | None = None,
    held_out: float = 0.0,
    budget: Any = None,
    device: str = "auto",
    batch: int | None = None,
) -> Comparison:
    """Compare unlike solvers on equal terms: the same data, mask, held-out voxels, starts and budget for all.

    The keywords are the keys of a recipe with `task: compare`, and take what a recipe takes: `solvers` a mapping of
    names to solvers, `source` one measurement or `problems` a mapping of names to several; `seeds` how many starts,
    the seeds themselves, or either by solver; `budget` {"steps": n} or {"seconds": s} for each start; `goals` metric ->
    value. What solvers give is measured from outside, off their clock. A solver that refuses a problem, fails, or gives
    what is not a number is named in the result, and the rest goes on.

    The work is done in this process, one batch after the other; `phasekit.run` shares it between processes, keeps
    what is finished, and stops what hangs. Raises InputError for what cannot be done.
    """
    contest = prepare_contest(
        source,
        solvers,
        problems=problems,
        geometry=geometry,
        start=start,
        seeds=seeds,
        rank=rank,
        metrics=metrics,
        goals=goals,
        held_out=held_out,
        budget=budget,
        device=device,
        batch=batch,
    )
    return assembled(contest, {pair: _done_here(contest, pair) for pair in contest.pairs()})


def _done_here(contest: Contest, pair: Pair) -> Gathered:
    """Do all units of a pair; whatever a solver raises is told and stops nothing else."""
    outcomes: dict[int, Outcome] = {}
    failures: dict[int | None, str] = {}
    try:
        plan = contest.plan(pair)
    except Exception as error:  # a stranger's solver may fail in any way
        return Gathered(None, outcomes.__getitem__, {None: said(error)})
    for number in range(len(plan.batches)):
        try:
            outcomes[number] = run_unit(contest, pair, plan, number)
        except Exception as error:
            failures[number] = said(error)
    return Gathered(plan, outcomes.__getitem__, failures)
