"""Findings about the frames of a scan: those that are missing or dead, jumps of monitor and position."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence

from phasekit.doctor.examined import Patient
from phasekit.doctor.finding import Finding

LISTED = 8
"""Indices that a sentence lists at most."""

DEAD_BESIDE = 100.0
"""Counts in the frames on either side of a dead one: by chance none between them is empty."""

MONITOR_JUMP = 0.25
"""Change of the monitor from frame to frame over its median. Noise and top-up of a ring stay well below."""

STEP_OFF = 0.25
"""How far a step may be from the median step, in units of it. Motors are better than that."""


def missing_frames(patient: Patient) -> Iterator[Finding]:
    """Find frames of which nothing is trusted."""
    trusted = patient.raw.valid.flatten(1).any(dim=1)
    found = [frame for frame in patient.frames if not trusted[frame]]
    if found:
        yield Finding(
            "missing-frames",
            f"{len(found)} of {len(patient.frames)} frames hold nothing that is trusted: {listed(found)}.",
            "They are left to the solver to fill, which a few can be. Look why they are missing; more than one in ten, "
            "or those at the peak, cost resolution along the rocking axis: measure again.",
        )


def dead_frames(patient: Patient) -> Iterator[Finding]:
    """Find frames that are zero between frames that are not, and trusted."""
    counting = (patient.totals > 0).nonzero().flatten().tolist()
    found = []
    for frame in patient.frames:
        place = bisect(counting, frame)
        beside = counting[max(place - 1, 0) : place + 1]  # the nearest on either side that count
        if patient.silent[frame] and beside and min(float(patient.totals[f]) for f in beside) >= DEAD_BESIDE:
            found.append(frame)
    if found:
        yield Finding(
            "dead-frames",
            f"{len(found)} of {len(patient.frames)} frames are zero and their neighbours are not: {listed(found)}.",
            "A solver would believe the zeros. Leave these frames untrusted: in the mask, or as boxes of the step "
            "'aliens'.",
        )


def monitor(patient: Patient) -> Iterator[Finding]:
    """Find jumps of the incident intensity, and frames without one."""
    if patient.raw.monitor is None or not len(patient.frames):
        return
    values = patient.raw.monitor[patient.frames.start : patient.frames.stop].double()
    good = values.isfinite() & (values > 0)
    if bad := [patient.frames[int(i)] for i in (~good).nonzero().flatten()]:
        yield Finding(
            "monitor",
            f"The monitor is zero, negative or not a number at {listed(bad)}.",
            "The step 'monitor' leaves these frames untrusted. If they were measured, leave the step out or correct "
            "the monitor.",
        )
        return
    change = values.diff().abs() / values.median()
    jumps = [patient.frames[int(i) + 1] for i in (change > MONITOR_JUMP).nonzero().flatten()]
    if jumps:
        yield Finding(
            "monitor",
            f"The monitor jumps by up to {float(change.max()):.0%} of its median, at {listed(jumps)}.",
            "Look whether the counts follow it: if they do, the step 'monitor' puts it right; if not, the monitor is "
            "wrong there, and the step has to be left out.",
        )


def positions(patient: Patient) -> Iterator[Finding]:
    """Find steps of the rocking axis that differ, or go back."""
    if patient.raw.positions is None or len(patient.frames) < 3:
        return
    steps = patient.raw.positions[patient.frames.start : patient.frames.stop].diff()
    usual = float(steps[steps.isfinite()].median()) if bool(steps.isfinite().any()) else 0.0
    off = ~((steps - usual).abs() <= STEP_OFF * abs(usual)) | (usual == 0)
    places = [patient.frames[int(i) + 1] for i in off.nonzero().flatten()]
    if not places:
        return
    back = int((steps * usual <= 0).sum())
    turns = f", and {back} of them do not go forward" if back else ""
    yield Finding(
        "positions",
        f"{len(places)} of {len(steps)} rocking steps differ from the median step, {usual:.4g}, by more than "
        f"{STEP_OFF:.0%}{turns}: at {listed(places)}.",
        "All transforms take even steps. Cut the scan to its even part, or leave the frames out of place untrusted "
        "(boxes of the step 'aliens'); check that frames and positions belong together.",
    )


def listed(frames: Sequence[int]) -> str:
    """Name frames, as read, a few of them."""
    more = f" and {len(frames) - LISTED} more" if len(frames) > LISTED else ""
    return f"frame{'s' if len(frames) > 1 else ''} {', '.join(map(str, frames[:LISTED]))}{more}"


CHECKS = (missing_frames, dead_frames, monitor, positions)
