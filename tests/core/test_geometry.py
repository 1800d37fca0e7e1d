"""What a geometry does not say itself follows from its `forward` and its basis."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import torch
from torch import Tensor

from phasekit import Geometry, InputError, fourier


class Plain(Geometry):
    """A geometry that defines what it must, and no more."""

    name: Literal["plain"] = "plain"

    def forward(self, object: Tensor) -> Tensor:
        """Transform."""
        return fourier.to_wave(object, self.ndim)

    def adjoint(self, wave: Tensor) -> Tensor:
        """Transform back."""
        return fourier.to_object(wave, self.ndim)

    def basis(self, space: tuple[int, ...]) -> Tensor:
        """Return unit steps."""
        return torch.eye(3, dtype=torch.float64)[: len(space)]


@pytest.mark.parametrize("corner", [(0, 0, 0), (1, 4, 2), (3, 5, 2)])
def test_the_wave_of_a_part_is_that_of_the_object_with_zeros_around_it(corner: tuple[int, int, int]) -> None:
    part = torch.randn(2, 3, 2, 4, dtype=torch.complex128, generator=torch.Generator().manual_seed(0))
    whole = np.zeros((2, 6, 7, 6), dtype=complex)
    inside = tuple(slice(first, first + n) for first, n in zip(corner, (3, 2, 4), strict=True))
    whole[(slice(None), *inside)] = part.numpy()
    expected = np.fft.ifftn(whole, axes=(1, 2, 3), norm="ortho")
    np.testing.assert_allclose(Plain().forward_within(part, corner, (6, 7, 6)).numpy(), expected, atol=1e-12)


def test_a_geometry_takes_the_dimensions_of_the_data_and_stays_what_it_is() -> None:
    whole = Plain()
    flat = whole.for_data(2)
    assert (whole.ndim, flat.ndim) == (3, 2)
    assert flat.for_data(2) is flat
    assert flat.for_data(3) == whole


def test_binned_data_are_refused_by_a_geometry_that_does_not_say_what_they_mean() -> None:
    geometry = Plain()
    assert geometry.windowed((4.0, 4.0, 4.0), (1, 1, 1)) is geometry
    with pytest.raises(InputError, match="'plain' does not support binned data; remove the step bin"):
        geometry.windowed((4.0, 4.0, 4.0), (1, 2, 2))


def test_strain_is_told_against_where_phase_means_displacement() -> None:
    class Displaced(Plain):
        """A geometry whose phase means displacement."""

        def transfer(self) -> Tensor:
            """Return q."""
            return torch.tensor([0.0, 0.0, 1e10], dtype=torch.float64)

    displaced = Displaced().reference()
    assert displaced is not None
    assert displaced.tolist() == [0.0, 0.0, 1e10]
    assert Plain().reference() is None


def test_the_laboratory_is_a_frame_of_every_geometry() -> None:
    for name in ("far-field", "plain"):
        geometry = Plain() if name == "plain" else Geometry.resolve(name)
        torch.testing.assert_close(geometry.frames()["laboratory"], torch.eye(3, dtype=torch.float64))
