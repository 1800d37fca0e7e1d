"""A page holds both inks of a figure, at most of its pixels wide."""

from __future__ import annotations

from base64 import b64decode
from io import BytesIO

from matplotlib.figure import Figure
from PIL import Image

from phasekit.report.figures.drawing import Drawing
from phasekit.report.figures.ink import Ink
from phasekit.report.figures.picture import SHOWN, Picture, address


def ruled(ink: Ink) -> Figure:
    figure = Figure(figsize=(3, 1), facecolor="none")
    figure.subplots().plot([0, 1], color=ink.text)
    return figure


def test_a_picture_is_shown_at_part_of_its_width_and_differs_between_the_inks() -> None:
    picture = Picture.of(Drawing("rule", ruled))
    assert picture.light != picture.dark
    image = Image.open(BytesIO(b64decode(picture.light.partition(",")[2])))
    assert picture.width == round(SHOWN * image.width)


def test_the_address_is_the_image_itself() -> None:
    assert address(b"RIFF") == "data:image/webp;base64,UklGRg=="
