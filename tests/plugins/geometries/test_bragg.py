"""The Bragg geometry against other packages, against scatterers that are really turned, and against bad input."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.spatial.transform import Rotation

from phasekit import Geometry, InputError
from phasekit.cli.geometry_sheet import check_setup, geometry_sheet
from phasekit.core.geometry import Setup
from phasekit_plugins.geometries.bragg import Bragg
from phasekit_plugins.geometries.instruments import packaged

from .setups import bragg_setups

ANGLES = {"theta": 0.2, "chi": 90.0, "phi": -5.0, "delta": 30.1, "gamma": 14.0}
OPTIONS: dict[str, Any] = {
    "beamline": "34-ID-C",
    "angles_deg": ANGLES,
    "energy_kev": 9.0,
    "distance_m": 0.5,
    "pixel_um": 55.0,
    "step_deg": 0.01,
}
UNIT = {"x": np.array([1.0, 0, 0]), "y": np.array([0, 1.0, 0]), "z": np.array([0, 0, 1.0])}


def bragg(**options: Any) -> Bragg:
    return Bragg.model_validate({**OPTIONS, **options})


def turn(axis: str, degrees: float) -> np.ndarray:
    sign = 1 if axis[1] == "+" else -1
    return Rotation.from_rotvec(sign * np.radians(degrees) * UNIT[axis[0]]).as_matrix()


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


@pytest.mark.parametrize(
    ("rocking", "beamline", "step"),
    [("theta", "34-ID-C", 0.02), ("chi", "34-ID-C", -0.02), ("phi", "34-ID-C", 0.02), ("eta", "ID01", 0.02)],
)
def test_steps_are_those_of_scatterers_that_are_really_turned(rocking: str, beamline: str, step: float) -> None:
    """Waves of point scatterers on a turned sample, seen from pixels at their true places, against exp(iQ·r)."""
    file = packaged()[beamline]
    angles = {**ANGLES, "mu": 1.0, "eta": 17.5, "nu": 2.0, "delta": 30.1}
    angles = {c.name: angles[c.name] for c in (*file.sample_circles, *file.detector_circles)}
    geometry = bragg(beamline=beamline, angles_deg=angles, rocking=rocking, step_deg=step)
    k = 2 * np.pi * 9.0 / 1.2398419843320026

    def sample(extra: float) -> np.ndarray:
        product = np.eye(3)
        for circle in file.sample_circles:
            moved = extra if circle.name == rocking else 0.0
            product = product @ turn(str(circle.axis), angles[circle.name] + moved)
        return product

    arm = np.eye(3)
    for circle in file.detector_circles:
        arm = arm @ turn(str(circle.axis), angles[circle.name])

    def pixel_q(row: int, column: int) -> np.ndarray:
        along = {"+": 1, "-": -1}
        place = 0.5 * UNIT["z"]
        place = place + row * 55e-6 * along[str(file.row)[1]] * UNIT[str(file.row)[0]]
        place = place + column * 55e-6 * along[str(file.column)[1]] * UNIT[str(file.column)[0]]
        return k * (arm @ place / np.linalg.norm(place) - UNIT["z"])

    rng = np.random.default_rng(0)
    fixed = rng.uniform(-150, 150, (4, 3))  # nm, in the sample
    matrix = np.array(geometry_sheet(geometry, (64, 64, 64))["reciprocal_lab_per_nm"])
    q0 = pixel_q(0, 0)
    np.testing.assert_allclose(q0, geometry.transfer().numpy() * 1e-9, rtol=1e-12)
    for index in [(1, 0, 0), (-2, 0, 0), (0, 2, 0), (0, 0, 2), (2, -1, 1)]:
        seen = (sample(index[0] * step) @ fixed.T).T @ pixel_q(index[1], index[2])
        told = (sample(0) @ fixed.T).T @ (q0 + matrix @ np.array(index))
        # Differences between scatterers: the phase of the whole is not measured.
        np.testing.assert_allclose(np.diff(seen), np.diff(told), atol=0.02)
        assert np.abs(np.diff(seen - fixed @ sample(0).T @ q0)).max() > 0.1


@settings(max_examples=60, deadline=None)
@given(bragg_setups(), st.tuples(*[st.integers(8, 40)] * 3))
def test_basis_is_the_inverse_of_the_reciprocal_matrix(geometry: Geometry, space: tuple[int, int, int]) -> None:
    sheet = geometry_sheet(geometry, space)
    direct, reciprocal = np.array(sheet["direct_lab_nm"]), np.array(sheet["reciprocal_lab_per_nm"])
    # Q·r = 2π Σ m n / N for all indices m of the detector and n of the object.
    np.testing.assert_allclose(reciprocal.T @ direct, 2 * np.pi * np.diag(1 / np.array(space)), atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(bragg_setups(), st.tuples(*[st.floats(-1, 1)] * 3))
def test_laboratory_sample_crystal_and_detector_go_round(geometry: Geometry, place: tuple[float, ...]) -> None:
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
    k_i, k_f = geometry.beam().numpy()  # type: ignore[union-attr]  # a calibrated geometry has a beam
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


def test_the_centre_s_q_is_that_of_its_pixel() -> None:
    geometry = bragg(angles_at=(None, 100.0, 120.0)).windowed((50.0, 112.0, 90.0), (1, 1, 1))
    arm = turn("y+", 30.1) @ turn("x-", 14.0)
    place = np.array([(90 - 120) * 55e-6, -(112 - 100) * 55e-6, 0.5])
    k = 2 * np.pi * 9.0 / 1.2398419843320026
    expected = k * (arm @ place / np.linalg.norm(place) - UNIT["z"])
    np.testing.assert_allclose(geometry.transfer().numpy() * 1e-9, expected, rtol=1e-12)


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


def test_an_energy_scan_moves_q_along_itself() -> None:
    options = {"rocking": "energy", "step_deg": None, "step_ev": 2.0}
    geometry = bragg(**options)
    q = geometry.transfer().numpy() * 1e-9
    further = bragg(**{**options, "energy_kev": 9.002}).transfer().numpy() * 1e-9
    column = np.array(geometry_sheet(geometry, (32, 32, 32))["reciprocal_lab_per_nm"])[:, 0]
    np.testing.assert_allclose(column, further - q, rtol=1e-9)


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


@pytest.mark.parametrize("name", ["34-ID-C", "ID01", "P10", "NanoMAX", "SIXS", "CRISTAL"])
def test_every_packaged_beamline_gives_a_geometry_and_says_where_it_is_from(name: str) -> None:
    file = packaged()[name]
    assert file.source
    angles = {c.name: 0.5 for c in file.sample_circles} | {c.name: 20.0 for c in file.detector_circles}
    geometry = bragg(beamline=name, angles_deg=angles)
    assert geometry.for_data(3) == geometry
    assert bragg(beamline=name.lower(), angles_deg=angles).transfer().tolist() == geometry.transfer().tolist()


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


def test_a_beamline_of_one_s_own_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "name: mine\nsample_circles: [{name: th, axis: y+}]\ndetector_circles: [{name: tth, axis: y+}]\n"
        "row: y-\ncolumn: x+\npixel_um: 75\ndistance_m: 1.2\nrocking: th\n"
    )
    options = {"angles_deg": {"th": 10, "tth": 30}, "energy_kev": 8, "step_deg": 0.01}
    geometry = Bragg.model_validate({"beamline": "mine.yaml", **options}, context={"folder": str(tmp_path)})
    assert geometry.expanded().pixel_um == 75
    assert geometry.inputs() == {"beamline": tmp_path / "mine.yaml"}
    (tmp_path / "mine.yaml").write_text("name: mine\nsample_circle: []\nrow: up\n")
    with pytest.raises(ValidationError, match=r"no option 'sample_circle'; did you mean sample_circles"):
        Bragg.model_validate({"beamline": "mine.yaml", **options}, context={"folder": str(tmp_path)})


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "takes options, written as {option: value}, got None"),
        (b"\xff\xfe", "cannot be read as a text file in UTF-8"),
        (b"[1, 2", "is not YAML"),
        (
            b"name: m\nsample_circles: [{name: th, axis: y+}]\ndetector_circles: [{name: tth, axis: y+}]\n"
            b"row: y-\ncolumn: x+\nrocking: thh\n",
            "the rocking axis 'thh' is no circle of the sample; did you mean th?",
        ),
    ],
)
def test_a_beamline_file_that_is_wrong_is_refused_by_its_name(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "mine.yaml").write_bytes(content)
    with pytest.raises(ValidationError, match=sentence):
        Bragg.model_validate({"beamline": "mine.yaml"}, context={"folder": str(tmp_path)})


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"beamline": "34-ID-D"}, "no beamline is called '34-ID-D'; did you mean 34-ID-C?"),
        ({"angles_deg": {"delt": 3}}, "there is no circle 'delt'; did you mean delta?"),
        ({"rocking": "tetha"}, "'tetha' is no circle of the sample; did you mean theta?"),
        ({"detector_circles": [{"name": "delta", "axis": "y+"}] * 2}, "two circles are called 'delta'"),
        ({"step_deg": 0}, "step_deg is 0: every frame would be the same"),
        ({"rocking": "energy"}, "an energy scan takes step_ev, not step_deg"),
        ({"row": "x-"}, r"row 'x-' and column 'x\+' are parallel"),
        ({"row": "up"}, r"takes a direction: x\+, x-"),
        ({"pixel_um": [55, 55, 55]}, "pixel_um"),
        (
            {"sample_circles": [{"name": "theta", "axes": "y+"}]},
            "a circle has no option 'axes'; did you mean axis",
        ),
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
        (
            {"angles_deg": {**ANGLES, "delta": 0.0, "gamma": 0.0}},
            "q is 0, for the detector stands in the direct beam",
        ),
        (
            {
                "sample_circles": [{"name": "along", "axis": [0, np.sin(0.3), np.cos(0.3) - 1], "angle_deg": 0}],
                "rocking": "along",
                "angles_deg": {"delta": 0.0, "gamma": np.degrees(0.3)},
            },
            "rocking about 'along' does not move q",
        ),
        (
            {"rocking": "chi", "angles_deg": {**ANGLES, "theta": 0.0, "delta": 0.0, "gamma": 20.0}},
            "the steps along rocking and column are parallel",
        ),
    ],
)
def test_what_is_missing_or_degenerate_is_named(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        bragg(**options).for_data(3)


def test_two_dimensional_data_are_refused() -> None:
    with pytest.raises(InputError, match="takes 3-D data"):
        bragg().for_data(2)


def test_angles_in_radians_are_warned_of_with_the_number() -> None:
    radians = {name: math.radians(angle) for name, angle in ANGLES.items()}
    (remark,) = bragg(angles_deg=radians).remarks((64, 64, 64))
    d = 2 * math.pi / float(bragg(angles_deg=radians).transfer().norm()) * 1e10
    assert f"{d:.4g} Å" in remark
    assert "degrees" in remark
    assert bragg().remarks((64, 64, 64)) == ()


@pytest.mark.parametrize("wrong", [{"distance_m": 500}, {"pixel_um": 55e-6}])
def test_units_that_give_a_crystal_of_metres_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=r"the field of view would be .* check the units of"):
        bragg(**wrong).remarks((64, 64, 64))


def test_the_numbers_are_float64_of_the_right_shape() -> None:
    geometry = bragg()
    assert geometry.basis((16, 16, 16)).dtype == geometry.transfer().dtype == torch.float64
    assert geometry.beam().shape == (2, 3)
    assert set(geometry.frames()) == {"laboratory", "sample", "crystal"}
