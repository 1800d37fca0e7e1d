"""Findings about neighbouring frames: out of order, of another exposure."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from phasekit.doctor.examined import Examined
from phasekit.doctor.finding import Finding
from phasekit.doctor.scan import listed

FRAMES = 6
"""Fewest bright frames that can be judged."""

BRIGHT = 0.05
"""Counts of a frame over those of the brightest one, from which on it is compared."""

MARGIN = 0.05
"""Mean difference of two correlations that is not chance."""

FAINT = 0.02
"""The same, of frames whose order is judged by their patterns."""

LEAST = 300.0
"""Least counts of such a frame."""

GLITCH = 3.0
"""Factor by which a frame differs from the mean of its neighbours. At oversampling 2.5, the peak is 1.8 times that."""

ALIKE = 0.85
"""Least correlation with both neighbours of a frame that shows the same pattern."""

SIGMAS = 6.0
"""Counting noise that such a difference must exceed."""


def frame_order(examined: Examined) -> Iterator[Finding]:
    """Find that most bright frames resemble some other frame more than those beside them."""
    sound = examined.sound
    if len(examined.frames) < FRAMES or float(sound.valid.float().mean()) < 0.5:
        return
    photons = (sound.photons() * (sound.valid & ~examined.hot)).flatten(1)
    totals = photons.sum(dim=1, dtype=torch.float64)
    bright = (totals > (FAINT * totals.max()).clamp(min=LEAST)).nonzero().flatten()
    if len(bright) < FRAMES:
        return
    unit = photons / photons.norm(dim=1, keepdim=True).clamp(min=1e-30)
    alike = unit[bright] @ unit.T
    apart = (bright[:, None] - torch.arange(len(unit))).abs()
    beside = alike.masked_fill(apart != 1, -1).amax(dim=1)
    elsewhere = alike.masked_fill(apart < 2, -1)[:, bright].amax(dim=1)
    count = int((elsewhere > beside).sum())
    if 2 * count > len(bright) and float((elsewhere - beside).mean()) > MARGIN:
        yield Finding(
            "frame-order",
            f"{count} of {len(bright)} bright frames resemble a frame elsewhere more than those beside them.",
            "They are probably out of order: sort them by the position of the rocking axis. If the numbers in the file "
            "names are right, two scans may be mixed.",
            wrong=True,
        )


def glitches(examined: Examined) -> Iterator[Finding]:
    """Find single frames whose counts are far from those of both neighbours, though they show the same pattern."""
    if len(examined.frames) < FRAMES:
        return
    sound = examined.sound
    trusted = (sound.valid & ~examined.hot).flatten(1)
    photons = sound.photons().flatten(1) * trusted
    totals = photons.sum(dim=1, dtype=torch.float64)
    found = []
    for frame in examined.frames[1:-1]:
        if float(totals[frame - 1 : frame + 2].max()) < BRIGHT * float(totals.max()):
            continue
        shared = trusted[frame - 1] & trusted[frame] & trusted[frame + 1]
        before, here, after = photons[frame - 1 : frame + 2] * shared
        a, b = float(here.sum()), float((before + after).sum()) / 2
        # Between two frames of different patterns, as at a fringe, little can be expected.
        alike = min(_likeness(here, before), _likeness(here, after))
        if abs(a - b) > SIGMAS * max(a, b) ** 0.5 and alike > ALIKE and not b / GLITCH < a < b * GLITCH:
            found.append((frame, a / max(b, 1e-30)))
    if found:
        worst = max(found, key=lambda pair: abs(math.log(max(pair[1], 1e-6))))
        yield Finding(
            "glitch-frames",
            f"{len(found)} of {len(examined.frames)} frames have counts far from those of their neighbours, "
            f"{listed([frame for frame, _ in found])}; frame {worst[0]} has {worst[1]:.2g} times as many.",
            "The beam, the shutter or an absorber changed: give the monitor, or mark these frames as untrusted.",
        )


def _likeness(a: Tensor, b: Tensor) -> float:
    """Return the cosine between two patterns, 0 for an empty one."""
    norm = float(a.norm() * b.norm())
    return float((a * b).sum()) / norm if norm > 0 else 0.0


CHECKS = (frame_order, glitches)
