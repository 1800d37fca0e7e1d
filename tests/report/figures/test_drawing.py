"""A drawing is a lossless image for a page and a PNG file for other documents."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from PIL import Image

from phasekit.report.figures.drawing import Drawing
from phasekit.report.figures.ink import DARK, LIGHT, Ink
from phasekit.report.figures.panels import PanelRow, draw
from phasekit.report.figures.plane import planes


def text_in(ink: Ink) -> Figure:
    figure = Figure(figsize=(2, 1), facecolor="none")
    figure.text(0.1, 0.4, "ink", color=ink.text, fontsize=30)
    return figure


def test_each_ink_has_its_colours_on_transparent_paper() -> None:
    drawing = Drawing("text", text_in)
    for ink in (LIGHT, DARK):
        pixels = np.asarray(Image.open(BytesIO(drawing.webp(ink))).convert("RGBA"))
        solid = pixels[pixels[..., 3] == 255][:, :3]
        assert {tuple(pixel) for pixel in solid} == {tuple(bytes.fromhex(ink.text[1:]))}
        assert (pixels[..., 3] == 0).any()


def test_a_saved_drawing_is_a_png_of_its_name_on_white(tmp_path: Path) -> None:
    path = Drawing("text", text_in).save(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [path.name] == ["text.png"]
    pixels = np.asarray(Image.open(path).convert("RGBA"))
    assert tuple(pixels[0, 0]) == (255, 255, 255, 255)


def test_dark_panels_stand_where_a_layout_of_their_own_would_put_them() -> None:
    values = np.random.default_rng(0).random((12, 20, 16))
    cuts = planes([slice(0, n) for n in values.shape], [6, 10, 8], [1.0] * 3, ["x", "y", "z"], "voxels")
    rows = [PanelRow(name, values, "viridis", Normalize(0, 1), name) for name in ("one", "another")]
    drawing = Drawing("panels", partial(draw, rows, cuts))
    dark, _ = drawing._painted(DARK)
    own = drawing.paint(DARK)
    own.draw_without_rendering()
    for placed, expected in zip(dark.axes, own.axes, strict=True):
        np.testing.assert_allclose(placed.get_position().bounds, expected.get_position().bounds, atol=1e-3)
    light, other = (Image.open(BytesIO(drawing.webp(ink))) for ink in (LIGHT, DARK))
    assert light.size == other.size
