"""Names of circles: which angles, steps and rocking axis belong to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from phasekit import InputError
from phasekit.runtime.suggest import near

from .circles import Circle

ENERGY = "energy"


def refuse_names(
    sample: Sequence[Circle],
    detector: Sequence[Circle],
    *,
    angles: Mapping[str, float],
    rocking: str | None,
    together: Mapping[str, float],
) -> None:
    """Raise InputError for circles that share a name, and for angles, steps or a rocking axis of unknown circles.

    A circle of the sample and one of the detector may share a name: both are then on one motor.
    """
    for key, circles in (("sample_circles", sample), ("detector_circles", detector)):
        names = [circle.name for circle in circles]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise InputError(f"two circles are called '{twice}'; give each its own name", key)
    known = {circle.name for circle in (*sample, *detector)}
    for key, named in (("angles_deg", angles), ("together_deg", together)):
        for name in named:
            if name not in known:
                raise InputError(f"there is no circle '{name}'; {near(name, known)}", f"{key}.{name}")
    axes = (ENERGY, *(circle.name for circle in sample))
    if rocking is not None and rocking not in axes:
        reason = f"the rocking axis '{rocking}' is not a circle of the sample; {near(rocking, axes)}"
        raise InputError(reason, "rocking")
    if rocking in together:
        raise InputError(
            f"'{rocking}' is the rocked circle: give its step as step_deg, and in together_deg only circles that move "
            "with it",
            f"together_deg.{rocking}",
        )
