"""Drawing: a figure that can be painted in light or dark colours, for a page or as a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from phasekit.report.figures.ink import LIGHT, Ink
from phasekit.runtime.storage import appearing

TIGHT: dict[str, Any] = {"bbox_inches": "tight", "pad_inches": 0.05}

LOSSLESS = {"lossless": True, "quality": 60, "method": 2}
"""Effort of the compression; more takes seconds and saves few bytes."""


@dataclass(frozen=True)
class Drawing:
    """The name of a figure, and how it is painted."""

    name: str
    paint: Callable[[Ink], Figure]

    def webp(self, ink: Ink, dots_per_inch: int = 130) -> bytes:
        """Return the figure as lossless WebP with a transparent background, half the size of PNG."""
        stream = BytesIO()
        self.paint(ink).savefig(stream, format="webp", dpi=dots_per_inch, pil_kwargs=LOSSLESS, **TIGHT)
        return stream.getvalue()

    def save(self, folder: Path) -> Path:
        """Write the figure as `<name>.png` with a white background, for other documents; return its path.

        The folder must exist.
        """
        path = folder / f"{self.name}.png"
        figure = self.paint(LIGHT)
        with appearing(path) as part:
            figure.savefig(part, format="png", dpi=200, facecolor="white", **TIGHT)
        return path
