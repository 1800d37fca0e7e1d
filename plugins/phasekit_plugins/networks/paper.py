"""The paper's network."""

from __future__ import annotations

import math
from typing import Annotated, Literal, cast

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, max_pool3d

from phasekit import Network

from .layers import Convolution, Norm, cut_or_padded, resized
from .object_head import OUTPUT, SPAN, Output, as_object

Channels = Annotated[int, Field(ge=1, le=4096)]


class Paper(Network):
    """An encoder of the measured amplitudes and two decoders, for amplitude and phase, as in the paper.

    Each level is 3×3×3 convolution, leaky ReLU, norm, then 3×1×1, 1×3×1, 1×1×3 convolutions, leaky ReLU, norm;
    max-pooling down, interpolation up; the output has half the data's size. Data of any size are padded until
    the depth divides them, and the object is cut to its box. The paper does not give its numbers of channels, and
    its last layer is a ReLU, which can lose the whole phase: `output` is softplus here, but may be set to relu.
    Source: Wu et al., npj Comput. Mater. 7, 175 (2021), Methods.
    """

    name: Literal["paper"] = "paper"
    channels: tuple[Channels, ...] = Field(
        (32, 64, 128, 256), min_length=2, max_length=8, description="Channels of each level, the finest first."
    )
    upsample: Literal["nearest", "linear"] = Field("nearest", description="Interpolation to the next level.")
    output: Output = Field("softplus", description=OUTPUT)
    span: float | None = Field(math.pi, gt=0, le=100, description=SPAN)

    def build(self, detector: tuple[int, ...], box: tuple[int, ...]) -> nn.Module:
        """Return the module; see `Network`."""
        return _Paper(self, detector, box)

    def input_shape(self, detector: tuple[int, ...], box: tuple[int, ...]) -> tuple[int, ...]:
        """Return (1, *detector)."""
        return (1, *detector)

    def refusal(self, detector: tuple[int, ...], box: tuple[int, ...]) -> str | None:
        """Refuse data that the deepest level would reduce to fewer than two voxels."""
        fits = max(min(detector).bit_length() - 1, 0)
        if len(self.channels) <= fits:
            return None
        return (
            f"the network has {len(self.channels)} levels, but the data, {' × '.join(map(str, detector))}, are too "
            f"small for that; {f'give channels for at most {fits}' if fits > 1 else 'use another network'}"
        )


class _Block(nn.Sequential):
    """3×3×3, then one convolution along each axis."""

    def __init__(self, channels: int, out: int, ndim: int) -> None:
        along = [tuple(3 if axis == own else 1 for axis in range(ndim)) for own in range(ndim)]
        super().__init__(
            Convolution(channels, out, (3,) * ndim),
            nn.LeakyReLU(0.01),
            Norm(out),
            *(Convolution(out, out, kernel) for kernel in along),
            nn.LeakyReLU(0.01),
            Norm(out),
        )


class _Paper(nn.Module):
    def __init__(self, options: Paper, detector: tuple[int, ...], box: tuple[int, ...]) -> None:
        super().__init__()
        self.options, self.box = options, box
        ndim, unit = len(detector), 2 ** (len(options.channels) - 1)
        self.padded = tuple(-(-n // unit) * unit for n in detector)
        widths = options.channels
        self.down = nn.ModuleList(
            _Block(before, width, ndim) for before, width in zip((1, *widths), widths, strict=False)
        )
        upwards = list(zip(widths[:1:-1], widths[-2:0:-1], strict=True))
        self.up = nn.ModuleList(
            nn.ModuleList(_Block(before, width, ndim) for before, width in upwards) for _ in range(2)
        )
        self.last = nn.ModuleList(Convolution(widths[1], 1, (3,) * ndim) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        pool = max_pool3d if len(self.box) == 3 else max_pool2d
        x = cut_or_padded(x, self.padded)
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else pool(x, 2))
        channels = []
        for blocks, last in zip(self.up, self.last, strict=True):
            y = x
            for block in cast(nn.ModuleList, blocks):
                y = block(resized(y, tuple(2 * n for n in y.shape[2:]), self.options.upsample))
            channels.append(last(y))
        return cut_or_padded(as_object(torch.cat(channels, dim=1), self.options.output, self.options.span), self.box)
