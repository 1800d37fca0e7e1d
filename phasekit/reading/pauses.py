"""Frames of a scan that paused, or whose position is a wild reading."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from phasekit.core.measurement import Measurement
from phasekit.reading.rocking_positions import FEW, line, pauses, wild

LISTED = 3
"""Maximum number of pauses in a note."""


def without_wild(measured: Measurement) -> Measurement:
    """Return it with the frames untrusted whose positions are wild readings, and a note; see `wild`."""
    if measured.positions is None or pauses(at := measured.positions.numpy()) is not None:
        return measured
    if np.isfinite(at).sum() < FEW or not (strange := wild(at, line(at))).any():
        return measured
    for k in np.flatnonzero(strange):
        measured = measured.noted(f"the position of frame {k} reads {at[k]:.6g}, off even steps: it is left untrusted")
    return measured.untrusting(torch.from_numpy(strange).reshape(-1, 1, 1))


def without_pauses(measured: Measurement) -> Measurement:
    """Return one frame for each point: the mean of those measured there, as far as they are trusted."""
    point = None if measured.positions is None else pauses(measured.positions.numpy())
    if point is None:
        return measured
    parts = [np.flatnonzero(point == k) for k in range(int(point[-1]) + 1)]
    good = measured.valid & measured.counts.isfinite()
    trusted = [good[part].sum(dim=0) for part in parts]
    sums = [measured.counts[part].where(good[part], 0).sum(dim=0) for part in parts]

    def mean(array: Tensor | None) -> Tensor | None:
        if array is None or len(array) != len(point) or array.ndim == measured.counts.ndim - 1:
            return array
        return torch.stack([array[part].mean(dim=0) for part in parts])

    again = [part for part in parts if len(part) > 1]
    listed = ", ".join(f"{part[0]} to {part[-1]}" for part in again[:LISTED])
    more = f" and {len(again) - LISTED} more" if len(again) > LISTED else ""
    return replace(
        measured,
        counts=torch.stack([one / count.clamp(min=1) for one, count in zip(sums, trusted, strict=True)]),
        valid=torch.stack([count > 0 for count in trusted]),
        dark=mean(measured.dark),
        flat_field=mean(measured.flat_field),
        monitor=mean(measured.monitor),
        positions=mean(measured.positions),
    ).noted(
        f"the scan paused: frames {listed}{more} are at one position each and became their mean, so that "
        f"{len(point)} frames are {len(parts)}; indices count these"
    )
