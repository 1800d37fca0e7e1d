"""Every start that did not fail is packed as it is cut."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest

from phasekit import compare
from phasekit.comparing.comparison import Comparison
from phasekit.report.comparison.gallery import Gallery
from phasekit.report.comparison.starts import packed_object, viewer
from phasekit.report.figures.plane import Plane

from ... import bad_solvers
from .contestants import ensemble_of


def box(plane: Plane) -> tuple[slice, ...]:
    return tuple(part for part in plane.cut if isinstance(part, slice))


def test_every_start_that_did_not_fail_is_packed_as_it_is_cut(compared: Comparison) -> None:
    gallery = Gallery(compared, "problem")
    planes = gallery.planes()
    for entry in compared.entries:
        for seed in entry.seeds:
            text = packed_object(entry, seed, gallery)
            assert bool(text) is (seed not in entry.failures)
            if text:
                values, at, cut = zlib.decompress(base64.b64decode(text)), 0, ensemble_of(entry).cuts[seed]
                for plane, whole in zip([*planes, *planes], [*cut.amplitude, *cut.phase], strict=True):
                    part = whole.numpy()[box(plane)]
                    assert values[at : at + part.size] == part.tobytes()
                    at += part.size
                assert at == len(values)


def test_the_best_start_is_cut_as_its_figure(compared: Comparison) -> None:
    ensemble, gallery = ensemble_of(compared.entry("problem", "er")), Gallery(compared, "problem")
    cut, view = ensemble.cuts[ensemble.seed], gallery.views["er"]
    for values, plane in zip(cut.amplitude, view.planes, strict=True):
        part = values.numpy()[box(plane)] / 255
        expected = plane.of(np.abs(view.object)) / np.abs(view.object).max()
        np.testing.assert_allclose(part, expected, atol=0.003)


def test_the_script_gets_planes_reference_and_256_colours_for_each_quantity(compared: Comparison) -> None:
    spec = viewer({"problem": Gallery(compared, "problem")})
    shown = spec["problems"]["problem"]
    size = sum(plane["rows"] * plane["columns"] for plane in shown["planes"])
    assert len(zlib.decompress(base64.b64decode(shown["object"]))) == 2 * size
    assert shown["reference"] == "truth"
    assert [len(scale["colours"]) for scale in spec["scales"]] == [256, 256]
    assert shown["planes"][0]["aspect"] == pytest.approx(shown["planes"][0]["columns"] / shown["planes"][0]["rows"])


def test_a_problem_on_which_all_failed_has_nothing_to_show() -> None:
    source = {"name": "simulation", "shape": [16, 18], "seed": 1}
    failed = compare(source, {"nothing": bad_solvers.GivesNothing()}, seeds=2)
    assert viewer({"problem": Gallery(failed, "problem")})["problems"] == {}
