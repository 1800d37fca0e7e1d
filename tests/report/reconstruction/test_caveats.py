"""What is called unknown depends on what fixed it."""

from __future__ import annotations

import numpy as np
import pytest

from phasekit.analysis.volume import Volume
from phasekit.report.html.templates import sentence
from phasekit.report.reconstruction.caveats import spacing, unknowns

from ..results import Plain, make_result
from ..volumes import Q, ball, flat_box


def words(volume: Volume | None) -> str:
    return sentence("reconstruction/caveats.html", "points", unknowns(flat_box(), volume))


def test_what_is_not_known_depends_on_what_fixed_it() -> None:
    given = words(ball(twin="the truth"))
    assert "made by the truth" in given
    assert "the given h_ref" in given
    chosen = words(ball(h_ref=Q, q=Q))
    assert "since h_ref was not given" in chosen
    assert f"d = {20 * np.pi / np.linalg.norm(Q):.6g} Å" in chosen
    assert "strain" not in words(None)


def test_lengths_are_calibrated_only_where_the_geometry_knows_them() -> None:
    assert unknowns(make_result(), None)["calibrated"]
    assert not unknowns(make_result(geometry=Plain(metres=False)), None)["calibrated"]


def test_one_seed_alone_has_no_spread() -> None:
    assert "A single seed has no spread" in words(None)


def test_the_spacing_is_that_of_the_lattice_planes() -> None:
    assert spacing(np.array([0.0, 2 * np.pi / 0.235, 0.0])) == pytest.approx(2.35)
