"""Zero frequency behind a gap is where the pattern is symmetric, or in the middle of what is bright."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from phasekit import Measurement
from phasekit.core import friedel


def forward(shape: tuple[int, ...], middle: tuple[int, ...], seed: int = 0, photons: float = 1e6) -> np.ndarray:
    """Return counts of a real object, zero frequency at `middle`."""
    rng = np.random.default_rng(seed)
    object = np.zeros(shape)
    box = tuple(slice(n // 2 - n // 9, n // 2 + n // 8) for n in shape)
    object[box] = 0.5 + rng.random(object[box].shape)
    intensity = np.fft.fftshift(np.abs(np.fft.fftn(object)) ** 2)
    intensity = np.roll(intensity, [m - n // 2 for m, n in zip(middle, shape, strict=True)], range(len(shape)))
    return np.asarray(rng.poisson(intensity / intensity.max() * photons), np.float32)


def stopped(counts: np.ndarray, about: tuple[int, ...], radius: float, bar: bool = False) -> Measurement:
    """Hide a ball about a voxel, and perhaps the bar that holds the beam stop."""
    squares = sum((x - m) ** 2 for x, m in zip(np.indices(counts.shape), about, strict=True))
    bad = np.asarray(squares < radius**2)
    if bar:
        bad[..., : about[-2], about[-1] - 1 : about[-1] + 2] = True
    return Measurement(torch.from_numpy(np.where(bad, 0, counts)), torch.from_numpy(~bad))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("middle", [(48, 48), (45, 52), (50, 47)])
@pytest.mark.parametrize("stop", [(0, 0), (2, -1)])
@pytest.mark.parametrize("bar", [False, True])
def test_behind_a_beam_stop_it_is_the_centre_of_symmetry(
    seed: int, middle: tuple[int, int], stop: tuple[int, int], bar: bool
) -> None:
    about = (middle[0] + stop[0], middle[1] + stop[1])
    measured = stopped(forward((96, 96), middle, seed), about, 7, bar)
    assert measured.peak() != middle
    found, how = measured.middle()
    assert found == middle
    assert how.startswith(("by symmetry, correlation 0.9", "by symmetry, correlation 1.0"))


def test_in_three_dimensions_too() -> None:
    measured = stopped(forward((32, 36, 40), (15, 19, 20)), (16, 18, 20), 4)
    assert measured.middle()[0] == (15, 19, 20)


def bragg(shape: tuple[int, ...] = (32, 36, 40)) -> np.ndarray:
    """Return counts of a bent crystal, brightest about (17, 16, 21): far from symmetric."""
    at = np.stack(np.meshgrid(*[(np.arange(n) - n // 2) / n for n in shape], indexing="ij"))
    inside = (np.abs(at).max(axis=0) < 0.15) & (at[0] + 0.7 * at[1] < 0.08)
    phase = 9 * np.abs(at[0] + 0.3) ** 1.5 * 8 + 30 * at[1] ** 2 + 20 * at[2] * at[0]
    counts = np.abs(np.fft.fftshift(np.fft.fftn(inside * np.exp(1j * phase)))) ** 2
    return np.asarray(np.random.default_rng(0).poisson(counts / counts.max() * 1e5), np.float32)


def test_the_hidden_peak_of_a_strained_crystal_is_in_the_middle_of_what_is_bright() -> None:
    counts = bragg()
    peak = tuple(int(i) for i in np.unravel_index(counts.argmax(), counts.shape))
    measured = stopped(counts, peak, 3)
    found, how = measured.middle()
    assert "the maximum borders on untrusted voxels" in how
    assert max(abs(a - b) for a, b in zip(found, peak, strict=True)) <= 2


@pytest.mark.parametrize("hidden", [[], [(0, 0, 5)], [(0, 1, 1)]])
def test_a_measured_maximum_is_the_centre(hidden: list[tuple[int, ...]]) -> None:
    counts = bragg()
    peak = tuple(int(i) for i in np.unravel_index(counts.argmax(), counts.shape))
    measured = Measurement(torch.from_numpy(counts), torch.ones(counts.shape, dtype=torch.bool))
    for step in hidden:
        measured.valid[tuple(a + b for a, b in zip(peak, step, strict=True))] = False
    assert measured.middle() == (peak, "maximum")


def test_symmetry_is_the_correlation_of_what_both_sides_have() -> None:
    rng = np.random.default_rng(2)
    photons, valid = rng.poisson(9.0, (12, 14)).astype(float), rng.random((12, 14)) < 0.8
    centres = [(5, 6), (6, 7), (3, 9)]
    wanted = []
    for row, column in centres:
        pairs = [
            (photons[r, c] ** 0.5, photons[2 * row - r, 2 * column - c] ** 0.5)
            for r, c in np.ndindex(12, 14)
            if 0 <= 2 * row - r < 12 and 0 <= 2 * column - c < 14 and valid[r, c] and valid[2 * row - r, 2 * column - c]
        ]
        wanted.append(np.corrcoef(np.transpose(pairs))[0, 1])
    found = friedel.symmetry(torch.from_numpy(photons), torch.from_numpy(valid), torch.tensor(centres))
    np.testing.assert_allclose(found, wanted, rtol=1e-9)


def test_where_nothing_is_bright_there_is_no_other_centre() -> None:
    dark = Measurement(torch.zeros(20, 20), torch.ones(20, 20, dtype=torch.bool))
    dark.valid[8:12, 8:12] = False
    assert dark.middle()[1] == "maximum"
