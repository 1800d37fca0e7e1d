"""Only what lies inside the surface counts, in units that suit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from phasekit.report.numbers import mean_and_deviation
from phasekit.report.reconstruction.volume_summary import VolumeSummary

from ..volumes import RADIUS, SLOPE, SPACING, ball


def test_only_what_lies_inside_the_surface_counts() -> None:
    volume = ball()
    summary = VolumeSummary(volume)
    x, y, z = volume.coordinates()
    zz, yy, xx = np.meshgrid(z, y, x, indexing="ij")
    inside = xx**2 + yy**2 + zz**2 < RADIUS**2
    assert np.mean(summary.view.inside != inside) < 0.01
    assert summary.inside("strain_own").std() == pytest.approx((SLOPE * xx[inside]).std(), rel=0.02)
    assert summary.inside("strain").mean() == pytest.approx(2e-3, abs=1e-5)
    for size, step in zip(summary.size_nm, SPACING, strict=True):
        assert size == pytest.approx(2 * RADIUS, abs=2 * step)
    assert summary.d_spacing() == f"{mean_and_deviation(10 * volume.fields['d_spacing'][inside].astype(float))} Å"


def test_two_strains_that_are_the_same_are_shown_once() -> None:
    assert VolumeSummary(ball()).strains == ("strain", "strain_own")
    assert VolumeSummary(ball(offset=0)).strains == ("strain",)


def test_units_suit_the_numbers() -> None:
    small = ball(offset=0)
    weak = {name: small.fields[name] * 0.1 for name in ("strain", "strain_own", "displacement")}
    summary = VolumeSummary(replace(small, fields={**small.fields, **weak}))
    assert (summary.strain_unit, summary.length_unit) == ((1e4, "10⁻⁴"), (1e3, "pm"))
    assert summary.strain("strain").endswith(") × 10⁻⁴")
    assert (VolumeSummary(ball()).strain_unit, VolumeSummary(ball()).length_unit) == ((100.0, "%"), (1.0, "nm"))


def test_a_field_that_is_known_nowhere_inside_is_none() -> None:
    volume = ball()
    unknown = {**volume.fields, "d_spacing": np.full_like(volume.fields["d_spacing"], np.nan)}
    summary = VolumeSummary(replace(volume, fields=unknown))
    assert summary.field("d_spacing") is None
    assert summary.field("phase_of_nothing") is None
    assert summary.d_spacing() == ""
