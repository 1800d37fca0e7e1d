"""Finding about what else scattered: bright places that no bridge of counts joins to the pattern."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from phasekit.core.measurement import blocks
from phasekit.doctor.examined import Examined
from phasekit.doctor.extent import blind
from phasekit.doctor.finding import Finding
from phasekit.doctor.voxels import shortened

SMOOTH = 1.5
"""Voxels: the sigma that joins the fringes of one pattern."""

STANDS_OUT = 30.0
"""How far an alien stands above the highest bridge between it and the peak."""

FAINT = 1e-4
"""Least height of an alien over that of the peak."""

PHOTONS = 100.0
"""Least counts in an alien."""

SIZE = {2: 512, 3: 64}
"""Dimensions -> voxels along each axis to which larger data are summed."""

LEVELS = 12
"""Heights of bridges that are tried."""


def aliens(examined: Examined) -> Iterator[Finding]:
    """Find bright places that the pattern does not reach."""
    found = [] if blind(examined) else places(examined)
    if found:
        count, brightest = len(found), max(part for _, part in found)
        yield Finding(
            "aliens",
            f"{count} bright place{'s' * (count > 1)} apart from the pattern, as read about "
            f"{shortened([place for place, _ in found])}; the brightest has {brightest:.2g} of the peak.",
            "Something else scattered there, perhaps a neighbouring crystal, and would be fitted: mark it as untrusted "
            "with boxes of the step 'aliens', or crop.",
        )


def places(examined: Examined) -> list[tuple[list[int], float]]:
    """Return the brightest voxel, as read, and the height over the peak's, of everything that stands apart."""
    pattern = examined.pattern
    factors = [max(1, n // SIZE[len(pattern.shape)]) for n in pattern.shape]
    photons, valid = (
        blocks(part.double(), factors).sum(dim=-1).numpy()
        for part in (pattern.photons() * pattern.valid, pattern.valid)
    )
    # Bridges across gaps are filled in from both sides.
    smooth = ndimage.gaussian_filter(photons, SMOOTH) / ndimage.gaussian_filter(valid, SMOOTH).clip(min=0.05)
    peak = tuple(min(at // f, n - 1) for at, f, n in zip(pattern.peak(), factors, smooth.shape, strict=True))
    top = float(smooth[peak])
    found: dict[tuple[int, ...], float] = {}
    for level in np.geomspace(top / STANDS_OUT, top * FAINT / STANDS_OUT, LEVELS) if top > 0 else ():
        labels, count = ndimage.label(smooth > level)
        if count < 2:
            continue
        numbers = np.arange(1, count + 1)
        heights = ndimage.maximum(smooth, labels, numbers)
        totals = ndimage.sum(photons, labels, numbers)
        apart = (heights > max(STANDS_OUT * level, FAINT * top)) & (totals > PHOTONS) & (numbers != labels[peak])
        for place in ndimage.maximum_position(smooth, labels, numbers[apart]) if apart.any() else ():
            found[tuple(int(i) for i in place)] = float(smooth[place]) / top
    return [
        (list(pattern.as_read([at * f + f // 2 for at, f in zip(place, factors, strict=True)])), height)
        for place, height in found.items()
    ]


CHECKS = (aliens,)
