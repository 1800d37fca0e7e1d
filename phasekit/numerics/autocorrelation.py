"""The extent of an object, from the autocorrelation, the transform of its measured intensity."""

from __future__ import annotations

import torch
from torch import Tensor

from phasekit.numerics import fourier


def oversampling(intensity: Tensor, guessed: float = 0.0) -> tuple[float, ...]:
    """Estimate per axis how many voxels a speckle spans: array size over the extent of the object.

    `intensity` (*detector) real ≥ 0 has zero frequency first; `guessed` is the fraction of its sum that was filled in
    for untrusted voxels. The object's extent is half that of its autocorrelation (the transform of the intensity)
    above 1 % of its maximum, or above the counting noise and the filled-in part.
    """
    ndim = intensity.ndim
    kind = torch.complex128 if intensity.dtype == torch.float64 else torch.complex64
    correlation = fourier.centred(fourier.to_object(intensity.to(kind), ndim).abs(), ndim)
    # The noise of N photons is √N in the autocorrelation, at most four times that; the filled-in part
    # may be wrong by its own size.
    level = max(0.01, 4 / float(intensity.sum()) ** 0.5, guessed)
    box = fourier.bounding_box(correlation > min(level, 0.3) * correlation.max())
    return tuple(2 * n / (side.stop - side.start + 1) for n, side in zip(intensity.shape, box, strict=True))
