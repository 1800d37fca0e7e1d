"""A plane cuts where it says."""

from __future__ import annotations

import numpy as np
import pytest

from phasekit.report.figures.plane import planes

NAMES = ["axis 0", "axis 1 = y", "axis 2"]


def test_there_is_one_cut_across_each_axis_and_the_array_itself_in_two_dimensions() -> None:
    array = np.arange(4 * 5 * 6).reshape(4, 5, 6)
    cuts = planes([slice(0, 4), slice(1, 5), slice(0, 6)], [2, 2, 3], [1.0, 2.0, 3.0], NAMES, "nm")
    for axis, cut in enumerate(cuts):
        whole = np.moveaxis(array[:, 1:], axis, 0)
        np.testing.assert_array_equal(cut.of(array), whole[(2, 1, 3)[axis]])
    (flat,) = planes([slice(0, 4), slice(1, 5)], [2, 2], [1.0, 2.0], NAMES[:2], "nm")
    np.testing.assert_array_equal(flat.of(array[..., 0]), array[:, 1:, 0])
    assert (flat.title, flat.across, flat.up) == ("", "axis 1 = y (nm)", "axis 0 (nm)")
    assert cuts[1].title == "across axis 1 = y, at index 2"


def test_edges_are_measured_from_the_centre_in_lengths_of_a_voxel() -> None:
    cut = planes([slice(0, 4), slice(1, 5)], [2, 2.5], [1.0, 2.0], NAMES[:2], "nm")[0]
    assert cut.extent == pytest.approx((-4, 4, -2.5, 1.5))


@pytest.mark.parametrize(("step", "bar"), [(1.0, 2.0), (10.0, 20.0), (0.03, 0.05), (2.3, 5.0)])
def test_the_bar_is_the_longest_round_length_in_a_third_of_the_width(step: float, bar: float) -> None:
    (cut,) = planes([slice(0, 8)] * 2, [4, 4], [step, step], NAMES[:2], "µm")
    assert cut.bar == pytest.approx(bar)
    assert planes([slice(0, 8)] * 2, [4, 4], [1.0, 1.0], NAMES[:2], "voxels")[0].bar is None
