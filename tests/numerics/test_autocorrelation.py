"""The oversampling of a pattern follows from its autocorrelation."""

from __future__ import annotations

import pytest
import torch

from phasekit.numerics.autocorrelation import oversampling


@pytest.mark.parametrize("widths", [(8, 16), (5, 4, 10)])
def test_a_box_is_as_wide_as_it_is(widths: tuple[int, ...]) -> None:
    """Array size over width, per axis; a uniform box falls to 1 % within a few voxels of its width."""
    shape = tuple(40 + 2 * axis for axis in range(len(widths)))
    box = torch.zeros(shape, dtype=torch.complex128)
    box[tuple(slice(3, 3 + width) for width in widths)] = 1000
    ratios = oversampling(torch.fft.fftn(box, norm="ortho").abs().square())
    assert ratios == pytest.approx([n / width for n, width in zip(shape, widths, strict=True)], rel=0.15)


def test_what_was_guessed_raises_the_level() -> None:
    """The object then seems smaller, never larger."""
    pattern = torch.rand(24, 24, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert all(a >= b for a, b in zip(oversampling(pattern, 0.04), oversampling(pattern), strict=True))
