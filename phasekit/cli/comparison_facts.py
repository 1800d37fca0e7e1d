"""What `phasekit check` prints for a comparison."""

from __future__ import annotations

from phasekit.comparing.setup import Contest, Pair
from phasekit.runtime.errors import said


def comparison_facts(contest: Contest) -> dict[str, str]:
    """Return sizes, refusals, and the expected times of the other solvers on this machine."""
    facts = {"rank": contest.rank}
    for name, problem in contest.problems.items():
        truth = "known" if problem.truth is not None else "unknown"
        facts[name] = f"data {' × '.join(map(str, problem.detector))}, truth {truth}"
    facts |= {f"{solver} on {problem}": f"refused: {reason}" for (problem, solver), reason in contest.refusals.items()}
    for pair in contest.pairs():
        where = f"{pair.solver} on {pair.problem}" if len(contest.problems) > 1 else pair.solver
        facts[where] = _cost(contest, pair)
    return facts


def _cost(contest: Contest, pair: Pair) -> str:
    """Return the number of batches of a pair, and the expected time."""
    job, budget = contest.job(pair), contest.budget
    try:
        plan = contest.plan(pair)
    except Exception as error:  # a third-party solver may fail in any way
        return f"fails: {said(error)}"
    steps = budget.steps if budget and budget.steps else job.solver.length()
    each = budget.seconds if budget and budget.seconds else plan.seconds_per_step * steps if steps else None
    length = "" if each is None else f", about {each * len(job.seeds):.3g} s in total"
    return f"{len(job.seeds)} starts in {len(plan.batches)} batches{length}"
