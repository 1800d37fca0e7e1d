"""Drawing: a figure that can be painted in light or dark colours, for a page or as a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from phasekit.report.figures.ink import LIGHT, Ink
from phasekit.runtime.storage import appearing

PAD = 0.05
"""Inches around a figure."""

LOSSLESS = {"lossless": True, "quality": 60, "method": 2}
"""Effort of the compression; more takes seconds and saves few bytes."""


@dataclass(frozen=True)
class Drawing:
    """The name of a figure, and how it is painted."""

    name: str
    paint: Callable[[Ink], Figure]

    @cached_property
    def _light(self) -> tuple[Figure, Bbox]:
        """Return the figure in light colours, laid out, and the box around all that is drawn, inches."""
        figure = self.paint(LIGHT)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        return figure, figure.get_tightbbox().padded(PAD)

    def _painted(self, ink: Ink) -> tuple[Figure, Bbox]:
        """Return the figure in other colours, its axes placed as in light ones: a layout costs more than a drawing."""
        laid, box = self._light
        if ink is LIGHT:
            return laid, box
        figure = self.paint(ink)
        figure.set_layout_engine("none")
        for own, placed in zip(figure.axes, laid.axes, strict=True):
            for which in ("original", "active"):
                own.set_position(placed.get_position(original=which == "original"), which=which)
        return figure, box

    def webp(self, ink: Ink, dots_per_inch: int = 130) -> bytes:
        """Return the figure as lossless WebP with a transparent background, half the size of PNG."""
        stream = BytesIO()
        figure, box = self._painted(ink)
        figure.savefig(stream, format="webp", dpi=dots_per_inch, pil_kwargs=LOSSLESS, bbox_inches=box)
        return stream.getvalue()

    def save(self, folder: Path) -> Path:
        """Write the figure as `<name>.png` with a white background, for other documents; return its path.

        The folder must exist.
        """
        path = folder / f"{self.name}.png"
        figure, box = self._light
        with appearing(path) as part:
            figure.savefig(part, format="png", dpi=200, facecolor="white", bbox_inches=box)
        return path
