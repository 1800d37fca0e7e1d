"""Picture: a painted figure as a page holds it."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from phasekit.report.figures.drawing import Drawing
from phasekit.report.figures.ink import DARK, LIGHT

SHOWN = 0.8
"""Page pixels per pixel of a figure: the rest is for sharp screens."""


@dataclass(frozen=True)
class Picture:
    """Addresses of the image in light and in dark ink, which hold the image itself, and how wide it is shown."""

    light: str
    dark: str
    width: int | None = None
    """Page pixels; None where the page may choose."""

    @classmethod
    def of(cls, drawing: Drawing) -> Picture:
        """Paint a drawing in both inks."""
        light, dark = drawing.webp(LIGHT), drawing.webp(DARK)
        pixels = 1 + (int.from_bytes(light[21:23], "little") & 0x3FFF)  # where WebP has its width
        return cls(address(light), address(dark), round(SHOWN * pixels))


def address(image: bytes) -> str:
    """Return the bytes of a WebP file as an address that holds the image itself."""
    return "data:image/webp;base64," + b64encode(image).decode()
