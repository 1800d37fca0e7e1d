"""Conventions of other programs: who wrote an object, the sign of its Fourier transform, the order of its axes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

Axes = Literal["same", "reversed"]

SIGNS = {"pynx": "-", "cohere": "+"}
"""Program -> sign of the exponent in its transform from object to wave. Both centre objects at n//2."""

REVERSED = ("cohere",)
"""Programs whose axes are (column, row, frame), those of the data reversed."""

WRITTEN_BY = "written_by"
"""The attribute of a stored array that names the program."""

PROGRAM = "process_1/program"
"""Where CXI files have the program that made an image, beside its data."""

BESIDE = ("support.npy", "errors.npy", "coherence.npy")
"""Files of a result of cohere, in the folder of its image.npy."""


def program_of(attributes: Mapping[str, Any]) -> str | None:
    """Return the program that wrote an array, in lower case, by the attributes of the array and its file."""
    for key in (WRITTEN_BY, "creator"):
        value = attributes.get(key)
        text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
        if value is not None and text.split():
            return text.split()[0].lower()
    return None


def marks_of_numpy(path: Path, array: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Return the attributes of an .npy file: cohere names its object image.npy and writes other files beside it."""
    beside = any(path.with_name(name).is_file() for name in BESIDE)
    return {WRITTEN_BY: "cohere"} if array.dtype.kind == "c" and path.name == "image.npy" and beside else {}
