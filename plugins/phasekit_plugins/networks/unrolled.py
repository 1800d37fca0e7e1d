"""The unrolled network: learned steps between projections onto the data."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from phasekit import Network, fourier

from .layers import Convolution, cut_or_padded, folded, resized, unfolded

Channels = Annotated[int, Field(ge=1, le=1024)]


class Unrolled(Network):
    """A first answer from the autocorrelation, then refinements that see the change by a modulus projection.

    The transform between object and data is built in, not learned: each refinement gets the current object
    and the step of error reduction, and gives a better object. Convolutions work on a grid of half the box's
    resolution, with eight voxels (in 2-D four) as channels, and on one of a quarter. The phase may have any span.
    Source: after Adler and Öktem, IEEE Trans. Med. Imaging 37, 1322 (2018), learned primal-dual.
    """

    name: Literal["unrolled"] = "unrolled"
    stages: int = Field(3, ge=0, le=6, description="Refinements after the first answer, each with its own weights.")
    channels: Channels = Field(48, description="Channels at half the resolution of the box.")
    deep_channels: Channels = Field(64, description="Channels at a quarter of it.")
    blocks: int = Field(1, ge=1, le=3, description="Residual blocks before, on and after the quarter resolution.")

    def build(self, detector: tuple[int, ...], box: tuple[int, ...]) -> nn.Module:
        """Return the module; see `Network`."""
        return _Unrolled(self, detector, box)

    def input_shape(self, detector: tuple[int, ...], box: tuple[int, ...]) -> tuple[int, ...]:
        """Return (1, *detector)."""
        return (1, *detector)


class _Residual(nn.Module):
    """x + convolution of ReLU of normed convolution of x."""

    def __init__(self, channels: int, ndim: int) -> None:
        super().__init__()
        self.first = Convolution(channels, channels, (3,) * ndim)
        self.norm = _norm(channels)
        self.second = Convolution(channels, channels, (3,) * ndim)
        with torch.no_grad():
            self.second.weight.mul_(0.3)

    def forward(self, x: Tensor) -> Tensor:
        changed: Tensor = self.second(functional.relu(self.norm(self.first(x))))
        return x + changed


def _norm(channels: int) -> nn.Module:
    """Normalise groups of 16 channels over space, each member of a batch separately."""
    return nn.GroupNorm(channels // 16 if channels % 16 == 0 else 1, channels)


class _Stage(nn.Module):
    """Channels on the box's grid in, two real channels (an object) out, and a memory for the next stage."""

    def __init__(self, options: Unrolled, inputs: int, ndim: int, gain: float) -> None:
        super().__init__()
        wide, deep, kernel = options.channels, options.deep_channels, (3,) * ndim
        self.entry = Convolution(2**ndim * inputs, wide, kernel)
        self.entry_norm = _norm(wide)
        self.before = nn.ModuleList(_Residual(wide, ndim) for _ in range(options.blocks))
        self.down = Convolution(2**ndim * wide, deep, (1,) * ndim)
        self.middle = nn.ModuleList(_Residual(deep, ndim) for _ in range(options.blocks))
        self.up = Convolution(deep, wide, (1,) * ndim)
        self.after = nn.ModuleList(_Residual(wide, ndim) for _ in range(options.blocks))
        self.exit_norm = _norm(wide)
        self.exit = Convolution(wide, 2**ndim * 2, kernel)
        with torch.no_grad():
            self.exit.weight.mul_(gain)

    def forward(self, x: Tensor, memory: Tensor | None) -> tuple[Tensor, Tensor]:
        x = self.entry_norm(self.entry(folded(x)))
        if memory is not None:
            x = x + memory
        for block in self.before:
            x = block(x)
        y = self.down(folded(functional.relu(x)))
        for block in self.middle:
            y = block(y)
        x = x + resized(self.up(functional.relu(y)), tuple(x.shape[2:]), "nearest")
        for block in self.after:
            x = block(x)
        return unfolded(self.exit(functional.relu(self.exit_norm(x)))), x


class _Unrolled(nn.Module):
    def __init__(self, options: Unrolled, detector: tuple[int, ...], box: tuple[int, ...]) -> None:
        super().__init__()
        self.detector, self.box = detector, box
        ndim = len(detector)
        # Folded twice, so the sides of the working grid are multiples of four voxels.
        self.grid = tuple(4 * -(-n // 4) for n in box)
        self.corner = [n // 2 - inside // 2 for n, inside in zip(detector, box, strict=True)]
        self.first = _Stage(options, 2 + 2 * 2**ndim, ndim, gain=0.3)
        self.refinements = nn.ModuleList(_Stage(options, 4, ndim, gain=0.1) for _ in range(options.stages))

    def forward(self, x: Tensor) -> Tensor:
        ndim = len(self.detector)
        amplitude = _normalised(fourier.uncentred(x[:, 0], ndim), ndim)
        correlation = self._autocorrelation(amplitude)
        near = cut_or_padded(correlation, self.grid)
        far = folded(cut_or_padded(correlation, tuple(2 * n for n in self.grid)))
        object, memory = self.first(torch.cat([near, far], dim=1), None)
        object = object.to(x.dtype)
        for refinement in self.refinements:
            change = self._projected(object, amplitude) - object
            better, memory = refinement(torch.cat([object, change], dim=1), memory)
            object = object + better.to(x.dtype)
        return cut_or_padded(torch.complex(object[:, 0].contiguous(), object[:, 1].contiguous()), self.box)

    def compile(self, *args: Any, **options: Any) -> None:
        """Compile the stages, see `torch.nn.Module.compile`; the complex transforms between them would not gain."""
        for stage in (self.first, *self.refinements):
            stage.compile(*args, **options)

    def _autocorrelation(self, amplitude: Tensor) -> Tensor:
        """Return (n, 2, *detector) real, centred, 1 at the centre."""
        ndim = len(self.detector)
        found = fourier.centred(fourier.to_object(amplitude.square().to(_complex(amplitude)), ndim), ndim)
        parts = torch.stack([found.real, found.imag], dim=1)
        highest = parts[:, :1].amax(dim=fourier.axes(ndim), keepdim=True)
        return parts / highest.clamp(min=torch.finfo(parts.dtype).tiny)

    def _projected(self, object: Tensor, amplitude: Tensor) -> Tensor:
        """Return the modulus projection of an object (n, 2, *grid), inside the grid."""
        ndim = len(self.detector)
        inside = cut_or_padded(torch.complex(object[:, 0].contiguous(), object[:, 1].contiguous()), self.box)
        wave = fourier.to_wave_within(inside, self.corner, self.detector)
        # The small number keeps the slope finite where the prediction is 0.
        fitted = wave * (amplitude / (wave.abs() + 1e-6))
        back = cut_or_padded(fourier.to_object(fitted, ndim), self.grid)
        return torch.stack([back.real, back.imag], dim=1)


def _complex(like: Tensor) -> torch.dtype:
    return torch.complex128 if like.dtype == torch.float64 else torch.complex64


def _normalised(amplitude: Tensor, ndim: int) -> Tensor:
    """Scale (n, *detector) so that an even object with a flat phase would have the modulus 1."""
    axes = fourier.axes(ndim)
    energy = amplitude.square().sum(dim=axes, keepdim=True)
    highest = amplitude.amax(dim=axes, keepdim=True)
    modulus = energy / (highest * math.sqrt(math.prod(amplitude.shape[-ndim:]))).clamp(min=1e-30)
    return amplitude / modulus.clamp(min=1e-30)
