"""The source aps-34idc pairs motors, points and frames by checks."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from phasekit_plugins.geometries.bragg import Bragg
from phasekit_plugins.sources.aps_34idc import Aps34idc

from .aps_scans import (
    POINTS,
    Scan,
    load,
    positions,
    refused,
    uncentred,
)
from .bragg_of import bragg_of


def edit(folder: Path, old: str, new: str) -> None:
    text = (folder / "made.spec").read_text()
    assert old in text
    (folder / "made.spec").write_text(text.replace(old, new))


def test_positions_that_fit_no_motor_are_asked_for_and_what_the_sentence_asks_for_is_right(scan: Scan) -> None:
    folder = scan()
    right = bragg_of(load(folder)).transfer()
    edit(folder, "#P1 500 9 0.1", "#P1 500 9")
    said = refused(folder)
    assert "names 9 motors (#O) and has 8 positions (#P)" in said
    assert "needs distance_m, energy_kev, angles_deg of chi, phi, delta, gamma; give them in the recipe" in said
    angles = {"chi": 90.0, "phi": -5.0, "delta": 32.0, "gamma": 12.0}
    problem = load(folder, Bragg(distance_m=0.5, energy_kev=9, angles_deg=angles))
    torch.testing.assert_close(bragg_of(problem).transfer(), right)
    assert any("which position is whose is unknown" in note for note in problem.notes)


def test_a_point_without_a_position_keeps_its_place_and_its_frame_is_untrusted(scan: Scan, frames: np.ndarray) -> None:
    folder = scan()
    edit(folder, "0.18 4 0.2 1016", "nan 4 0.2 1016")
    raw = Aps34idc(path=folder).raw()
    np.testing.assert_array_equal(raw.counts, frames)
    np.testing.assert_array_equal(raw.valid.numpy().any(axis=(1, 2)), np.arange(POINTS) != 4)
    assert any("frame 4" in note and "does not say where theta was" in note for note in raw.notes)
    assert bragg_of(load(folder)).step_deg == pytest.approx(0.02)


def test_a_cut_line_loses_its_monitor_only(scan: Scan) -> None:
    folder = scan()
    edit(folder, " 5 0.2 1025", " 5 0.2")
    raw = Aps34idc(path=folder).raw()
    assert bool(raw.valid.all())
    assert raw.monitor is not None
    np.testing.assert_array_equal(raw.monitor.isnan(), np.arange(POINTS) == 5)
    trusted = uncentred(load(folder, prepare=["monitor"]).valid.numpy())
    np.testing.assert_array_equal(trusted.any(axis=(1, 2)), np.arange(POINTS) != 5)


def test_the_step_is_that_of_the_command_when_the_encoder_scatters(scan: Scan) -> None:
    jitter = 0.1 * 0.02 * np.random.default_rng(1).normal(size=POINTS)
    problem = load(scan(positions() + jitter))
    assert bragg_of(problem).step_deg == pytest.approx(0.02, rel=0.02)
    assert any("scatter by" in note and "% of the step" in note for note in problem.notes)


def turn(axis: str, degrees: float) -> np.ndarray:
    sign = np.radians(degrees) if axis[1] == "+" else -np.radians(degrees)
    found: np.ndarray = Rotation.from_rotvec(sign * np.eye(3)["xyz".index(axis[0])]).as_matrix()
    return found


def two(folder: Path, other: str, at: np.ndarray, motors: str = "Theta 0.1 0.28") -> Path:
    """Turn the scan into one that moves another motor, too."""
    text = (folder / "made.spec").read_text()
    head, block = text[: text.index("#S 54")], text[text.index("#S 54") : text.index("#S 55")]
    block = block.replace("ascan  Theta 0.1 0.28", f"a2scan  {motors} {other} {at[0]:g} {at[-1]:g}")
    block = re.sub(r" (\d) 0\.2 ", lambda found: f" {at[int(found[1])]:.9g} 0.2 ", block.replace("Epoch", other))
    (folder / "made.spec").write_text(head + block)
    return folder


@pytest.mark.parametrize(("other", "start", "step"), [("Delta", 32.0, 0.01), ("Phi", -5.0, -0.02), ("Chi", 90, 0.001)])
def test_two_circles_that_move_together_have_the_steps_of_their_columns(
    scan: Scan, other: str, start: float, step: float
) -> None:
    problem = load(two(scan(), other, start + step * np.arange(POINTS)))
    geometry = bragg_of(problem)
    assert geometry.rocking == "theta"
    assert geometry.step_deg == pytest.approx(0.02)
    assert geometry.together_deg == {other.lower(): pytest.approx(step)}
    assert geometry.angles_deg[other.lower()] == pytest.approx(start)
    assert any(f"theta and {other.lower()} move together" in note for note in problem.notes)


def test_q_of_a_detector_that_follows_is_that_of_each_point(scan: Scan) -> None:
    """Against rotations alone, at the first and the last point."""
    geometry = bragg_of(load(two(scan(), "Delta", 32 + 0.01 * np.arange(POINTS)), prepare=[]))
    k = 2 * np.pi * 9 / 1.2398419843320026

    def crystal_q(point: int) -> np.ndarray:
        arm = turn("y+", 32 + 0.01 * point) @ turn("x-", 12)
        sample = turn("y+", 0.1 + 0.02 * point) @ turn("z-", 90) @ turn("y+", -5)
        found: np.ndarray = sample.T @ (k * (arm @ [0, 0, 1] - np.array([0, 0, 1])))
        return found

    matrix = 2e-9 * np.pi * np.linalg.inv(geometry.basis((1, 1, 1)).numpy())
    column = geometry.frames()["sample"].numpy() @ matrix[:, 0]
    np.testing.assert_allclose((crystal_q(9) - crystal_q(0)) / 9, column, atol=1e-3 * float(np.linalg.norm(column)))


def test_energy_and_circle_are_an_energy_scan_in_which_the_circle_moves(scan: Scan) -> None:
    geometry = bragg_of(load(two(scan(), "Energy", 9 + 0.002 * np.arange(POINTS))))
    assert geometry.rocking == "energy"
    assert geometry.step_ev == pytest.approx(2)
    assert geometry.together_deg == {"theta": pytest.approx(0.02)}
    assert geometry.energy_kev == pytest.approx(9)
    assert geometry.angles_deg["theta"] == pytest.approx(0.1)


@pytest.mark.parametrize("first", [True, False])
def test_a_motor_that_turns_nothing_changes_nothing_and_is_told(scan: Scan, first: bool) -> None:
    folder = two(scan(), "Lab_X", 0.1 * np.arange(POINTS))
    if first:
        edit(folder, "Theta 0.1 0.28 Lab_X 0 0.9", "Lab_X 0 0.9 Theta 0.1 0.28")
    problem = load(folder)
    assert (bragg_of(problem).rocking, bragg_of(problem).together_deg) == ("theta", {})
    assert any("moves Lab_X, too, which turns neither sample nor detector" in note for note in problem.notes)


def test_axes_in_uneven_steps_are_refused_and_their_even_part_is_read(scan: Scan) -> None:
    at = 32 + 0.01 * np.arange(POINTS) + 0.02 * (np.arange(POINTS) > 6)
    folder = two(scan(), "Delta", at)
    said = refused(folder)
    assert "delta moves together with theta, but not in even steps" in said
    assert "select an even part of the scan with points" in said
    assert bragg_of(load(folder, points=[0, 7])).together_deg["delta"] == pytest.approx(0.01)
