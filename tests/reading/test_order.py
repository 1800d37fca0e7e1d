"""Zero frequency at n//2 or first: both are read, and the wrong one is named with what to write."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from phasekit import Measurement, Problem
from phasekit.reading.order import centred, looks_uncentred

from .counts import SHAPE, pattern

MASK = np.arange(np.prod(SHAPE)).reshape(SHAPE) % 7 != 0
FLAT = 1 + 0.01 * np.arange(SHAPE[1] * SHAPE[2]).reshape(SHAPE[1:])
MONITOR = 1 + 0.01 * np.arange(SHAPE[0])


def test_an_array_in_the_order_of_an_fft_gives_the_same_problem() -> None:
    """The mask, the flat field of one frame and the monitor have the order of the counts."""
    parts: dict[str, Any] = {"mask": MASK, "flat_field": FLAT, "monitor": MONITOR}
    expected = Problem.from_arrays(pattern(), **parts)
    shifted: dict[str, Any] = {name: np.fft.ifftshift(array) for name, array in parts.items()}
    problem = Problem.from_arrays(np.fft.ifftshift(pattern()), order="fft", **shifted)
    assert torch.equal(problem.intensity, expected.intensity)
    assert torch.equal(problem.valid, expected.valid)
    assert problem.sensitivity is not None
    assert expected.sensitivity is not None
    assert torch.equal(problem.sensitivity, expected.sensitivity)


@pytest.mark.parametrize("ndim", [2, 3])
@pytest.mark.parametrize("size", [0, 1])
def test_the_wrong_order_is_noted_with_what_to_write(ndim: int, size: int) -> None:
    """Of even and odd sizes: the note says what to write, and with it the note is gone."""
    counts = pattern()[tuple(slice(size, None) for _ in SHAPE)]
    counts = counts if ndim == 3 else counts[len(counts) // 2]
    first = np.fft.ifftshift(counts)
    assert not [note for note in Problem.from_arrays(counts).notes if "order" in note]
    wrong = [note for note in Problem.from_arrays(first).notes if "order" in note]
    assert wrong == [
        "zero frequency is at index 0, as an FFT leaves it, and not at the centre: write order: fft in the source"
    ]
    assert not [note for note in Problem.from_arrays(first, order="fft").notes if "order" in note]
    twice = [note for note in Problem.from_arrays(counts, order="fft").notes if "order" in note]
    assert twice == ["the pattern was centred as read, and order: fft moved it to the corners: remove order: fft"]


def test_a_peak_at_the_corner_of_a_detector_is_no_matter_of_order() -> None:
    """Its counts lie on one side only."""
    middle = tuple(n // 2 for n in SHAPE)
    counts = torch.from_numpy(pattern()[tuple(slice(m, None) for m in middle)]).float()
    padded = torch.nn.functional.pad(counts, [part for m in reversed(middle) for part in (0, m)])
    assert not looks_uncentred(Measurement(padded, torch.ones(padded.shape, dtype=torch.bool)))


def test_a_hot_pixel_in_the_corner_is_no_matter_of_order() -> None:
    counts: Any = pattern().copy()
    counts[:, 0, 0] = 10 * counts.max()
    assert not [note for note in Problem.from_arrays(counts).notes if "order" in note]


def test_positions_move_with_the_frames() -> None:
    counts = torch.from_numpy(pattern()).float()
    measured = Measurement(counts, counts >= 0, positions=torch.arange(SHAPE[0], dtype=torch.float64))
    positions = centred(measured).positions
    assert positions is not None
    assert int(positions[SHAPE[0] // 2]) == 0
