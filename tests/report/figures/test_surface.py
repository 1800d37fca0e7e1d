"""The surface has its true place, shape and colour, and stays light."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit.report.figures.chart import packed
from phasekit.report.figures.panels import PanelRow
from phasekit.report.figures.slices import object_rows
from phasekit.report.figures.surface import isosurface
from phasekit.report.figures.view import View
from phasekit.report.reconstruction.strain_figures import strain_rows
from phasekit.report.reconstruction.volume_summary import VolumeSummary

from ..results import Plain, make_result
from ..volumes import RADIUS, SLOPE, ball

BASES = {
    "oblong": ((0, 0, 20e-9), (0, 8e-9, 0), (10e-9, 0, 0)),
    "right-handed": ((10e-9, 0, 0), (0, 9e-9, 0), (0, 0, 12e-9)),
    "sheared": ((3e-9, 0, 14e-9), (0, 8e-9, 4e-9), (10e-9, 0, 0)),
}


def enclosed(points: np.ndarray, faces: np.ndarray) -> float:
    """Return the volume inside a mesh, positive where faces look outwards."""
    first, second, third = (points[faces[:, corner]] for corner in range(3))
    return float(np.einsum("ij,ij->", first, np.cross(second, third)) / 6)


@pytest.mark.parametrize("steps", BASES.values(), ids=BASES)
def test_a_ball_in_space_has_a_round_surface_of_its_radius(
    steps: tuple[tuple[float, float, float], ...],
) -> None:
    shape, radius = (28, 36, 34), 90e-9
    index = np.stack([*np.indices(shape)], axis=-1) - np.array(shape) // 2
    distance = np.linalg.norm(index @ np.array(steps), axis=-1)
    ball = torch.from_numpy(np.clip((radius - distance) / 40e-9 + 0.5, 0, 1)).to(torch.complex64)[None]
    result = replace(make_result(shape, 1, Plain(steps=steps)), object=ball, support=ball != 0)
    surface = isosurface(View.of(result), [])
    assert surface is not None
    mesh = surface["data"][0]
    points = np.stack([mesh[letter] for letter in "xyz"], axis=-1)
    faces = np.stack([mesh[letter] for letter in "ijk"], axis=-1)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 90, atol=2)
    assert enclosed(points, faces) == pytest.approx(4 / 3 * np.pi * 90**3, rel=0.06)


def test_the_surface_is_coloured_by_the_phase_there() -> None:
    view = View.of(make_result(seeds=1))
    surface = isosurface(view, object_rows(view)[1:])
    assert surface is not None
    mesh = surface["data"][0]
    ramp = np.angle(view.object[6:18, 5:15, 4:12]).mean(axis=(0, 1))
    across = np.array(mesh["x"]) / 10 + view.centre[2]
    inside = (across > 4.5) & (across < 10.5)
    expected = np.interp(across, np.arange(4, 12), ramp)
    np.testing.assert_allclose(np.array(mesh["values"]["phase"])[inside], expected[inside], atol=0.15)


def test_a_large_surface_is_made_coarser() -> None:
    rng = np.random.default_rng(0)
    shape = (64, 64, 64)
    rough = torch.from_numpy(rng.random(shape)).to(torch.complex64)[None]
    surface = isosurface(View.of(replace(make_result(shape, 1), object=rough, support=rough.abs() >= 0)), [])
    assert surface is not None
    assert len(surface["data"][0]["i"]) < 60_000


def test_two_dimensions_and_what_crosses_no_level_have_no_surface() -> None:
    assert isosurface(View.of(make_result((24, 20))), []) is None
    nothing = make_result((12, 10, 8))
    assert isosurface(View.of(replace(nothing, object=torch.zeros_like(nothing.object))), []) is None


def test_the_surface_has_its_true_place_and_shape_and_the_colour_of_what_lies_inside() -> None:
    volume = ball()
    view = View.within(volume)
    rows = [*object_rows(view)[1:], *strain_rows(VolumeSummary(volume))]
    surface = isosurface(view, rows)
    assert surface is not None
    mesh = surface["data"][0]
    points = np.stack([mesh[letter] for letter in "xyz"], axis=-1)
    faces = np.stack([mesh[letter] for letter in "ijk"], axis=-1)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), RADIUS, atol=2)
    assert enclosed(points, faces) == pytest.approx(4 / 3 * np.pi * RADIUS**3, rel=0.03)
    assert surface["choices"]["colour"] == [
        *("phase", "displacement", "strain against h_ref", "strain against own mean"),
    ]
    strain = np.array(mesh["values"]["strain against own mean"], dtype=float)
    np.testing.assert_allclose(strain, 100 * SLOPE * points[:, 0], atol=100 * SLOPE * 15)  # a voxel, and no rim
    turned = np.exp(1j * (np.array(mesh["values"]["phase"]) - 3 - 0.02 * points[:, 1]))
    assert np.abs(np.angle(turned)).max() < 0.4  # also where it jumps from π to −π


def test_a_surface_has_no_colour_far_from_where_the_quantity_is_known() -> None:
    volume = ball()
    view = View.within(volume)
    x = volume.coordinates()[0]
    half = np.where(x < 0, 1.0, np.nan) + 0 * view.object.real
    surface = isosurface(view, [PanelRow("half", half, "RdBu_r", object_rows(view)[0].scale, "")])
    assert surface is not None
    mesh = surface["data"][0]
    for place, value in zip(mesh["x"], mesh["values"]["half"], strict=True):
        assert value == (1 if place < 8 else None if place > 24 else value)


def test_a_rough_volume_makes_no_heavy_page() -> None:
    rng = np.random.default_rng(0)
    shape = (60, 60, 60)
    fields = {name: rng.random(shape, dtype=np.float32) for name in ("amplitude", "phase", "displacement", "strain")}
    volume = ball(fields=fields | {"support": np.ones(shape, dtype=bool)})
    surface = isosurface(View.within(volume), strain_rows(VolumeSummary(volume)))
    assert len(json.dumps(surface, separators=(",", ":"))) < 7_000_000
    assert len(json.dumps(packed(surface))) < 4_000_000
