"""Unitary transforms in phasekit's sign; centring, cropping, smoothing and shifting of arrays of any dimension; boxes
and centres.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

Box = tuple["slice[int, int]", ...]
"""A box of voxels: one slice per axis."""


def axes(ndim: int) -> tuple[int, ...]:
    """Return the last `ndim` axes, negative, so that leading batch axes pass through."""
    return tuple(range(-ndim, 0))


def to_wave(object: Tensor, ndim: int) -> Tensor:
    """Transform with exp(+iQ·r), unitary: (*batch, *space) -> (*batch, *detector), zero frequency first."""
    wave: Tensor = torch.fft.ifftn(object, dim=axes(ndim), norm="ortho")
    return wave


def to_wave_within(part: Tensor, corner: Sequence[int], space: Sequence[int]) -> Tensor:
    """Transform an object that is zero outside a box: `to_wave` of it, at about half the cost for half the box.

    `part` (*batch, *box) is the content of the box whose first voxel is `corner` in an array of shape `space`.
    Each axis is padded just before its transform, so that no line of zeros is transformed.
    """
    ndim = len(space)
    wave = part
    for axis in reversed(range(ndim)):
        after = space[axis] - corner[axis] - part.shape[axis - ndim]
        wave = torch.nn.functional.pad(wave, [0, 0] * (ndim - 1 - axis) + [corner[axis], after])
        wave = torch.fft.ifft(wave, dim=axis - ndim, norm="ortho")
    return wave


def to_object(wave: Tensor, ndim: int) -> Tensor:
    """Transform back with exp(−iQ·r), unitary: the adjoint and inverse of `to_wave`."""
    object: Tensor = torch.fft.fftn(wave, dim=axes(ndim), norm="ortho")
    return object


def centred(array: Tensor, ndim: int) -> Tensor:
    """Move index 0 (zero frequency) to the centre n//2, the convention of files and figures."""
    moved: Tensor = torch.fft.fftshift(array, dim=axes(ndim))
    return moved


BRIGHT = 4.0
"""Highest value over the mean, from which on it is the peak of a pattern."""


