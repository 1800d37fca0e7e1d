"""Figures of a result are files with names that stay, whatever is broken in it; captions give their numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from phasekit.report import write_figures
from phasekit.report.figures.view import View
from phasekit.report.html.templates import sentence
from phasekit.report.reconstruction.figures import histogram_facts, object_facts, spread_figure
from phasekit.report.reconstruction.volume_summary import VolumeSummary

from ..results import BROKEN, Plain, broken, make_result
from ..volumes import BROKEN_VOLUMES, ball, broken_volume, flat_box


def test_figures_are_png_files_named_as_they_are_returned(tmp_path: Path) -> None:
    paths = write_figures(tmp_path / "figures", make_result())
    assert set(paths) == {"object", "spread", "detector"}
    assert sorted(p.name for p in (tmp_path / "figures").iterdir()) == sorted(f"{n}.png" for n in paths)
    for path in paths.values():
        assert path.read_bytes().startswith(b"\x89PNG")


def test_figures_of_a_volume_replace_those_of_the_array(tmp_path: Path) -> None:
    result = flat_box()
    paths = write_figures(tmp_path, result, ball())
    assert list(paths) == ["object", "strain", "strain-histogram", "spread", "detector"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths.values())
    plain = ball(spread=False)
    fields = {name: plain.fields[name] for name in ("amplitude", "phase", "support")}
    assert list(write_figures(tmp_path, result, replace(plain, fields=fields, q=None))) == ["object", "detector"]


def test_pictures_are_drawn_of_diagnostics_that_are_images(tmp_path: Path) -> None:
    result = replace(make_result(), diagnostics={"Kernel 1": torch.rand(4, 6, 5), "κ": torch.rand(4, 6, 5, 4)})
    assert {"diagnostic-kernel-1", "diagnostic-unnamed"} <= set(write_figures(tmp_path, result))


@pytest.mark.parametrize("which", BROKEN)
def test_figures_are_drawn_for_every_broken_image(tmp_path: Path, which: str) -> None:
    assert {"object", "detector"} <= set(write_figures(tmp_path, broken(make_result((24, 20)), which)))


@pytest.mark.parametrize("which", BROKEN_VOLUMES)
def test_figures_are_drawn_for_every_broken_volume(tmp_path: Path, which: str) -> None:
    assert {"object", "detector"} <= set(write_figures(tmp_path, flat_box(), broken_volume(which)))


def test_a_sheared_array_is_called_that() -> None:
    sheared = Plain(steps=((3e-9, 0, 14e-9), (0, 8e-9, 4e-9), (10e-9, 0, 0)))
    words = sentence("reconstruction/object.html", "slices", object_facts(View.of(make_result(geometry=sheared))))
    assert "The best object through the centre of mass of the support" in words
    assert "° from right angles" in words
    square = sentence("reconstruction/object.html", "slices", object_facts(View.of(make_result())))
    assert "right angles" not in square


def test_the_phase_in_the_caption_has_its_sign_and_a_real_minus() -> None:
    words = sentence("reconstruction/object.html", "slices", object_facts(View.of(make_result())))
    low, high = words.partition("lies in ")[2].partition(" rad")[0].split(" … ")
    assert low.startswith("−")
    assert high.startswith("+")


def test_the_caption_of_the_histogram_gives_every_strain() -> None:
    words = sentence("reconstruction/object.html", "histogram", histogram_facts(VolumeSummary(ball())))
    assert "Strain against h_ref: (+0.200 ± 0.045) %." in words
    assert "Strain against own mean: (+0.000 ± 0.045) %." in words
    assert "d-spacing: " in words


def test_the_caption_of_the_spread_gives_its_medians_in_their_units() -> None:
    figure = spread_figure(flat_box(), ball())
    assert figure is not None
    medians = {row["quantity"]: (round(row["median"], 6), row["unit"]) for row in figure[1]["medians"]}
    assert medians == {"phase": (0.1, "rad"), "displacement": (0.003, "nm"), "strain": (0.01, "%")}
    assert figure[1]["seeds"] == 3
    assert spread_figure(flat_box(), ball(spread=False)) is None
    assert spread_figure(make_result(seeds=1), None) is None
