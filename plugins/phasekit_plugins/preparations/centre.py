"""The centring step."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from phasekit import InputError, Measurement, Preparation, fourier
from phasekit.reading.per_axis import Index, per_axis


class Centre(Preparation):
    """Moves the Bragg peak to the array's centre n//2; voxels from outside the array are untrusted."""

    name: Literal["centre"] = "centre"
    at: Literal["maximum", "centre-of-mass"] | tuple[Index, ...] = Field(
        "maximum",
        description="What becomes the centre: the maximum (ignoring hot pixels), the centre-of-mass of "
        "the counts around it, or an index of the array as read. Behind a beam stop or a gap the maximum is not known: "
        "the centre of the pattern's symmetry is taken, or the middle of what is bright.",
    )

    def apply(self, measured: Measurement) -> Measurement:
        """Move the voxel to n//2; raises InputError for an index outside."""
        shape = measured.shape
        if isinstance(self.at, str):
            centre, how = measured.middle()
            if self.at == "centre-of-mass" and how == "maximum":
                centre, how = self._centre_of_mass(measured), self.at
        else:
            given = per_axis("centre", self.at, len(shape))
            spans = [measured.span(axis, index, index + 1) for axis, index in enumerate(given)]
            if any(span.start == span.stop for span in spans):
                raise InputError(
                    f"centre: the voxel {list(given)} lies outside the data, {measured.extent()}; give an index of the "
                    "array as read"
                )
            centre, how = tuple(span.start for span in spans), "given"
        return measured.window(centre, shape).done(f"centre: voxel {centre} ({how}) of the array {shape}")

    @staticmethod
    def _centre_of_mass(measured: Measurement) -> tuple[int, ...]:
        """Return the voxel at the centre of mass of the counts about the peak that exceed 1 % of it.

        It uses a box about the peak that reaches a quarter of the array, less at the array's edge.
        """
        peak = measured.peak()
        measured = measured.untrusting(measured.hot_pixels()).untrusting(measured.spikes())
        reach = [min(at, n - 1 - at, n // 4) for at, n in zip(peak, measured.shape, strict=True)]
        box = tuple(slice(at - r, at + r + 1) for at, r in zip(peak, reach, strict=True))
        photons = (measured.photons() * measured.valid)[box].double()
        photons = photons.masked_fill(photons < 0.01 * photons.max(), 0)
        if not float(photons.sum()) > 0:
            return peak
        found = fourier.centre_of_mass(photons).tolist()
        return tuple(at + round(index - r) for at, r, index in zip(peak, reach, found, strict=True))
