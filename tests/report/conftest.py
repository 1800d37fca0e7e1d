"""What tests of pages share."""

from __future__ import annotations

import pytest


@pytest.fixture
def unpainted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what takes seconds and is tested elsewhere: painting figures, plotly's own script."""
    monkeypatch.setattr("phasekit.report.figures.drawing.Drawing.webp", lambda drawing, ink: b"RIFF" + bytes(20))
    monkeypatch.setattr("phasekit.report.html.document.get_plotlyjs", lambda: "const Plotly = null;")
