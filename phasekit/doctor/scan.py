"""Findings about the frames of a scan: those that are missing or dead, jumps of monitor and position."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence

import numpy as np

from phasekit.doctor.examined import Examined
from phasekit.doctor.finding import Finding
from phasekit.reading.rocking_positions import line

LISTED = 8
"""Maximum number of indices listed in a message."""

DEAD_BESIDE = 100.0
"""Minimum counts in the frames on either side of a dead one, so that it is not empty by chance."""

MONITOR_JUMP = 0.25
"""Change of the monitor from frame to frame over its median. Noise and top-up of a ring stay well below."""

STEP_OFF = 0.25
"""Largest acceptable deviation of a position from the line of even steps, over the step. Motors are better."""


def missing_frames(examined: Examined) -> Iterator[Finding]:
    """Find frames without trusted voxels."""
    trusted = examined.raw.valid.flatten(1).any(dim=1)
    found = [frame for frame in examined.frames if not trusted[frame]]
    if found:
        yield Finding(
            "missing-frames",
            f"{len(found)} of {len(examined.frames)} frames have no trusted voxel: {listed(found)}.",
            "The solver can fill in a few of them. Find out why they are missing; more than one in ten, "
            "or those at the peak, cost resolution along the rocking axis: measure again.",
        )


def dead_frames(examined: Examined) -> Iterator[Finding]:
    """Find trusted frames of zeros between frames with counts."""
    counting = (examined.totals > 0).nonzero().flatten().tolist()
    found = []
    for frame in examined.frames:
        place = bisect(counting, frame)
        beside = counting[max(place - 1, 0) : place + 1]  # the nearest with counts on either side
        if examined.silent[frame] and beside and min(float(examined.totals[f]) for f in beside) >= DEAD_BESIDE:
            found.append(frame)
    if found:
        yield Finding(
            "dead-frames",
            f"{len(found)} of {len(examined.frames)} frames are zero, but their neighbours are not: {listed(found)}.",
            "A solver would fit the zeros. Mark these frames as untrusted: in the mask, or as boxes of the step "
            "'aliens'.",
        )


def monitor(examined: Examined) -> Iterator[Finding]:
    """Find jumps of the incident intensity, and frames without one."""
    if examined.raw.monitor is None or not len(examined.frames):
        return
    values = examined.raw.monitor[examined.frames.start : examined.frames.stop].double()
    good = values.isfinite() & (values > 0)
    if bad := [examined.frames[int(i)] for i in (~good).nonzero().flatten()]:
        yield Finding(
            "monitor",
            f"The monitor is zero, negative or not a number at {listed(bad)}.",
            "The step 'monitor' marks these frames as untrusted. If they were measured, remove the step or correct "
            "the monitor.",
        )
        return
    change = values.diff().abs() / values.median()
    jumps = [examined.frames[int(i) + 1] for i in (change > MONITOR_JUMP).nonzero().flatten()]
    if jumps:
        yield Finding(
            "monitor",
            f"The monitor jumps by up to {float(change.max()):.0%} of its median, at {listed(jumps)}.",
            "Check whether the counts follow it: if so, the step 'monitor' corrects this; if not, the monitor is "
            "wrong there, and the step must be removed.",
        )


def positions(examined: Examined) -> Iterator[Finding]:
    """Find positions of trusted frames that are off the line with even steps; encoder jitter below that is none."""
    if examined.raw.positions is None or len(examined.frames) < 3:
        return
    at = examined.raw.positions[examined.frames.start : examined.frames.stop].double().numpy()
    if np.isfinite(at).sum() < 2:
        return
    even = line(at)
    off = np.abs(at - even.start - even.step * np.arange(len(at)))
    trusted = examined.raw.valid[examined.frames.start : examined.frames.stop].flatten(1).any(dim=1).numpy()
    misplaced = trusted & ~(off <= STEP_OFF * abs(even.step))
    if not misplaced.any():
        return
    changes = np.flatnonzero(np.diff(misplaced)) + 1
    places = [examined.frames[int(k)] for k in (changes if len(changes) else range(len(at)))]
    back = int((np.diff(at) * even.step <= 0).sum())
    worst = float(np.nanmax(off[trusted]))
    turns = f", and {back} steps do not go forward" if back else ""
    yield Finding(
        "positions",
        f"{int(misplaced.sum())} of {len(at)} positions of the rocking axis are off even steps of {even.step:.4g} by "
        f"more than {STEP_OFF:.0%} of a step, by up to {worst:.3g}{turns}; this begins or ends at "
        f"{listed(places)}.",
        "All transforms assume even steps. Cut the scan to its even part, or mark the misplaced frames as untrusted "
        "(boxes of the step 'aliens'); check that frames and positions belong together.",
    )


def listed(frames: Sequence[int]) -> str:
    """List frames, as read, up to a limit."""
    more = f" and {len(frames) - LISTED} more" if len(frames) > LISTED else ""
    return f"frame{'s' if len(frames) > 1 else ''} {', '.join(map(str, frames[:LISTED]))}{more}"


CHECKS = (missing_frames, dead_frames, monitor, positions)
