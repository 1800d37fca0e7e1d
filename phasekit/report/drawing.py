"""Drawing: a figure that can be made in either ink, with the words that go with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from phasekit.report.ink import LIGHT, Ink
from phasekit.report.panels import Row, draw
from phasekit.report.plane import Plane
from phasekit.storage import appearing

TIGHT: dict[str, Any] = {"bbox_inches": "tight", "pad_inches": 0.05}


@dataclass(frozen=True)
class Drawing:
    """Rows of images in some planes, their name, caption and description for those who cannot see them."""

    name: str
    rows: Sequence[Row]
    planes: Sequence[Plane]
    caption: str
    description: str

    def png(self, ink: Ink, dots_per_inch: int = 130) -> bytes:
        """Return the figure as PNG on transparent paper."""
        stream = BytesIO()
        draw(self.rows, self.planes, ink).savefig(stream, format="png", dpi=dots_per_inch, **TIGHT)
        return stream.getvalue()

    def save(self, folder: Path) -> Path:
        """Write the figure as `<name>.png` on white paper, for other documents; return its path.

        The folder must exist.
        """
        path = folder / f"{self.name}.png"
        figure = draw(self.rows, self.planes, LIGHT)
        with appearing(path) as part:
            figure.savefig(part, format="png", dpi=200, facecolor="white", **TIGHT)
        return path
