"""Picture: a painted figure embedded in a page."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from phasekit.report.figures.drawing import Drawing
from phasekit.report.figures.ink import DARK, LIGHT

SHOWN = 0.8
"""Page pixels per pixel of a figure; less than 1 for high-resolution screens."""


@dataclass(frozen=True)
class Picture:
    """Data URLs of the image in light and dark colours, and its width."""

    light: str
    dark: str
    width: int | None = None
    """Page pixels; None if the page may choose."""

    @classmethod
    def of(cls, drawing: Drawing) -> Picture:
        """Paint a drawing in light and dark colours."""
        light, dark = drawing.webp(LIGHT), drawing.webp(DARK)
        pixels = 1 + (int.from_bytes(light[21:23], "little") & 0x3FFF)  # where WebP has its width
        return cls(address(light), address(dark), round(SHOWN * pixels))


def address(image: bytes) -> str:
    """Return the bytes of a WebP file as a data URL."""
    return "data:image/webp;base64," + b64encode(image).decode()
