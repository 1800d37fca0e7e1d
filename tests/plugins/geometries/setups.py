"""One Bragg set-up with every number, and random ones whose three steps are well apart in direction."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from phasekit import InputError
from phasekit_plugins.geometries.bragg import Bragg

AXES = ("x+", "x-", "y+", "y-", "z+", "z-")
ANGLES = {"theta": 0.2, "chi": 90.0, "phi": -5.0, "delta": 30.1, "gamma": 14.0}
OPTIONS: dict[str, Any] = {
    "beamline": "34-ID-C",
    "angles_deg": ANGLES,
    "energy_kev": 9.0,
    "distance_m": 0.5,
    "pixel_um": 55.0,
    "step_deg": 0.01,
}
UNIT = {"x": np.array([1.0, 0, 0]), "y": np.array([0, 1.0, 0]), "z": np.array([0, 0, 1.0])}


def bragg(**options: Any) -> Bragg:
    """Return a theta scan at 34-ID-C with other options."""
    return Bragg.model_validate({**OPTIONS, **options})


def turn(axis: str, degrees: float) -> NDArray[np.float64]:
    """Return the right-hand rotation (3, 3) about an axis such as "y-"."""
    sign = 1 if axis[1] == "+" else -1
    matrix: NDArray[np.float64] = Rotation.from_rotvec(sign * np.radians(degrees) * UNIT[axis[0]]).as_matrix()
    return matrix


@st.composite
def bragg_setups(draw: st.DrawFn) -> Bragg:
    """Draw a geometry `bragg`: 1 to 3 circles on either side, a rocking step as large as a pixel's, more or less."""

    def circles(word: str, low: float, high: float) -> list[dict[str, Any]]:
        count = draw(st.integers(1, 3))
        return [
            {"name": f"{word}{i}", "axis": draw(st.sampled_from(AXES)), "angle_deg": draw(st.floats(low, high))}
            for i in range(count)
        ]

    sample, detector = circles("s", -80, 80), circles("d", 10, 40)
    # Rocking about an axis across the beam moves q.
    rocking = sample[draw(st.integers(0, len(sample) - 1))]
    rocking["axis"] = draw(st.sampled_from(AXES[:4]))
    detector[0]["axis"] = draw(st.sampled_from(AXES[:4]))
    options = {
        "sample_circles": sample,
        "detector_circles": detector,
        "row": draw(st.sampled_from(("y-", "y+"))),
        "column": draw(st.sampled_from(("x+", "x-"))),
        "rocking": rocking["name"],
        "energy_kev": draw(st.floats(5, 20)),
        "distance_m": draw(st.floats(0.3, 2)),
        "pixel_um": (draw(st.floats(40, 80)), draw(st.floats(40, 80))),
    }
    ratio, sign = draw(st.floats(0.4, 2.5)), draw(st.sampled_from((-1, 1)))
    try:
        rough = Bragg.model_validate({**options, "step_deg": 0.001})
        steps = np.linalg.inv(rough.basis((32, 32, 32)).numpy())  # columns: reciprocal, up to a factor
        lengths = np.linalg.norm(steps, axis=0)
        geometry = Bragg.model_validate({**options, "step_deg": sign * 0.001 * ratio * lengths[1] / lengths[0]})
        unit = steps / lengths
    except InputError:
        assume(False)
    assume(abs(np.linalg.det(unit)) > 0.15)
    return geometry
