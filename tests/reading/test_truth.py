"""A known object stands where the data say it is, in phasekit's sign."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from phasekit import InputError, fourier
from phasekit.reading.stored import Stored
from phasekit.reading.truth import placed_truth

from .counts import SHAPE, brick, load, pattern

BOX = (slice(5, 12), slice(6, 14), slice(7, 16))


@pytest.mark.parametrize("sign", ["+", "-"])
@pytest.mark.parametrize("boxed", [True, False])
def test_a_truth_fits_the_data_in_either_sign_and_when_the_peak_was_moved(sign: str, boxed: bool) -> None:
    # The object of data that were not centred has a phase ramp.
    n = np.indices(SHAPE) - (np.array(SHAPE) // 2)[:, None, None, None]
    whole = brick() * np.exp(-2j * np.pi * (2 * n[0] / 18 - n[1] / 20 + n[2] / 22))
    whole = whole.astype(np.complex64) if sign == "+" else whole.astype(np.complex64).conj()
    arrays = {"counts": np.roll(pattern(), (2, -1, 1), (0, 1, 2)), "truth": whole[BOX] if boxed else whole}
    start = (5, 6, 7) if boxed else None
    for steps in ([], ["centre"], None):
        problem = load(arrays, truth_sign=sign, truth_start=start, prepare=steps)
        assert problem.truth is not None
        predicted = problem.geometry.forward(problem.truth).abs().square()
        torch.testing.assert_close(predicted[problem.valid], problem.intensity[problem.valid], rtol=1e-3, atol=0.05)


@pytest.mark.parametrize("centre", [(9, 10, 11), (7, 12, 10)])
def test_centring_on_another_voxel_moves_the_intensity_of_the_truth_there(centre: tuple[int, int, int]) -> None:
    placed = placed_truth(Stored("here", brick()), SHAPE, None, None, centre)
    found = fourier.centred(fourier.to_wave(placed, 3).abs().square(), 3)
    moved = np.roll(pattern(), [n // 2 - c for n, c in zip(SHAPE, centre, strict=True)], (0, 1, 2))
    np.testing.assert_allclose(found, moved, atol=2e-2)


def test_start_and_sign_are_those_that_the_file_states() -> None:
    attributes = {"start": (5, 6, 7), "fft_sign": "-i"}
    stored = Stored("here", brick()[BOX].conj(), attributes)
    np.testing.assert_allclose(placed_truth(stored, SHAPE, None, None, (9, 10, 11)), brick())


@pytest.mark.parametrize("program", ["PyNX", "cohere", "phasekit"])
def test_the_truth_of_another_program_comes_in_phasekits_sign_and_axes(program: str) -> None:
    theirs = {"PyNX": brick().conj(), "cohere": brick().transpose(), "phasekit": brick()}[program]
    stored = Stored("here", theirs, {"written_by": program})
    np.testing.assert_array_equal(placed_truth(stored, SHAPE, None, None, (9, 10, 11)), brick())


@pytest.mark.parametrize(
    ("shape", "start", "reason"),
    [
        ((4, 4), None, "the truth here has shape .4, 4., the data have"),
        ((4, 4, 4), None, "say with truth_start where in the array it begins"),
        ((4, 4, 4), (15, 0, 0), "does not fit into the data"),
        ((4, 4, 4), (0, 0), "does not fit into the data"),
    ],
)
def test_a_truth_that_does_not_fit_is_refused(
    shape: tuple[int, ...], start: tuple[int, ...] | None, reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        placed_truth(Stored("here", np.ones(shape)), SHAPE, start, None, (9, 10, 11))
