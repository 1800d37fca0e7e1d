"""Laws that every generator of objects keeps."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from phasekit.core.generator import Generator
from phasekit.core.geometry import Geometry
from phasekit.core.grid import laboratory_grid
from phasekit.numerics import fourier
from phasekit.testing.verdict import require

SHAPES = ((12, 10, 8), (9, 11), (18, 21, 24), (24, 19))
"""Small ones, where a sample may be a single voxel, and ones with room for a shape; oblong and odd."""

COUNT = 3


def complex_samples_on_the_grid(generator: Generator, device: str) -> None:
    """`sample` returns (count, *space) complex and finite, on the grid's device."""
    for grid, samples in _samples(generator, device):
        wanted = (COUNT, *grid.shape[:-1])
        kept = tuple(samples.shape) == wanted and samples.is_complex() and samples.device == grid.device
        got = f"{tuple(samples.shape)} {samples.dtype} on {samples.device}"
        require(kept, f"the samples are {got}; {wanted} complex on {grid.device} is needed")
        require(bool(torch.isfinite(samples).all()), f"a sample of shape {wanted[1:]} is not finite everywhere")


def same_seed_same_sample(generator: Generator, device: str) -> None:
    """The same seed gives the same samples, another seed others."""
    pairs = zip(_samples(generator, device), _samples(generator, device), strict=True)
    for (_, one), (_, again) in pairs:
        require(bool(torch.equal(one, again)), "the same seed gave another sample")
    # A few voxels hold no detail: on one small array two seeds may agree, on all of them they do not.
    others = zip(_samples(generator, device), _samples(generator, device, seed=1), strict=True)
    differs = any(not torch.equal(one, other) for (_, one), (_, other) in others)
    require(differs, "another seed gave the same samples; draw from the generator given")


def global_generator_untouched(generator: Generator, device: str) -> None:
    """Drawing takes nothing from torch's global generator and does not read it."""
    before = torch.random.get_rng_state()
    first = [samples for _, samples in _samples(generator, device)]
    try:
        kept = bool(torch.equal(before, torch.random.get_rng_state()))
        require(kept, "sampling moved torch's global generator; draw from the generator given")
        torch.manual_seed(int(before[0]) + 1)
        for one, (_, again) in zip(first, _samples(generator, device), strict=True):
            require(bool(torch.equal(one, again)), "the sample depends on torch's global generator")
    finally:
        torch.random.set_rng_state(before)


def modulus_is_at_most_one(generator: Generator, device: str) -> None:
    """The largest modulus of every sample is 1."""
    for grid, samples in _samples(generator, device):
        for largest in samples.abs().flatten(1).amax(dim=1).tolist():
            off = abs(largest - 1)
            require(
                off < 1e-4,
                f"the largest modulus is {largest:.6g} at shape {tuple(grid.shape[:-1])}; 1 is needed",
            )


def zero_outside_half_the_array(generator: Generator, device: str) -> None:
    """A sample is exactly zero outside the central half of the array along each of its axes."""
    for grid, samples in _samples(generator, device):
        outside = torch.ones(grid.shape[:-1], dtype=torch.bool, device=grid.device)
        outside[fourier.half_box(grid.shape[:-1])] = False
        count = int((samples[:, outside] != 0).sum())
        space = tuple(grid.shape[:-1])
        require(count == 0, f"{count} voxels outside the central half of {space} are not zero")


def _samples(generator: Generator, device: str, seed: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield (grid, samples) for arrays of several shapes."""
    for space in SHAPES:
        grid = laboratory_grid(Geometry.resolve("far-field").for_data(len(space)), space).to(device)
        yield grid, generator.sample(grid, COUNT, torch.Generator().manual_seed(seed))


LAWS = (
    complex_samples_on_the_grid,
    same_seed_same_sample,
    global_generator_untouched,
    modulus_is_at_most_one,
    zero_outside_half_the_array,
)
CHEAP = (complex_samples_on_the_grid, modulus_is_at_most_one, zero_outside_half_the_array)
