"""A view shows the object where it lies, in lengths where they are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit.report.figures.view import View, axis_name, bounds, level, middle

from ..results import Plain, make_result
from ..volumes import SPACING, ball


def test_the_view_holds_the_support_and_its_centre_of_mass() -> None:
    result = make_result((24, 20, 16), seeds=1)
    support = torch.zeros(1, 24, 20, 16, dtype=torch.bool)
    support[0, 2:7, 10:15, 0:5] = True
    view = View.of(replace(result, support=support))
    assert view.centre == (4, 12, 2)
    assert view.box == (slice(0, 9), slice(8, 17), slice(0, 7))
    assert [cut.of(view.support).sum() for cut in view.planes] == [25, 25, 25]
    assert view.planes[0].extent == pytest.approx((-25, 45, -45, 45))


def test_lengths_are_in_voxels_where_the_geometry_is_not_calibrated() -> None:
    view = View.of(make_result(geometry=Plain(steps=((0, 0, 1), (0, 1, 0), (1, 0, 0)), metres=False)))
    assert view.unit == "voxels"
    assert view.planes[0].across == "axis 2 (voxels)"
    assert axis_name(0, np.array([0, 0, -2.0])) == "axis 0 = −z"
    assert axis_name(1, np.array([1.0, 1, 0])) == "axis 1"


def test_large_objects_are_measured_in_micrometres() -> None:
    large = Plain(steps=((0, 0, 1e-6), (0, 1e-6, 0), (1e-6, 0, 0)))
    assert View.of(make_result(geometry=large)).unit == "µm"
    assert View.of(make_result()).unit == "nm"


def test_slices_lie_where_the_frame_says() -> None:
    volume = ball()
    view = View.within(volume)
    x, y, z = volume.coordinates()
    fields = np.meshgrid(z, y, x, indexing="ij")
    for plane, letters in zip(view.planes, ("xy", "xz", "yz"), strict=True):
        assert (plane.across, plane.up) == (f"{letters[0]} (nm)", f"{letters[1]} (nm)")
        for axis, edges in zip(letters, (plane.extent[:2], plane.extent[2:]), strict=True):
            cut = plane.of(fields["zyx".index(axis)])
            half = SPACING["xyz".index(axis)] / 2
            assert edges == pytest.approx((cut.min() - half, cut.max() + half))
        normal = (set("xyz") - set(letters)).pop()
        assert np.abs(plane.of(fields["zyx".index(normal)])).max() <= SPACING["xyz".index(normal)] / 2


def test_an_angle_between_axes_is_measured() -> None:
    sheared = Plain(steps=((0, 0, 1e-8), (0, 1e-8, 0), (1e-8, 0, 1e-8)))
    assert View.of(make_result(geometry=sheared)).skew == pytest.approx(45)
    assert View.of(make_result()).skew == pytest.approx(0)


def test_where_the_support_is_empty_all_of_the_array_is_shown() -> None:
    nothing = np.zeros((6, 5), dtype=bool)
    low, high = bounds(nothing)
    assert (low.tolist(), high.tolist()) == ([0, 0], [6, 5])
    assert middle(nothing) == (2, 2)
    assert not level(np.zeros((6, 5), dtype=complex), nothing).any()
