"""What Problem.from_arrays does: a source and a geometry made of arrays and lengths; and the order of their voxels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor

from phasekit.core.mistakes import listed
from phasekit.core.plugin import Plugin
from phasekit.core.registry import registry
from phasekit.numerics import fourier
from phasekit.runtime.errors import InputError


def load_arrays(
    source: Mapping[str, Any], geometry: Any, lengths: Mapping[str, Any], resolve: Callable[[Any], Any]
) -> Any:
    """Return the problem of the source `numpy` with these options, its geometry with these `lengths` besides.

    `geometry` is None, or what `resolve`, that of `Geometry`, takes. Raises InputError.
    """
    if lengths:
        written = geometry.written() if isinstance(geometry, Plugin) else geometry or "far-field"
        geometry = {**({"name": written} if isinstance(written, str) else written), **lengths}
    try:
        made = registry().find("source", "numpy").model_validate({"name": "numpy", **source})
        given = None if geometry is None else resolve(geometry)
    except ValidationError as error:
        raise InputError(listed(error, source)) from None
    return made.load(given, torch.Generator())


def centred_notes(intensity: Tensor) -> tuple[str, ...]:
    """Return a note where the peak of (*detector) data, which have zero frequency first, lies at n//2."""
    shape = tuple(intensity.shape)
    pattern = fourier.centred(intensity, len(shape))
    peak = [int(i) for i in torch.unravel_index(pattern.argmax(), shape)]
    if not fourier.at_corner(peak, shape) or float(pattern.max()) < fourier.BRIGHT * float(pattern.mean()):
        return ()
    return (
        "the brightest voxel is at the centre n//2, and zero frequency belongs at index 0: make the problem with "
        "Problem.from_arrays, which takes centred arrays",
    )
