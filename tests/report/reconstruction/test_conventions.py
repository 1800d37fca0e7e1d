"""The conventions give every number of the frame."""

from __future__ import annotations

import numpy as np

from phasekit import Result
from phasekit.analysis.volume import Volume
from phasekit.report.html.templates import fragment
from phasekit.report.reconstruction.conventions import conventions

from ..page_text import Page
from ..results import Plain, make_result
from ..volumes import ball, flat_box


def words(result: Result, volume: Volume | None) -> str:
    return Page(fragment("reconstruction/conventions.html", "conventions", conventions(result, volume))).text


def test_the_conventions_give_every_number_of_the_frame() -> None:
    text = words(flat_box(), ball())
    assert "axis 0 16 12.04 1 0 12" in text  # the first column of the matrix
    assert "axis 2 12 9.22 9 2 0" in text
    assert "v(sample) = R · v(laboratory)" in text
    assert "x 0 0 1 y 0 1 0 z −1 0 0" in text
    assert f"q = k_f − k_i 20 15 −10 26.92582 {20 * np.pi / np.sqrt(725):.7g}" in text
    assert "exp(+iQ·r)" in text


def test_without_a_volume_the_steps_are_those_of_the_laboratory_where_they_are_known() -> None:
    assert "axis 0 24 10 0 0 10" in words(make_result(), None)
    assert "The laboratory frame: x horizontal and outboard" in words(make_result(), None)
    unknown = words(make_result(geometry=Plain(metres=False)), None)
    assert unknown.endswith("The size of a voxel is unknown: the geometry has no lengths.")


def test_a_volume_without_vectors_has_no_table_of_them() -> None:
    assert "Wave vectors" not in words(flat_box(), ball(k_i=None, k_f=None, q=None, h_ref=None, q_own=None))
