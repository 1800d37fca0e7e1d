"""The options of the volume in a recipe."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from pydantic import Field

from phasekit.core.geometry import Geometry
from phasekit.core.plugin import Options
from phasekit.runtime.errors import InputError

FINEST, COARSEST = 0.1, 0.125
"""The smallest voxel, relative to the shortest step, and the largest, relative to the smallest field of view."""


class VolumeOptions(Options):
    """The frame, the voxel and the twin of the fields on an orthogonal grid; the keywords of `phasekit.volume`."""

    owner: ClassVar[str] = "volume"

    frame: str = Field("laboratory", description="laboratory, sample or crystal, as far as the geometry has them.")
    voxel_nm: float | None = Field(None, gt=0, description="Voxel of the grid, nm; by default the array's shortest.")
    twin: Literal["open", "as-found", "inverted"] = Field(
        "open",
        description="Which of object and twin is right, if you know: as-found, or inverted; else open.",
    )

    def check(self, geometry: Geometry, space: tuple[int, ...]) -> None:
        """Raise InputError if an array of shape `space` cannot be resampled with these options."""
        if reason := untold(geometry):
            raise InputError(reason, "volume")
        frames = geometry.frames()
        if self.frame not in frames:
            raise InputError(
                f"the geometry '{geometry.name}' has no frame '{self.frame}'; available: {', '.join(frames)}",
                "volume.frame",
            )
        lengths = torch.linalg.norm(geometry.basis(space), dim=1) * 1e9
        finest = FINEST * float(lengths.min())
        coarsest = COARSEST * float((lengths * torch.tensor(space)).min())
        if self.voxel_nm is not None and not finest <= self.voxel_nm <= coarsest:
            steps = ", ".join(f"{length:.4g}" for length in lengths.tolist())
            raise InputError(
                f"voxel_nm must be between {finest:.3g} and {coarsest:.3g} here, as the array's steps are {steps} nm; "
                f"got {self.voxel_nm:g}",
                "volume.voxel_nm",
            )


def untold(geometry: Geometry) -> str | None:
    """Return a sentence why no volume is possible in `geometry`; None if it is."""
    if geometry.ndim != 3:
        return "a volume needs 3-D data, but these are 2-D; remove 'volume'"
    if not geometry.calibrated():
        return (
            f"the geometry '{geometry.name}' has no true lengths here; give the options that it needs "
            "(energy_kev, distance_m, pixel_um), or remove 'volume'"
        )
    return None
