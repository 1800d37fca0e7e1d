"""Where the steps of a scan lie, against scatterers that are really turned, and scans that cover no volume."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from phasekit import InputError
from phasekit.cli.geometry_sheet import geometry_sheet
from phasekit_plugins.geometries.instruments import packaged
from phasekit_plugins.geometries.rocking import Columns, refuse_degenerate

from .setups import ANGLES, UNIT, bragg, turn


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

    def sample(extra: float) -> NDArray[np.float64]:
        product = np.eye(3)
        for circle in file.sample_circles:
            moved = extra if circle.name == rocking else 0.0
            product = product @ turn(str(circle.axis), angles[circle.name] + moved)
        return product

    arm = np.eye(3)
    for circle in file.detector_circles:
        arm = arm @ turn(str(circle.axis), angles[circle.name])

    def pixel_q(row: int, column: int) -> NDArray[np.float64]:
        along = {"+": 1, "-": -1}
        place = 0.5 * UNIT["z"]
        place = place + row * 55e-6 * along[str(file.row)[1]] * UNIT[str(file.row)[0]]
        place = place + column * 55e-6 * along[str(file.column)[1]] * UNIT[str(file.column)[0]]
        q: NDArray[np.float64] = k * (arm @ place / np.linalg.norm(place) - UNIT["z"])
        return q

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


def test_the_centre_s_q_is_that_of_its_pixel() -> None:
    geometry = bragg(angles_at=(None, 100.0, 120.0)).windowed((50.0, 112.0, 90.0), (1, 1, 1))
    arm = turn("y+", 30.1) @ turn("x-", 14.0)
    place = np.array([(90 - 120) * 55e-6, -(112 - 100) * 55e-6, 0.5])
    k = 2 * np.pi * 9.0 / 1.2398419843320026
    expected = k * (arm @ place / np.linalg.norm(place) - UNIT["z"])
    np.testing.assert_allclose(geometry.transfer().numpy() * 1e-9, expected, rtol=1e-12)


def test_an_energy_scan_moves_q_along_itself() -> None:
    options = {"rocking": "energy", "step_deg": None, "step_ev": 2.0}
    geometry = bragg(**options)
    q = geometry.transfer().numpy() * 1e-9
    further = bragg(**{**options, "energy_kev": 9.002}).transfer().numpy() * 1e-9
    column = np.array(geometry_sheet(geometry, (32, 32, 32))["reciprocal_lab_per_nm"])[:, 0]
    np.testing.assert_allclose(column, further - q, rtol=1e-9)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"angles_deg": {**ANGLES, "delta": 0.0, "gamma": 0.0}},
            "q is 0 because the detector is in the direct beam",
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
def test_a_scan_that_covers_no_volume_is_refused_with_what_to_check(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        bragg(**options).for_data(3)


def test_three_steps_in_one_plane_are_refused_though_no_two_are_parallel() -> None:
    beam = np.array([0, 0, 45.6])
    for out_of_plane in (0.0, 1e-8):
        steps = np.array([[1, 0, 1], [0, 1, 1], [0, 0, out_of_plane]])
        with pytest.raises(InputError, match="lie in one plane"):
            refuse_degenerate(Columns(beam, turn("y+", 30) @ beam, steps), "theta")
    refuse_degenerate(Columns(beam, turn("y+", 30) @ beam, np.array([[1, 0, 1], [0, 1, 1], [0, 0, 1e-3]])), "theta")


@pytest.mark.parametrize(
    ("rocking", "steps"),
    [
        ("theta", {"theta": 0.01, "delta": 0.02}),
        ("theta", {"theta": 0.01, "chi": -0.02, "phi": 0.015}),
        ("chi", {"chi": 0.02, "phi": 0.01, "delta": -0.005, "gamma": 0.003}),
        ("energy", {"energy": 2.0, "delta": 0.01}),
        ("energy", {"energy": -2.0, "theta": 0.01, "gamma": 0.02}),
    ],
)
@pytest.mark.parametrize("middle", [0, 12])
def test_the_steps_of_axes_that_move_together_are_those_of_q_at_each_point(
    rocking: str, steps: dict[str, float], middle: int
) -> None:
    """Q of each frame in the crystal's frame, computed with rotations alone, and pixels beside it."""

    def at(frame: float, row: float, column: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        a = {name: angle + frame * steps.get(name, 0.0) for name, angle in ANGLES.items()}
        k = 2 * np.pi * (9.0 + 1e-3 * frame * steps.get("energy", 0.0)) / 1.2398419843320026
        arm, place = turn("y+", a["delta"]) @ turn("x-", a["gamma"]), np.array([column, -row, 0.5 / 55e-6])
        sample = turn("y+", a["theta"]) @ turn("z-", a["chi"]) @ turn("y+", a["phi"])
        return sample, k * (arm @ place / np.linalg.norm(place) - UNIT["z"])

    key = "step_ev" if rocking == "energy" else "step_deg"
    together = {name: step for name, step in steps.items() if name != rocking}
    options = {"rocking": rocking, "step_deg": None, key: steps[rocking], "together_deg": together}
    geometry = bragg(**options, angles_at=(0, 0, 0)).windowed((middle, 0, 0), (1, 1, 1))
    geometry.remarks((24, 64, 64))
    sheet = geometry_sheet(geometry, (24, 64, 64))
    matrix, (sample, q) = np.array(sheet["reciprocal_lab_per_nm"]), at(middle, 0, 0)
    np.testing.assert_allclose(geometry.transfer().numpy() * 1e-9, q, rtol=1e-12)
    np.testing.assert_allclose(geometry.frames()["sample"].numpy(), sample.T, atol=1e-12)

    def told(*index: float) -> NDArray[np.float64]:
        turned, there = at(middle + index[0], *index[1:])
        found: NDArray[np.float64] = np.linalg.solve(matrix, sample @ turned.T @ there - q)
        return found

    for index in [(0.1, 0, 0), (-0.1, 0, 0), (0, 0.1, 0), (0.1, 0, 0.1)]:
        np.testing.assert_allclose(told(*index), index, atol=1e-3)
    far = max(np.abs(told(frames, 0, 0) - (frames, 0, 0)).max() for frames in (-12, 12))
    assert geometry._scan().bend(geometry.offset, 24) == pytest.approx(far, rel=1e-6)
    assert far < 1


def test_a_binned_scan_has_the_steps_of_its_blocks() -> None:
    geometry = bragg(together_deg={"delta": 0.02}, angles_at=(0, 0, 0))
    small, large = (geometry.windowed((10.0, 0, 0), (n, 1, 1)) for n in (1, 2))
    assert large.together_deg == {"delta": 0.04}
    torch.testing.assert_close(large.transfer(), small.transfer())
    torch.testing.assert_close(1e9 * large.basis((4, 8, 8)), 1e9 * small.basis((8, 8, 8)))


def test_one_motor_that_carries_sample_and_detector_moves_both() -> None:
    """The whole turns against the beam: the change of q in the crystal's frame is that of the beam's direction."""
    angles = {"beta": 1.0, "mu": 10.0, "gamma": 20.0, "delta": 15.0}
    geometry = bragg(beamline="SIXS", angles_deg=angles, rocking="beta", step_deg=0.02)
    column = np.array(geometry_sheet(geometry, (32, 32, 32))["reciprocal_lab_per_nm"])[:, 0]
    incident = geometry.beam().numpy()[0] * 1e-9
    np.testing.assert_allclose(column, incident - turn("x-", -0.02) @ incident, atol=1e-4)


def test_a_scan_whose_steps_cannot_be_even_is_refused_and_one_of_fewer_frames_is_not() -> None:
    geometry = bragg(together_deg={"delta": 0.05})
    with pytest.raises(InputError, match=r"delta and the rocked axis move so far together .* use fewer frames"):
        geometry.remarks((64, 64, 64))
    geometry.remarks((8, 64, 64))
