"""The decoder: noise in, object out."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from phasekit import Network

from .layers import Convolution, Norm, resized
from .object_head import OUTPUT, SPAN, Output, as_object

Channels = Annotated[int, Field(ge=1, le=1024)]


class Decoder(Network):
    """A noise code, convolved and doubled in size level by level: smooth, connected objects come first.

    The amplitude goes through a sigmoid by default. It saturates, so a uniform density comes before a mixture of
    object and twin; see docs/deep-prior.md for the effect of that choice.

    Far smaller than the paper's network, and it never sees the data. Source: after Lempitsky, Vedaldi and
    Ulyanov, CVPR 2018, p. 9446, and Heckel and Hand, arXiv:1810.03982.
    """

    name: Literal["decoder"] = "decoder"
    channels: tuple[Channels, ...] = Field(
        (32, 16, 16),
        min_length=1,
        max_length=8,
        description="Channels of each level, the coarsest first; each level has half the size of the next.",
    )
    upsample: Literal["nearest", "linear"] = Field("nearest", description="Interpolation to the next level.")
    norm: Literal["instance", "none"] = Field("instance", description="Normalisation after each convolution.")
    output: Output = Field("sigmoid", description=OUTPUT)
    span: float | None = Field(None, gt=0, le=100, description=SPAN)

    reads: ClassVar[Literal["amplitude", "noise"]] = "noise"

    def build(self, detector: tuple[int, ...], box: tuple[int, ...]) -> nn.Module:
        """Return the module; see `Network`."""
        return _Decoder(self, box)

    def input_shape(self, detector: tuple[int, ...], box: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the code, which has the size of the coarsest level."""
        return (self.channels[0], *_sizes(box, len(self.channels))[0])

    def refusal(self, detector: tuple[int, ...], box: tuple[int, ...]) -> str | None:
        """Refuse a box that the coarsest level would reduce to a single voxel."""
        fits = (max(box) - 1).bit_length()
        if len(self.channels) <= fits:
            return None
        advice = f"give channels for at most {fits} levels" if fits else "use a larger support"
        return (
            f"the decoder has {len(self.channels)} levels, each half the size of the next, but the box of the object "
            f"is {' × '.join(map(str, box))}; {advice}"
        )


def _sizes(box: tuple[int, ...], levels: int) -> list[tuple[int, ...]]:
    """Return the sizes of the levels, the last that of the box, each about half the next."""
    sizes = [box]
    for _ in range(levels - 1):
        sizes.insert(0, tuple(-(-n // 2) for n in sizes[0]))
    return sizes


class _Decoder(nn.Module):
    def __init__(self, options: Decoder, box: tuple[int, ...]) -> None:
        super().__init__()
        self.options = options
        self.sizes = _sizes(box, len(options.channels))
        kernel = (3,) * len(box)
        plain = options.norm == "none"
        before = (options.channels[0], *options.channels)
        self.levels = nn.ModuleList(
            Convolution(inside, outside, kernel, bias=plain)
            for inside, outside in zip(before, options.channels, strict=False)
        )
        self.norms = nn.ModuleList(nn.Identity() if plain else Norm(channels) for channels in options.channels)
        self.head = Convolution(options.channels[-1], 2, kernel)

    def forward(self, x: Tensor) -> Tensor:
        for sizes, level, norm in zip(self.sizes, self.levels, self.norms, strict=True):
            x = leaky_relu(norm(level(resized(x, sizes, self.options.upsample))), 0.1)
        channels: Tensor = self.head(x)
        return as_object(channels, self.options.output, self.options.span)
