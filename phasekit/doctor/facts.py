"""Facts about data and plan before a run."""

from __future__ import annotations

import math

from phasekit.core.problem import Problem
from phasekit.runtime.device import memory_available
from phasekit.solving.batches import Plan


def facts(
    problem: Problem, plan: Plan | None = None, steps: int | None = None, oversampling: tuple[float, ...] | None = None
) -> dict[str, str]:
    """Return name -> value: size, counts, oversampling, lengths; with a plan also device, seeds, memory and time.

    `steps` is the length of one seed's run, if known; `oversampling` saves estimating it again.
    """
    trusted, hidden = (100 * float(part.float().mean()) for part in (problem.trusted, problem.held_out))
    ratios = oversampling or problem.oversampling()
    figures = {
        "data": f"{' × '.join(map(str, problem.detector))} voxels, {trusted:.1f} % trusted"
        + (f", {hidden:.1f} % held out" if hidden else ""),
        "counts": f"{float(problem.intensity.sum()):.3g} in all, {float(problem.intensity.max()):.3g} in the peak",
        "oversampling": "unknown: too much of the pattern is untrusted"
        if math.isnan(ratios[0])
        else ", ".join(f"{ratio:.1f}" for ratio in ratios) + " (per axis; 2 is needed)",
        **_lengths(problem),
    }
    if plan is None:
        return figures
    seeds = sum(map(len, plan.batches))
    needed, room = (size / 2**20 for size in (plan.bytes_needed, memory_available(problem.device)))
    return figures | {
        "device": str(problem.device),
        "seeds": f"{seeds} in {len(plan.batches)} batches of up to {len(plan.batches[0])}",
        "memory": f"{needed:.0f} MiB of {room:.0f} MiB free",
        "steps": f"{steps if steps is not None else 'open'} per seed",
        "time": f"about {plan.seconds_per_step * steps * seeds:.0f} s" if steps else "unknown",
    }


def _lengths(problem: Problem) -> dict[str, str]:
    """Return the length of a voxel along each array axis, and of the whole array."""
    if not problem.geometry.calibrated():
        return {"voxel": "size unknown (the geometry has no energy, distance and pixel)"}
    steps = [1e9 * float(step) for step in problem.geometry.basis(problem.space).norm(dim=1)]
    field = [step * n for step, n in zip(steps, problem.space, strict=True)]
    return {
        "voxel": " × ".join(f"{step:.2f}" for step in steps) + " nm",
        "field of view": " × ".join(f"{length:.0f}" for length in field) + " nm",
    }
