"""The Bragg geometry against other packages, its frames, what is carried into it, and bad input."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from phasekit import InputError
from phasekit.cli.geometry_sheet import check_setup, geometry_sheet
from phasekit.core.geometry import Setup
from phasekit_plugins.geometries.bragg import Bragg
from phasekit_plugins.geometries.instruments import packaged

from .setups import ANGLES, bragg, bragg_setups, turn


@pytest.mark.parametrize("setup", Bragg.setups(), ids=lambda setup: setup.name)
def test_it_agrees_with_other_packages_and_with_the_formula(setup: Setup) -> None:
    off = check_setup(setup)
    assert off
    assert max(off.values()) <= setup.tolerance


def test_the_reference_setups_come_from_the_formula_cohere_and_bcdi_at_two_beamlines() -> None:
    tight = [s.tolerance for s in Bragg.setups() if s.name.startswith("formula")]
    others = [s.tolerance for s in Bragg.setups() if "direct" not in s.name and not s.name.startswith("formula")]
    assert tight == [1e-10] * 3
    assert others == [2e-4] * 6


def test_the_worked_example() -> None:
    sheet = geometry_sheet(bragg(), (64, 128, 128))
    assert sheet["q_length_per_nm"] == pytest.approx(25.8448, abs=1e-4)
    np.testing.assert_allclose(sheet["voxel_nm"], [25.344, 10.084, 10.010], atol=5e-4)
    assert sheet["voxel_volume_nm3"] == pytest.approx(2426.19, abs=0.005)


@settings(max_examples=60, deadline=None)
@given(bragg_setups(), st.tuples(*[st.integers(8, 40)] * 3))
def test_basis_is_the_inverse_of_the_reciprocal_matrix(geometry: Bragg, space: tuple[int, int, int]) -> None:
    sheet = geometry_sheet(geometry, space)
    direct, reciprocal = np.array(sheet["direct_lab_nm"]), np.array(sheet["reciprocal_lab_per_nm"])
    # Q·r = 2π Σ m n / N for all indices m of the detector and n of the object.
    np.testing.assert_allclose(reciprocal.T @ direct, 2 * np.pi * np.diag(1 / np.array(space)), atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(bragg_setups(), st.tuples(*[st.floats(-1, 1)] * 3))
def test_laboratory_sample_crystal_and_detector_go_round(geometry: Bragg, place: tuple[float, ...]) -> None:
    """Places go from index to laboratory to another frame and back; lengths and |q| stay."""
    index, basis = np.array(place) * 10, geometry.basis((20, 20, 20)).numpy()
    laboratory = index @ basis
    for rotation in (matrix.numpy() for matrix in geometry.frames().values()):
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(rotation) == pytest.approx(1)
        there = rotation @ laboratory
        np.testing.assert_allclose((rotation.T @ there) @ np.linalg.inv(basis), index, atol=1e-9)
    crystal = geometry.frames()["crystal"].numpy() @ geometry.transfer().numpy()
    assert crystal[1] == pytest.approx(float(geometry.transfer().norm()))
    k_i, k_f = geometry.beam().numpy()
    np.testing.assert_allclose(k_f - k_i, geometry.transfer().numpy(), rtol=1e-9, atol=1)
    assert np.linalg.norm(k_i) == pytest.approx(np.linalg.norm(k_f))


@settings(max_examples=40, deadline=None)
@given(bragg_setups(), st.floats(-30, 30), st.integers(1, 4))
def test_moving_the_centre_along_rocking_turns_the_sample(geometry: Bragg, frames: float, factor: int) -> None:
    name, step = str(geometry.rocking), float(geometry.step_deg or 0)
    seen = geometry.model_copy(update={"angles_at": (5.0, None, None)})
    moved = seen.windowed((5 + frames, 7.0, 9.0), (factor, 1, 1))
    circles = [
        c.model_copy(update={"angle_deg": (c.angle_deg or 0) + frames * step}) if c.name == name else c
        for c in geometry.sample_circles or ()
    ]
    other = geometry.model_copy(update={"sample_circles": tuple(circles), "step_deg": step * factor})
    np.testing.assert_allclose(moved.basis((16, 16, 16)), other.basis((16, 16, 16)), rtol=1e-9, atol=1e-18)
    np.testing.assert_allclose(moved.frames()["sample"], other.frames()["sample"], atol=1e-12)


def test_binning_is_carried_into_every_length() -> None:
    """Half as many voxels of twice the size see the same field of view and so have the same steps."""
    whole = bragg()
    binned = whole.windowed((32.0, 32.0, 32.0), (2, 4, 2))
    fine, coarse = whole.basis((32, 64, 64)).numpy(), binned.basis((16, 16, 32)).numpy()
    np.testing.assert_allclose(coarse, fine, rtol=1e-12)
    assert binned.pixel_um == (220.0, 110.0)
    assert binned.step_deg == 0.02


def test_h_ref_is_kept_through_centring_in_either_frame() -> None:
    geometry = bragg(angles_at=(10.0, 20.0, 30.0))
    h = (geometry.transfer() * 1e-9).tolist()
    in_sample = (geometry.frames()["sample"] @ geometry.transfer() * 1e-9).tolist()
    by_laboratory = bragg(angles_at=(10.0, 20.0, 30.0), h_ref_per_nm=h).windowed((40.0, 25.0, 20.0), (1, 1, 1))
    by_sample = bragg(angles_at=(10.0, 20.0, 30.0), h_ref_per_nm=in_sample, h_ref_frame="sample").windowed(
        (40.0, 25.0, 20.0), (1, 1, 1)
    )
    turned = turn("y+", 30 * 0.01) @ np.array(h)  # theta is outermost, and stands 30 steps further
    for moved in (by_laboratory, by_sample):
        np.testing.assert_allclose(moved.reference().numpy() * 1e-9, turned, rtol=1e-9)
    assert float((bragg().reference() - bragg().transfer()).norm()) == 0


def test_the_short_form_expands_into_the_general_one() -> None:
    short = bragg()
    general = short.expanded()
    assert general.beamline is None
    assert [(c.name, c.axis, c.angle_deg) for c in general.sample_circles or ()] == [
        ("theta", "y+", 0.2),
        ("chi", "z-", 90.0),
        ("phi", "y+", -5.0),
    ]
    again = Bragg.model_validate(general.model_dump(mode="json"))
    np.testing.assert_array_equal(again.basis((32, 32, 32)), short.basis((32, 32, 32)))


@pytest.mark.parametrize("name", ["ID01", "P10", "NanoMAX"])
def test_a_column_on_which_packages_disagree_is_noted_until_the_recipe_gives_it(name: str) -> None:
    file = packaged()[name]
    angles = {c.name: 0.5 for c in file.sample_circles} | {c.name: 20.0 for c in file.detector_circles}
    (remark,) = bragg(beamline=name, angles_deg=angles).remarks((64, 64, 64))
    assert remark.startswith(f"{name}: The column runs along ")
    assert bragg(beamline=name, angles_deg=angles, column="x+").remarks((64, 64, 64)) == ()


def test_every_value_of_a_beamline_can_be_overridden() -> None:
    other = bragg(column="x-", detector_circles=[{"name": "delta", "axis": [0, 1, 0]}, {"name": "gamma", "axis": "x-"}])
    first, second = (np.array(geometry_sheet(g, (32, 32, 32))["reciprocal_lab_per_nm"]) for g in (bragg(), other))
    np.testing.assert_allclose(second[:, 2], -first[:, 2])
    np.testing.assert_allclose(second[:, :2], first[:, :2])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"angles_deg": {"delt": 3}}, "there is no circle 'delt'; did you mean delta?"),
        ({"rocking": "tetha"}, "'tetha' is not a circle of the sample; did you mean theta?"),
        ({"detector_circles": [{"name": "delta", "axis": "y+"}] * 2}, "two circles are called 'delta'"),
        ({"step_deg": 0}, "step_deg is 0: every frame would be the same"),
        ({"rocking": "energy"}, "an energy scan needs step_ev, not step_deg"),
        ({"row": "x-"}, r"row 'x-' and column 'x\+' are parallel"),
        ({"pixel_um": [55, 55, 55]}, "pixel_um"),
    ],
)
def test_options_that_cannot_be_right_are_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        bragg(**options)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"angles_deg": {"delta": 30, "theta": 1}}, "'bragg' needs angles_deg of chi, phi, gamma"),
        ({"energy_kev": None, "step_deg": None}, "'bragg' needs energy_kev, step_deg"),
        ({"beamline": None, "angles_deg": {}}, r"needs beamline \(or sample_circles\)"),
    ],
)
def test_what_is_missing_is_named(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        bragg(**options).for_data(3)


def test_two_dimensional_data_are_refused() -> None:
    with pytest.raises(InputError, match="needs 3-D data"):
        bragg().for_data(2)


def test_angles_in_radians_are_warned_of_with_the_number() -> None:
    radians = {name: math.radians(angle) for name, angle in ANGLES.items()}
    (remark,) = bragg(angles_deg=radians).remarks((64, 64, 64))
    d = 2 * math.pi / float(bragg(angles_deg=radians).transfer().norm()) * 1e10
    assert f"{d:.4g} Å" in remark
    assert "degrees" in remark
    assert bragg().remarks((64, 64, 64)) == ()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [({"distance_m": 500}, "0.5 m"), ({"pixel_um": 55e-6}, "55 µm"), ({"energy_kev": 9000}, "9 keV")],
)
def test_units_that_give_a_crystal_of_metres_are_refused_with_the_slip(wrong: dict[str, float], right: str) -> None:
    with pytest.raises(InputError, match=f"It would be {right} then"):
        bragg(**wrong).for_data(3)


def test_a_field_of_view_that_no_beam_has_is_refused() -> None:
    with pytest.raises(InputError, match=r"the field of view would be .* check the units of"):
        bragg(step_deg=1e-6).remarks((64, 64, 64))


def test_the_numbers_are_float64_of_the_right_shape() -> None:
    geometry = bragg()
    assert geometry.basis((16, 16, 16)).dtype == geometry.transfer().dtype == torch.float64
    assert geometry.beam().shape == (2, 3)
    assert set(geometry.frames()) == {"laboratory", "sample", "crystal"}
