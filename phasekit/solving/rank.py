"""Combine the outcomes of all batches: rank, align with the best, average those that agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from phasekit.core.problem import Problem
from phasekit.core.result import BatchOutcome, Result
from phasekit.numerics.registration import align

AGREES = 0.95
"""Minimum correlation with the best object for a start to agree with it."""


def assemble(
    problem: Problem,
    outcomes: Sequence[BatchOutcome],
    rank: str,
    references: Mapping[str, float],
) -> Result:
    """Create the Result of finished batches, best first by the metric `rank`; failed seeds come last."""
    seeds = [seed for outcome in outcomes for seed in outcome.seeds]
    objects = torch.cat([o.object for o in outcomes])
    supports = torch.cat([o.support for o in outcomes])
    alive = torch.cat([o.alive for o in outcomes])
    objects = torch.where(objects.isfinite(), objects, 0)  # alignment cannot handle the NaN of a failed one
    measured = {name: torch.cat([o.final[name] for o in outcomes]) for name in outcomes[0].final}
    final = {name: torch.where(alive, values, torch.nan) for name, values in measured.items()}
    score = torch.where(alive, final[rank].nan_to_num(nan=torch.inf), torch.full_like(final[rank], torch.inf))
    # The seed breaks ties, so the order of batches does not matter.
    order = sorted(range(len(seeds)), key=lambda i: (not bool(alive[i]), float(score[i]), seeds[i]))

    objects, supports = objects[order], supports[order]
    target = reference(problem, objects[0])
    agreement, mean, agreeing = torch.zeros(len(order), dtype=torch.float64), torch.zeros_like(target), []
    for i, index in enumerate(order):
        turn = align(objects[i], target)
        supports[i], objects[i] = turn.apply_support(supports[i]), turn.apply(objects[i], whole=True)
        to_best = align(objects[i], objects[0])
        agreement[i] = to_best.correlation
        if bool(alive[index]) and to_best.correlation >= AGREES:
            agreeing.append(seeds[index])
            mean += to_best.apply(objects[i])
    return Result(
        problem=problem.to("cpu"),
        object=objects,
        support=supports,
        seeds=tuple(seeds[i] for i in order),
        final={name: values[order] for name, values in final.items()},
        rank=rank,
        mean=mean / max(len(agreeing), 1),
        agreeing=tuple(agreeing),
        agreement=agreement,
        failed=tuple(seeds[i] for i in order if not bool(alive[i])),
        reasons=_reasons(outcomes),
        history=tuple(sorted((row for o in outcomes for row in o.rows), key=lambda row: (row.seed, row.step))),
        diagnostics=_joined([outcome.diagnostics for outcome in outcomes], order),
        nuisance=_joined([outcome.nuisance for outcome in outcomes], order),
        seconds=sum(outcome.seconds for outcome in outcomes),
        references=references,
    )


def reference(problem: Problem, best: Tensor) -> Tensor:
    """Return the reference of the alignment: the truth if there is one, else the best, moved to the centre."""
    if problem.truth is not None:
        return problem.truth.cpu().to(best.dtype)
    weight = best.abs().double().square()
    shift = []
    for axis, n in enumerate(best.shape):
        line = weight.sum(dim=[a for a in range(best.ndim) if a != axis])
        turned = torch.polar(line, 2 * torch.pi * torch.arange(n, dtype=torch.float64) / n).sum()
        middle = float(turned.angle()) / (2 * torch.pi) * n  # of a periodic array: the mean on a circle
        shift.append(n // 2 - round(middle))
    return torch.roll(best, shift, dims=tuple(range(best.ndim)))


def _reasons(outcomes: Sequence[BatchOutcome]) -> dict[int, str]:
    """Return seed -> why it failed."""
    reasons = ((seed, outcome.reason(i)) for outcome in outcomes for i, seed in enumerate(outcome.seeds))
    return {seed: reason for seed, reason in reasons if reason is not None}


def _joined(batches: Sequence[Mapping[str, Tensor]], order: Sequence[int]) -> dict[str, Tensor]:
    """Join the values of all batches, name -> (seeds, …), in `order`."""
    common = set.intersection(*(set(batch) for batch in batches))
    return {name: torch.cat([batch[name] for batch in batches])[list(order)] for name in sorted(common)}
