"""Plane: one slice through an array, with its labels and lengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

import numpy as np

LENGTHS = ("nm", "µm")
"""Units with a scale bar; voxels and indices are not lengths."""

BAR = 0.3
"""A scale bar is the longest round length within this fraction of a slice's width."""


@dataclass(frozen=True)
class Plane:
    """A slice through an array of 2 or 3 dimensions: its index, labels and extent."""

    cut: tuple[int | slice, ...]
    """The index: one number for the axis cut (none in 2-D), slices for the others."""
    extent: tuple[float, float, float, float]
    """Left, right, bottom, top of the cut in its unit, edges of the outer voxels."""
    across: str
    up: str
    title: str
    unit: str = ""

    def of(self, array: np.ndarray) -> np.ndarray:
        """Cut `array` (*space) and return 2-D values: rows go up, columns across."""
        return array[self.cut]

    @property
    def bar(self) -> float | None:
        """The length of the scale bar: 1, 2 or 5 times a power of ten; None if the unit is not a length."""
        if self.unit not in LENGTHS:
            return None
        longest = BAR * (self.extent[1] - self.extent[0])
        decade: float = 10.0 ** floor(log10(longest))
        return next(times * decade for times in (5, 2, 1) if times * decade <= longest)


def planes(
    box: Sequence[slice], centre: Sequence[float], steps: Sequence[float], names: Sequence[str], unit: str
) -> list[Plane]:
    """Return one plane through `centre` across each axis (in 2-D the array itself), cropped to `box`.

    `steps` is the length of a voxel per axis in `unit`; coordinates are measured from `centre`, an index that may
    lie between voxels: the slice goes through the nearest voxel.
    """
    cuts = []
    for normal in range(len(box)) if len(box) == 3 else (None,):
        up, across = (axis for axis in range(len(box)) if axis != normal)
        edges = [
            (edge - 0.5 - centre[axis]) * steps[axis]
            for axis in (across, up)
            for edge in (box[axis].start, box[axis].stop)
        ]
        cut = tuple(round(centre[a]) if a == normal else box[a] for a in range(len(box)))
        cuts.append(
            Plane(
                cut=cut,
                extent=(edges[0], edges[1], edges[2], edges[3]),
                across=f"{names[across]} ({unit})",
                up=f"{names[up]} ({unit})",
                title="" if normal is None else f"across {names[normal]}, at index {cut[normal]}",
                unit=unit,
            )
        )
    return cuts
