"""The layers of the networks, for 2-D and 3-D."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

LINEAR = {2: "bilinear", 3: "trilinear"}
FEW = 16
"""Batch size below which a GPU convolves with the channels innermost, in single precision too."""


class Convolution(nn.Module):
    """A convolution that keeps the size, with torch's own initialisation.

    In 3-D a CPU is slow for a batch of one; the same sum as a 2-D convolution over the depth slices, with
    their neighbours stacked as channels, is faster (benchmarks/deep_prior_speed.py).
    """

    def __init__(self, channels: int, out: int, kernel: tuple[int, ...], *, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out, channels, *kernel))
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        bound = 1 / math.sqrt(channels * math.prod(kernel))
        self.bias = nn.Parameter(torch.empty(out).uniform_(-bound, bound)) if bias else None
        self.padding = tuple(length // 2 for length in kernel)

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, *sizes) to (batch, out, *sizes)."""
        if x.ndim == 4:
            return functional.conv2d(x, self.weight, self.bias, padding=self.padding)
        if x.shape[0] == 1 and x.device.type == "cpu":
            return self._by_slices(x[0])
        if x.device.type == "cuda" and channels_last(x):
            x = x.contiguous(memory_format=torch.channels_last_3d)
        return functional.conv3d(x, self.weight, self.bias, padding=self.padding)

    def _by_slices(self, x: Tensor) -> Tensor:
        """Convolve (channels, depth, height, width) slice by slice: (1, out, depth, height, width)."""
        depth, taps = x.shape[1], self.weight.shape[2]
        weight = self.weight.transpose(1, 2).flatten(1, 2)
        if taps == 1:
            slices = x.transpose(0, 1)
        else:
            padded = functional.pad(x, (0, 0, 0, 0, taps // 2, taps // 2))
            slices = torch.cat([padded[:, tap : tap + depth] for tap in range(taps)]).transpose(0, 1)
        return functional.conv2d(slices, weight, self.bias, padding=self.padding[1:]).transpose(0, 1)[None]


def channels_last(x: Tensor) -> bool:
    """Return whether a GPU convolves with the channels innermost; benchmarks/network_speed.py measures both ways."""
    return x.shape[0] < FEW or torch.is_autocast_enabled("cuda")


class Norm(nn.Module):
    """Normalise each channel over space, each member of a batch separately: batch norm, for a batch of one."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, *sizes) to the same shape."""
        return functional.instance_norm(x, weight=self.weight, bias=self.bias)


def resized(x: Tensor, sizes: tuple[int, ...], method: str) -> Tensor:
    """Resize (batch, channels, *old) to (batch, channels, *sizes), by "nearest" or "linear" interpolation."""
    if tuple(x.shape[2:]) == sizes:
        return x
    if method == "nearest":
        return functional.interpolate(x, size=sizes, mode="nearest")
    return functional.interpolate(x, size=sizes, mode=LINEAR[len(sizes)], align_corners=False)


def cut_or_padded(x: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """Cut (*batch, *old) to (*batch, *sizes) about the centre n//2, or pad with zeros if it is smaller."""
    edges: list[int] = []
    for old, new in zip(x.shape[-len(sizes) :], sizes, strict=True):
        first = new // 2 - old // 2
        edges = [first, new - old - first, *edges]
    return functional.pad(x, edges)


def folded(x: Tensor) -> Tensor:
    """Halve the even sizes of (batch, channels, *sizes): the voxels of each cell become channels."""
    ndim = x.ndim - 2
    cells = [part for n in x.shape[2:] for part in (n // 2, 2)]
    order = [0, 1, *(3 + 2 * axis for axis in range(ndim)), *(2 + 2 * axis for axis in range(ndim))]
    return x.reshape(x.shape[0], x.shape[1], *cells).permute(order).flatten(1, 1 + ndim)


def unfolded(x: Tensor) -> Tensor:
    """Undo `folded`: (batch, 2^ndim · channels, *sizes) becomes (batch, channels, *twice the sizes)."""
    ndim = x.ndim - 2
    split = x.reshape(x.shape[0], -1, *[2] * ndim, *x.shape[2:])
    order = [0, 1, *(part for axis in range(ndim) for part in (2 + ndim + axis, 2 + axis))]
    whole: Tensor = split.permute(order).reshape(x.shape[0], -1, *(2 * n for n in x.shape[2:]))
    return whole
