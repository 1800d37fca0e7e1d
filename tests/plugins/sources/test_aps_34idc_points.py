"""The source aps-34idc pairs motors, points and frames by checks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

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
    assert any("frame 4" in note and "does not say where Theta was" in note for note in raw.notes)
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


def test_a_detector_that_moves_with_the_sample_is_refused(scan: Scan) -> None:
    folder = scan()
    text = (folder / "made.spec").read_text()
    head, block = text[: text.index("#S 54")], text[text.index("#S 54") : text.index("#S 55")]
    block = block.replace("ascan  Theta 0.1 0.28 9", "a2scan  Theta 0.1 0.28 Delta 32 32.09 9").replace(
        "Epoch", "Delta"
    )
    for k in range(POINTS):
        block = block.replace(f" {k} 0.2 ", f" {32 + 0.01 * k} 0.2 ")
    (folder / "made.spec").write_text(head + block)
    assert "moves Theta and Delta" in refused(folder)
