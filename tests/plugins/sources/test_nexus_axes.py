"""The source nexus finds the axis that was scanned, and its position for each frame."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np
import pytest
import torch

from phasekit_plugins.geometries.bragg import Bragg
from phasekit_plugins.sources.nexus import Nexus

from .bragg_of import bragg_of
from .nexus_scans import ETA, SHAPE, Master, load, refused, scan_frames


@pytest.fixture
def frames() -> np.ndarray:
    """The frames of the scan."""
    return scan_frames()


def test_the_scanned_axis_is_the_one_that_has_a_position_per_frame(master: Master) -> None:
    geometry = bragg_of(load(master(eta=17.0, phi=np.linspace(10, 11.1, SHAPE[0]), title="ascan phi")))
    assert (geometry.rocking, geometry.angles_deg["phi"]) == ("phi", 10)
    assert geometry.step_deg == pytest.approx(0.1)


def test_where_several_axes_have_positions_the_title_or_the_recipe_says_which(master: Master) -> None:
    drift = np.linspace(17.0, 17.002, SHAPE[0])
    path = master(phi=drift, title="ascan eta 17 17.22 11 1")
    problem = load(path)
    assert bragg_of(problem).rocking == "eta"
    assert bragg_of(problem).angles_deg["phi"] == pytest.approx(17.001)
    assert any("phi moved by 0.002" in note for note in problem.notes)
    path = master(phi=drift, title="some macro")
    said = refused(path)
    assert "eta and phi have a position per frame" in said
    assert "say with rocking which axis was scanned" in said
    assert bragg_of(load(path, rocking="eta")).rocking == "eta"
    assert bragg_of(load(path, rocking="phi")).together_deg == {"eta": pytest.approx(0.02)}


CONTINUOUS = "fscan eta 17 0.02 12 0.1"


@pytest.mark.parametrize("title", [CONTINUOUS, "ascan eta 17 17.22 11 1", "fscan(eta, 17, 0.02, 12, 0.1)"])
def test_the_positions_of_a_continuous_scan_are_a_counter(master: Master, title: str) -> None:
    path = master(eta=17.0, title=title)
    assert "no axis has one position per frame" in refused(path)
    measurement = {"eta_center": ETA + 0.01, "eta_delta": np.full(SHAPE[0], 0.02), "epoch_trig": np.arange(12.0)}
    with h5py.File(path, "a") as file:
        for name, values in measurement.items():
            file[f"sample_0001_1.1/measurement/{name}"] = values
    given: tuple[dict[str, Any], ...] = ({}, {"positions": "measurement/eta_center"}, {"rocking": "eta"})
    for options in given:
        problem = load(path, **options)
        assert bragg_of(problem).step_deg == pytest.approx(0.02)
        assert bragg_of(problem).angles_deg["eta"] == pytest.approx(17.01)
        counted = any("positions of eta are those of measurement/eta_center" in note for note in problem.notes)
        assert counted == ("positions" not in options)


def test_of_several_counters_the_sentence_names_what_to_write_and_that_is_right(master: Master) -> None:
    path = master(eta=17.0, title=CONTINUOUS)
    with h5py.File(path, "a") as file:
        file["sample_0001_1.1/measurement/eta_raw"] = 1e4 * ETA
        file["sample_0001_1.1/measurement/eta_enc"] = ETA
    said = refused(path)
    assert "write positions: measurement/eta_enc or positions: measurement/eta_raw" in said
    assert bragg_of(load(path, positions="measurement/eta_enc")).step_deg == pytest.approx(0.02)
    assert "eta_center is absent" in refused(path, positions="measurement/eta_center")
    assert "has shape (12, 20)" in refused(path, positions="measurement/spectrum")


@pytest.mark.parametrize("moved", ["delta", "phi", "mononrj"])
@pytest.mark.parametrize("title", ["d2scan eta -0.11 0.11 {} -0.1 0.1 11 1", "ascan eta 17 17.22 11 1", "anyscan"])
def test_an_axis_that_moves_with_the_scanned_one_has_its_step(master: Master, moved: str, title: str) -> None:
    start, step = {"delta": (34.0, 0.01), "phi": (17.0, -0.01), "mononrj": (9.0, 0.001)}[moved]
    path = master(title=title.format(moved), **{moved: start + step * np.arange(SHAPE[0])})
    problem = load(path, rocking="eta")
    geometry = bragg_of(problem)
    if moved == "mononrj":
        assert geometry.rocking == "energy"
        assert geometry.step_ev == pytest.approx(1)
        assert geometry.together_deg == {"eta": pytest.approx(0.02)}
    else:
        assert geometry.rocking == "eta"
        assert geometry.step_deg == pytest.approx(0.02)
        assert geometry.together_deg == {moved: pytest.approx(step)}
        assert geometry.angles_deg[moved] == pytest.approx(start)
    assert any(" move together, in steps of " in note for note in problem.notes)


F2SCAN = "f2scan eta 17 0.02 delta 34 0.01 12 0.1"


def test_two_axes_of_a_continuous_scan_have_the_positions_of_their_counters(master: Master) -> None:
    path = master(eta=17.0, title=F2SCAN)
    with h5py.File(path, "a") as file:
        file["sample_0001_1.1/measurement/eta_center"] = ETA
        file["sample_0001_1.1/measurement/delta_center"] = 34.005 + 0.01 * np.arange(SHAPE[0])
    geometry = bragg_of(load(path))
    assert geometry.together_deg == {"delta": pytest.approx(0.01)}
    assert geometry.angles_deg["delta"] == pytest.approx(34.005)


def test_an_axis_that_moves_unseen_is_asked_for_and_what_the_sentence_asks_for_is_right(master: Master) -> None:
    path = master(title=F2SCAN)
    said = refused(path)
    assert "moves delta together with eta, and has one position of it" in said
    assert "needs angles_deg of delta" in said
    right = load(master(title=F2SCAN, delta=34.0 + 0.01 * np.arange(SHAPE[0])))
    given = load(master(title=F2SCAN), Bragg(together_deg={"delta": 0.01}, angles_deg={"delta": 34.0}))
    torch.testing.assert_close(given.geometry.basis((12, 16, 18)), right.geometry.basis((12, 16, 18)))


def test_a_motor_that_is_no_circle_changes_nothing_and_is_told(master: Master) -> None:
    problem = load(master(title="d2scan eta -0.11 0.11 thx -1 1 11 1", thx=np.linspace(0, 2, SHAPE[0])))
    assert bragg_of(problem).together_deg == {}
    assert any("moves thx, too, which is no circle" in note for note in problem.notes)


def test_an_encoder_that_scatters_gives_the_step_of_the_command_and_a_note(master: Master) -> None:
    jitter = 0.15 * 0.02 * np.random.default_rng(0).normal(size=SHAPE[0])
    standing = 17 + 1e-3 * np.random.default_rng(1).normal(size=SHAPE[0])
    problem = load(master(eta=ETA + jitter, phi=standing, title="ascan eta 17 17.22 11 1"))
    assert bragg_of(problem).step_deg == pytest.approx(0.02, rel=0.03)
    assert any("positions of eta scatter by" in note for note in problem.notes)


def test_a_position_that_is_unknown_leaves_its_frame_untrusted(master: Master) -> None:
    eta = ETA.copy()
    eta[4] = np.nan
    raw = Nexus(path=master(eta=eta)).raw()
    np.testing.assert_array_equal(raw.valid.numpy().any(axis=(1, 2)), np.arange(SHAPE[0]) != 4)
    assert any("does not say where eta was" in note for note in raw.notes)


def test_a_wild_reading_changes_no_step_and_leaves_its_frame_untrusted(master: Master) -> None:
    eta = ETA.copy()
    eta[4] = 1e3
    path = master(eta=eta)
    assert bragg_of(load(path)).step_deg == pytest.approx(0.02)
    raw = Nexus(path=path).raw()
    np.testing.assert_array_equal(raw.valid.numpy().any(axis=(1, 2)), np.arange(SHAPE[0]) != 4)
    assert any("the position of frame 4 reads 1000" in note for note in raw.notes)


@pytest.mark.parametrize("title", ["fscan eta 17 0.02 10 0.1", "f2scan eta 17 0.02 delta 34 0.01 10 0.1"])
def test_frames_of_a_pause_are_one_point(master: Master, title: str, frames: np.ndarray) -> None:
    point = np.array([0, 1, 2, 3, 3, 3, 4, 5, 6, 7, 8, 9])
    path = master(eta=17 + 0.02 * point, delta=34 + 0.01 * point, title=title)
    geometry = bragg_of(load(path, prepare=[]))
    assert geometry.step_deg == pytest.approx(0.02)
    assert geometry.together_deg == {"delta": pytest.approx(0.01)}
    raw = Nexus(path=path).raw()
    np.testing.assert_allclose(raw.counts[3], frames[3:6].mean(axis=0), rtol=1e-6)
    np.testing.assert_array_equal(raw.counts[4:], frames[6:])
    assert any("frames 3 to 5 are at one position each" in note for note in raw.notes)
