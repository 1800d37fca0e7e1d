"""A result in an array whose axes are not at right angles."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from phasekit import Geometry, Problem, Result, fourier

BASIS = 1e-9 * torch.tensor([[0.0, 0.0, 20.0], [0.0, 8.0, 3.0], [9.0, 0.0, 0.0]], dtype=torch.float64)


class Skew(Geometry):
    """One Fourier transform whose array axes are not at right angles."""

    name: Literal["skew"] = "skew"
    energy_kev: float = 9.0
    distance_m: float = 0.5

    def forward(self, object: Tensor) -> Tensor:
        return fourier.to_wave(object, self.ndim)

    def adjoint(self, wave: Tensor) -> Tensor:
        return fourier.to_object(wave, self.ndim)

    def basis(self, space: tuple[int, ...]) -> Tensor:
        return BASIS[: len(space)]


def make_result(shape: tuple[int, ...] = (12, 10, 8), seeds: int = 3) -> Result:
    rng = torch.Generator().manual_seed(1)
    object = torch.zeros((seeds, *shape), dtype=torch.complex64)
    inner = (slice(None), *fourier.half_box(shape))
    object[inner] = torch.randn(object[inner].shape, generator=rng, dtype=torch.complex64)
    intensity = fourier.to_wave(object[0], len(shape)).abs().square()
    return Result(
        problem=Problem.measured(intensity, Skew(), notes=("a note",)),
        object=object,
        support=object != 0,
        seeds=tuple(range(5, 5 + seeds)),
        final={"chi2": torch.arange(seeds, dtype=torch.float64), "a/b": torch.ones(seeds)},
        rank="chi2",
        mean=object[:2].mean(dim=0),
        agreeing=(5, 6),
        agreement=torch.linspace(1, 0.5, seeds, dtype=torch.float64),
        failed=(5 + seeds - 1,),
    )