def at_corner(index: Sequence[int], shape: Sequence[int]) -> bool:
    """Return whether a voxel is near index 0 of a periodic array: within 2 voxels, or 1/16 of its size."""
    return all(min(at, n - at) <= min(max(2, n // 16), n // 2 - 1) for at, n in zip(index, shape, strict=True))


def uncentred(array: Tensor, ndim: int) -> Tensor:
    """Move the centre n//2 to index 0; the inverse of `centred`, odd lengths included."""
    moved: Tensor = torch.fft.ifftshift(array, dim=axes(ndim))
    return moved


def fast_length(length: int) -> int:
    """Return the smallest even number ≥ `length` with no prime factor above 7."""
    while length % 2 or _largest_factor(length) > 7:
        length += 1
    return length


def _largest_factor(number: int) -> int:
    for prime in (2, 3, 5, 7):
        while number % prime == 0:
            number //= prime
    return max(number, 1)


def half_box(space: Sequence[int]) -> Box:
    """Return the central half of an array along each axis: the region of an object at oversampling 2."""
    halves = [max(n // 2, 1) for n in space]
    return tuple(slice(n // 2 - h // 2, n // 2 - h // 2 + h) for n, h in zip(space, halves, strict=True))


def inside(box: Box) -> tuple[Any, ...]:
    """Return the index that selects (*batch, *box) from (*batch, *space)."""
    return (..., *box)


def placed(part: Tensor, corner: Sequence[int], space: Sequence[int]) -> Tensor:
    """Put (*batch, *box) into zeros (*batch, *space); the box's first voxel is `corner`. Differentiable."""
    edges: list[int] = []
    for n, first, length in zip(space, corner, part.shape[-len(space) :], strict=True):
        edges = [first, n - first - length, *edges]
    return torch.nn.functional.pad(part, edges)


def along(line: Tensor, axis: int, ndim: int) -> Tensor:
    """Reshape (n,) to lie along `axis` of arrays with `ndim` axes."""
    return line.reshape([-1 if other == axis else 1 for other in range(ndim)])


def bounding_box(support: Tensor) -> Box:
    """Return the smallest box (*space slices) that contains all True voxels of `support` (*space)."""
    box: list[slice[int, int]] = []
    rest = support.view(torch.uint8)  # torch reduces bytes many times faster than bool
    for n in support.shape:
        line = (rest.flatten(1).amax(dim=1) if rest.ndim > 1 else rest).nonzero().flatten()
        box.append(slice(int(line[0]), int(line[-1]) + 1) if len(line) else slice(0, n))
        rest = rest.amax(dim=0)
    return tuple(box)


def centre_of_mass(weight: Tensor) -> Tensor:
    """Return the fractional index (ndim,) float64 of the centre of mass of `weight` (*space) ≥ 0, 2-D or 3-D.

    It is the middle n//2 if all weights are 0.
    """
    weight = weight.double()
    lines = [weight.sum(dim=[other for other in range(weight.ndim) if other != axis]) for axis in range(weight.ndim)]
    moments = torch.stack([(line * torch.arange(len(line), device=line.device)).sum() for line in lines])
    middle = torch.tensor([n // 2 for n in weight.shape], dtype=weight.dtype, device=weight.device)
    total = weight.sum()
    return torch.where(total > 0, moments / total, middle)


def frequencies(shape: Sequence[int], like: Tensor) -> list[Tensor]:
    """Return per axis the frequencies in cycles per voxel, shaped to broadcast over `shape`, zero first."""
    real = like.real.dtype if like.is_complex() else like.dtype
    lines = [torch.fft.fftfreq(n, dtype=real, device=like.device) for n in shape]
    return [along(line, axis, len(shape)) for axis, line in enumerate(lines)]


def smooth(array: Tensor, sigma: float, ndim: int) -> Tensor:
    """Convolve real (*batch, *space) with a periodic Gaussian of `sigma` voxels; its sum is kept."""
    if sigma <= 0:
        return array
    spectrum = torch.fft.rfftn(array, dim=axes(ndim))
    for axis, freq in zip(axes(ndim), frequencies(array.shape[-ndim:], array), strict=True):
        if axis == -1:
            freq = freq[..., : spectrum.shape[-1]]
        spectrum *= torch.exp(-2 * (math.pi * sigma * freq) ** 2)
    smoothed: Tensor = torch.fft.irfftn(spectrum, s=array.shape[-ndim:], dim=axes(ndim))
    return smoothed


def gaussian(length: int, sigma: float) -> Tensor:
    """Return the kernel of `smooth` along an axis, (length,) float64, its middle first."""
    frequency = torch.fft.fftfreq(length, dtype=torch.float64)
    kernel: Tensor = torch.fft.ifft(torch.exp(-2 * (math.pi * sigma * frequency) ** 2)).real
    return kernel


def smooth_within(part: Tensor, box: Box, kernels: Sequence[Tensor], shown: Box) -> Tensor:
    """Return `smooth` of a real array that is zero outside `box`, in the box `shown`: the content (*box) -> (*shown).

    `kernels` (length of the array,) are those of the axes. Each axis is one product of matrices, without rounding to
    fast lengths or edges.
    """
    for axis, (kernel, old, new) in enumerate(zip(kernels, box, shown, strict=True)):
        place = torch.arange(new.start, new.stop)[:, None] - torch.arange(old.start, old.stop)
        matrix = kernel[place % len(kernel)].to(part.device, part.dtype)
        part = torch.tensordot(matrix, part, dims=([1], [axis])).movedim(0, axis)
    return part


def shift(object: Tensor, by: Sequence[float], ndim: int) -> Tensor:
    """Move (*batch, *space) by `by` voxels per axis, periodic; fractions by the Fourier theorem."""
    whole = [round(b) for b in by]
    moved = torch.roll(object, whole, dims=axes(ndim))
    rest = [b - w for b, w in zip(by, whole, strict=True)]
    if max(abs(r) for r in rest) < 1e-4:
        return moved
    spectrum = torch.fft.fftn(moved, dim=axes(ndim))
    for freq, r in zip(frequencies(object.shape[-ndim:], object), rest, strict=True):
        spectrum *= torch.exp(-2j * math.pi * freq * r)
    shifted: Tensor = torch.fft.ifftn(spectrum, dim=axes(ndim))
    return shifted
