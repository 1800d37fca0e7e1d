"""examine(): the data as read and as prepared -> a diagnosis."""

from __future__ import annotations

from phasekit.core.measurement import Measurement
from phasekit.core.problem import Problem
from phasekit.doctor import aliens, cleaned, coherence, extent, frames, scan, values, voxels
from phasekit.doctor.examined import Examined
from phasekit.doctor.facts import facts
from phasekit.doctor.finding import Diagnosis, Finding
from phasekit.solving.batches import Plan

CHECKS = (
    *values.CHECKS,
    *extent.CHECKS,
    *scan.CHECKS,
    *frames.CHECKS,
    *voxels.CHECKS,
    *cleaned.CHECKS,
    *coherence.CHECKS,
    *aliens.CHECKS,
)

EFFECTS = {"glitch-frames": ("oversampling",)}
"""Finding -> findings that it causes."""


def examine(
    problem: Problem, raw: Measurement | None = None, plan: Plan | None = None, steps: int | None = None
) -> Diagnosis:
    """Look for problems that would spoil a reconstruction.

    `raw` is the data as read, before any preparation (`Source.raw`); without it only the prepared data are
    examined. `plan` and `steps`, those of one seed, give memory and time. A finding names frames, rows and columns by
    their index in the array as read, and considers only voxels that are still trusted.
    """
    examined = Examined.of(problem, raw)
    findings = tuple(extent.order(examined)) or tuple(finding for check in CHECKS for finding in check(examined))
    return Diagnosis(causes(findings), facts(problem, plan, steps, examined.oversampling()))


def causes(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Leave out the findings that follow from others: what cannot be right at all hides what is merely poor."""
    if any(finding.wrong for finding in findings):
        return tuple(finding for finding in findings if finding.wrong)
    follow = {effect for finding in findings for effect in EFFECTS.get(finding.name, ())}
    return tuple(finding for finding in findings if finding.name not in follow)
