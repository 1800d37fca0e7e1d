"""The flat-field step."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from phasekit import InputError, Measurement, Preparation
from phasekit.core import defects


class FlatField(Preparation):
    """Divides by the flat field (white field): the relative sensitivity of the detector's pixels.

    It is normalised to mean 1 over the trusted pixels. Pixels that are zero, negative or not finite, and those whose
    sensitivity differs from that of their neighbours by more than a factor of 3, become untrusted.
    """

    name: Literal["flat-field"] = "flat-field"

    def apply(self, measured: Measurement) -> Measurement:
        """Divide by the flat field that the source read; raises InputError if there is none."""
        flat = measured.flat_field
        if flat is None:
            raise InputError("the step flat-field has no flat field; name one in the source, or remove the step")
        trusted = measured.valid if flat.ndim == measured.valid.ndim else measured.valid.any(dim=0)
        good = flat.isfinite() & (flat > 0) & trusted
        if not bool(good.any()):
            raise InputError("the flat field is nowhere above zero; name another one")
        uneven = defects.uneven_pixels(flat, trusted)
        good &= ~uneven
        flat = flat / flat[good].double().mean().to(flat.dtype)
        spread = float(flat[good].std()) if int(good.sum()) > 1 else 0.0
        divided = replace(measured.divided_by(flat, "flat field"), flat_field=None).untrusting(uneven)
        step = f"flat-field: divided by a sensitivity that varies by {spread:.1%} (rms) over the pixels"
        count = int(uneven.sum())
        return divided.done(f"{step}; {count} that differ from their neighbours left untrusted" if count else step)
