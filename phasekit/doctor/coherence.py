"""Finding about the fringes: minima that are filled, as partial coherence fills them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from phasekit.doctor.examined import Examined
from phasekit.doctor.finding import Finding

WINDOW = 5
"""Voxels along each axis over which a minimum is compared with the mean about it."""

REACH = 48
"""Voxels about the peak, along each axis, that are looked at."""

LEAST = 10.0
"""Least mean counts about a minimum."""

MINIMA = 8
"""Fewest minima that say something."""

FILLED = {2: 0.17, 3: 0.08}
"""Dimensions -> the lower quartile of minimum over mean, from which on the fringes are not those of coherent light.
Without blur it is 0.03 in 2-D and 0 in 3-D; a blur of σ = 0.5 voxels gives 0.1 to 0.3 and 0.05, of σ = 1 voxel 0.4 and
0.25."""


def filled_minima(examined: Examined) -> Iterator[Finding]:
    """Find minima between fringes with more counts than their neighbours' mean and the background explain."""
    ratios = minima(examined)
    if len(ratios) < MINIMA:
        return
    quartile = float(np.percentile(ratios, 25))
    if quartile > FILLED[examined.problem.ndim]:
        yield Finding(
            "partial-coherence",
            f"Three of four minima between fringes exceed {quartile:.0%} of the mean about them; coherent light would "
            "leave nearly nothing there.",
            "The beam is partially coherent, the pattern is blurred, or a background was left in: let the solver find "
            "the coherence where it can, subtract the background, or measure with smaller slits.",
        )


def minima(examined: Examined) -> np.ndarray:
    """Return (n,) float64: counts in each local minimum over the mean about it, the background taken off both."""
    sound = examined.sound
    box = tuple(slice(max(at - REACH, 0), at + REACH) for at in sound.peak())
    valid = sound.valid[box]
    counts = (sound.photons()[box] * valid).double().numpy()
    mean = ndimage.uniform_filter(counts, WINDOW)
    known = ndimage.minimum_filter(valid.numpy().astype(np.uint8), WINDOW, mode="constant") == 1
    if not known.any():
        return np.zeros(0)
    background = float(np.percentile(mean[known], 10))
    lowest = (counts == ndimage.minimum_filter(counts, 3)) & known
    lowest &= mean - background > LEAST + 10 * background
    ratios = (counts[lowest] - background) / (mean[lowest] - background)
    return np.asarray(ratios.clip(min=0))


CHECKS = (filled_minima,)
