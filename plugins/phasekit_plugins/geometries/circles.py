"""Circles and directions of a goniometer or a detector, in the laboratory frame."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import BeforeValidator, Field, WithJsonSchema
from scipy.spatial.transform import Rotation

from phasekit import Options

Vector = np.ndarray[tuple[int], np.dtype[np.float64]]
Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]

LETTERS = "xyz"


def _direction(value: Any) -> Any:
    """Accept "y+" and "+y", or three numbers; raises ValueError with a sentence."""
    if isinstance(value, str):
        text = value.strip().lower().replace("−", "-")
        letter, sign = (text[:1], text[1:]) if text[:1] in tuple(LETTERS) else (text[1:], text[:1])
        if letter in tuple(LETTERS) and sign in ("+", "-"):
            return letter + sign
    elif isinstance(value, Sequence) and [_is_number(v) for v in value] == [True] * 3 and any(value):
        return tuple(float(v) for v in value)
    raise ValueError(
        f"must be a direction: x+, x-, y+, y-, z+, z-, or three numbers (x, y, z) not all 0, got {value!r}"
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


SIGNED = r"^\s*([xyzXYZ][-+−]|[-+−][xyzXYZ])\s*$"
"""How a direction along an axis may be written."""

Direction = Annotated[
    Annotated[str, WithJsonSchema({"type": "string", "pattern": SIGNED, "title": "direction"})]
    | tuple[float, float, float],
    BeforeValidator(_direction),
]
"""A direction of the CXI laboratory frame: "y+", or its components."""


class Circle(Options):
    """One rotation of a sample stage or a detector arm: right-handed about `axis`."""

    owner: ClassVar[str] = "a circle"

    name: str = Field(min_length=1, description="Name of the circle.")
    axis: Direction = Field(description="Its axis with every circle at zero; y- turns opposite to y+.")
    angle_deg: float | None = Field(None, description="Its position, degrees.")


def vector(direction: str | Sequence[float]) -> Vector:
    """Return a direction as a unit vector (3,)."""
    if isinstance(direction, str):
        found = np.zeros(3)
        found[LETTERS.index(direction[0])] = 1.0 if direction[1] == "+" else -1.0
        return found
    given: Vector = np.asarray(direction, dtype=float)
    return given / float(np.linalg.norm(given))


def rotation(circles: Sequence[tuple[str | Sequence[float], float]]) -> Matrix:
    """Return the product (3, 3) of right-handed rotations (axis, degrees), outermost first."""
    product = np.eye(3)
    for axis, angle in circles:
        product = product @ Rotation.from_rotvec(np.radians(angle) * vector(axis)).as_matrix()
    return product
