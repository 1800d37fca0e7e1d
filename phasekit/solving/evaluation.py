"""Evaluation: measures estimates from outside, the same way for every solver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from phasekit.core.loss import Loss
from phasekit.core.problem import Problem
from phasekit.core.solver import Solver
from phasekit.core.state import State
from phasekit.runtime.errors import InputError


def labels(metrics: Sequence[Loss]) -> tuple[str, ...]:
    """Name each metric uniquely: by its label, with a number from the second one on."""
    names: list[str] = []
    for metric in metrics:
        label, number = metric.label(), 2
        while label in names:
            label, number = f"{metric.label()} {number}", number + 1
        names.append(label)
    return tuple(names)


def with_free_poisson(metrics: tuple[Loss, ...]) -> tuple[Loss, ...]:
    """Return the metrics, including the free likelihood for data with held-out voxels."""
    if any(metric.name == "free-poisson" for metric in metrics):
        return metrics
    return (*metrics, Loss.resolve("free-poisson"))


def measure(problem: Problem, solver: Solver, state: State, metrics: Sequence[Loss]) -> Mapping[str, Tensor]:
    """Return metric -> (batch,) float64 for the estimate of `state`; failed members are NaN."""
    with torch.no_grad():
        estimate = solver.estimate(problem, state)
        finite = estimate.isfinite().flatten(1).all(dim=1)
        # Metrics never see NaN.
        estimate = torch.where(finite.reshape(-1, *[1] * problem.ndim), estimate, 0)
        amplitude = problem.predict(estimate, state.nuisance)
        alive = state.running().cpu() & finite.cpu()
        values = {}
        for label, metric in zip(labels(metrics), metrics, strict=True):
            value = metric(problem, estimate, amplitude).detach().double().cpu()
            values[label] = torch.where(alive, value, torch.full_like(value, torch.nan))
    return values


def choose_rank(rank: str | None, metrics: Sequence[Loss], held_out: bool) -> str:
    """Return the metric that ranks: `rank`, else the free likelihood if measured, else the first."""
    names = labels(metrics)
    if not names:
        raise InputError("at least one metric is required, to rank by", "metrics")
    if rank is None:
        return "free-poisson" if held_out and "free-poisson" in names else names[0]
    if rank not in names:
        raise InputError(f"'{rank}' is not among the metrics ({', '.join(names)}); add it there", "rank")
    return rank


def references(problem: Problem, metrics: Sequence[Loss]) -> dict[str, float]:
    """Return reference figures for the metrics: the scores of the true shape with flat phase."""
    if problem.truth is None:
        return {}
    flat = problem.truth.abs().to(problem.truth.dtype)
    best = (flat * (problem.truth.conj() * flat).sum() / flat.abs().square().sum()).conj()
    figures = {}
    with torch.no_grad():
        for label, metric in zip(labels(metrics), metrics, strict=True):
            if metric.name == "object-error":
                object = best[None].resolve_conj()
                value = metric(problem, object, problem.predict(object))
                figures[f"{label} of the true shape with flat phase"] = float(value[0])
    return figures
