"""The monitor step."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from phasekit import InputError, Measurement, Preparation


class Monitor(Preparation):
    """Divides each frame by the incident intensity over its mean; frames without one become untrusted."""

    name: Literal["monitor"] = "monitor"

    def apply(self, measured: Measurement) -> Measurement:
        """Divide by the monitor that the source read; raises InputError if there is none."""
        monitor = measured.monitor
        if monitor is None:
            raise InputError("the step monitor has no monitor; name one in the source, or remove the step")
        measuring = measured.valid.flatten(1).any(dim=1)  # frames added by centring have no monitor
        good = monitor[monitor.isfinite() & (monitor > 0) & measuring]
        if not len(good):
            raise InputError("the monitor is nowhere above zero; name another one, or remove the step")
        relative = monitor / good.mean()
        frames = relative.reshape(-1, *[1] * (measured.counts.ndim - 1))
        divided = replace(measured.divided_by(frames, "monitor"), monitor=None)
        low, high = float((good / good.mean()).min()), float((good / good.mean()).max())
        return divided.done(f"monitor: frames divided by {low:.3g} … {high:.3g} of the mean incident intensity")
