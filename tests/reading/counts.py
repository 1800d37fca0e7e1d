"""A Bragg-like pattern in memory, centred as files have it, and a source that reads it."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch

from phasekit import Geometry, Problem
from phasekit.reading.array_source import ArraySource
from phasekit.reading.arrays import Arrays
from phasekit.reading.stored import Stored

SHAPE = (18, 20, 22)
GIVEN: dict[str, Any] = {}
"""What `Given` reads: the parts of `Arrays` by name."""


class Given(ArraySource):
    """Gives the arrays at hand."""

    name: Literal["given"] = "given"

    def arrays(self) -> Arrays:
        """Return what `load` was given."""
        parts: dict[str, Any] = {
            name: Stored(name, part) if isinstance(part, np.ndarray) else part for name, part in GIVEN.items()
        }
        return Arrays(**parts)


def load(arrays: dict[str, Any], geometry: Geometry | None = None, **options: Any) -> Problem:
    """Make a problem of arrays by the options of an `ArraySource`."""
    GIVEN.clear()
    GIVEN.update(arrays)
    return Given(**options).load(geometry, torch.Generator())


def brick() -> np.ndarray:
    """Return (18, 20, 22) complex64: a brick of half the half-box with a bent phase, 1e4 counts in the peak."""
    object = np.zeros(SHAPE, np.complex64)
    i, j, k = np.mgrid[:5, :6, :7]
    object[6:11, 7:13, 8:15] = np.exp(1j * (0.1 * i * i - 0.2 * j + 0.05 * k * k)) * (1 + 0.1 * i)
    wave = np.fft.ifftn(object, norm="ortho")
    return object * np.float32(100 / np.abs(wave).max())


def pattern(object: np.ndarray | None = None) -> np.ndarray:
    """Return (18, 20, 22) float64: |F object|², F with exp(+iQr), zero frequency at n//2."""
    wave = np.fft.ifftn((brick() if object is None else object).astype(complex), norm="ortho")
    return np.asarray(np.fft.fftshift(np.abs(wave) ** 2))
