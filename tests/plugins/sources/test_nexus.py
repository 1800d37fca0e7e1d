"""The source nexus: a scan as BLISS writes it becomes counts with their geometry, or a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np
import pytest
import torch

from phasekit import InputError, Problem
from phasekit_plugins.geometries.bragg import Bragg
from phasekit_plugins.sources.nexus import Nexus

from .bragg_of import bragg_of

SHAPE = (12, 16, 18)
STANDING = {"mu": 0.0, "phi": 17.0, "nu": 5.0, "delta": 34.0}
ETA = np.linspace(17.0, 17.22, SHAPE[0])
CALIBRATION = {
    "distance": 0.8,
    "x_pixel_size": 55e-6,
    "y_pixel_size": 75e-6,
    "beam_center_x": 12.5,
    "beam_center_y": 4.0,
}

Master = Callable[..., Path]


@pytest.fixture
def frames() -> np.ndarray:
    """(frames, rows, columns) uint32: a peak in noise, brightest at (6, 7, 8)."""
    k, i, j = np.indices(SHAPE)
    peak = 3e4 * np.exp(-((k - 6) ** 2 / 6 + (i - 7) ** 2 / 8 + (j - 8) ** 2 / 8))
    counts: np.ndarray = np.random.default_rng(3).poisson(peak + 1).astype(np.uint32)
    return counts


def write_scan(file: h5py.File, name: str, positioners: dict[str, Any], title: str = "ascan eta 17 17.22 11 1") -> Any:
    """Write a scan without a detector; returns its group."""
    scan = file.create_group(name)
    scan["title"] = title
    scan["measurement/mon2"] = 1000.0 + np.arange(SHAPE[0]) ** 2
    scan["measurement/spectrum"] = np.zeros((SHAPE[0], 20))
    for key, value in positioners.items():
        scan[f"instrument/positioners/{key}"] = value
    return scan


@pytest.fixture
def master(tmp_path: Path, frames: np.ndarray) -> Master:
    """Write a master file that links to the detector's own, compressed with bitshuffle and LZ4; returns its path."""

    def master(calibration: dict[str, float] = CALIBRATION, title: str = "ascan eta", **positioners: Any) -> Path:
        with h5py.File(tmp_path / "detector.h5", "w") as file:
            packed = hdf5plugin.Bitshuffle(cname="lz4")
            file.create_dataset("entry/data", data=frames, chunks=(1, *SHAPE[1:]), **packed)
        with h5py.File(tmp_path / "master.h5", "w") as file:
            standing = {"eta": ETA, **STANDING, "mononrj": 9.0, "thx": 1.0, **positioners}
            scan = write_scan(file, "sample_0001_1.1", {k: v for k, v in standing.items() if v is not None}, title)
            scan["measurement/mpx1x4"] = h5py.ExternalLink("detector.h5", "entry/data")
            for key, value in calibration.items():
                scan[f"instrument/mpx1x4/{key}"] = value
        return tmp_path / "master.h5"

    return master


def load(path: Path, geometry: Bragg | None = None, **options: Any) -> Problem:
    return Nexus(path=path, **options).load(geometry, torch.Generator())


def refused(path: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        load(path, **options)
    return str(caught.value)


def test_compressed_frames_behind_a_link_are_read(master: Master, frames: np.ndarray) -> None:
    raw = Nexus(path=master(), monitor="mon2").raw()
    np.testing.assert_array_equal(raw.counts, frames)
    assert raw.positions is not None
    assert raw.monitor is not None
    np.testing.assert_allclose(raw.positions, ETA)
    np.testing.assert_allclose(raw.monitor, 1000.0 + np.arange(SHAPE[0]) ** 2)
    assert bool(raw.valid.all())
    assert raw.notes == ()


def test_the_geometry_is_that_of_the_file(master: Master) -> None:
    geometry = load(master()).geometry
    assert isinstance(geometry, Bragg)
    assert geometry.beamline == "ID01"
    assert geometry.angles_deg == pytest.approx({**STANDING, "eta": 17.0})
    assert (geometry.rocking, geometry.energy_kev, geometry.distance_m) == ("eta", 9.0, 0.8)
    assert geometry.step_deg == pytest.approx(0.02)
    assert geometry.pixel_um == pytest.approx((75, 55))
    # The angles are those of frame 0 and of the pixel that the direct beam hits; the peak became the centre.
    assert geometry.offset == pytest.approx((6, 7 - 4.0, 8 - 12.5))


def test_q_is_that_of_the_pixel_at_the_centre(master: Master) -> None:
    nu, delta = np.radians(5.0), np.radians(34.0)
    # ID01: nu turns about y−, delta about x−; rows run along y−, columns along x+.
    about_y = np.array([[np.cos(-nu), 0, np.sin(-nu)], [0, 1, 0], [-np.sin(-nu), 0, np.cos(-nu)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(delta), np.sin(delta)], [0, -np.sin(delta), np.cos(delta)]])
    pixel = np.array([(8 - 12.5) * 55e-6, -(7 - 4) * 75e-6, 0.8])
    outward = about_y @ about_x @ (pixel / np.linalg.norm(pixel))
    k = 2 * np.pi * 9 / 12.398419843320026e-10
    q = k * (outward - np.array([0, 0, 1]))
    np.testing.assert_allclose(bragg_of(load(master())).transfer(), q, rtol=1e-9, atol=1)


def test_without_a_calibration_the_recipe_gives_it_and_a_note_says_where_the_angles_belong(master: Master) -> None:
    path = master({})
    with pytest.raises(InputError, match="needs distance_m, pixel_um"):
        load(path)
    problem = load(path, Bragg(distance_m=0.7, pixel_um=55))
    assert bragg_of(problem).offset == (6, 0, 0)
    assert any("does not give the pixel of the direct beam" in note for note in problem.notes)


@pytest.mark.parametrize("scan", ["1.1", 1.1, 1, "sample_0001_1.1", None])
def test_a_scan_is_found_by_its_name_or_number(master: Master, frames: np.ndarray, scan: Any) -> None:
    np.testing.assert_array_equal(Nexus.model_validate({"path": master(), "scan": scan}).raw().counts, frames)


def test_one_of_several_detectors_has_to_be_named(master: Master, frames: np.ndarray) -> None:
    path = master()
    with h5py.File(path, "a") as file:
        file["sample_0001_1.1/instrument/eiger2M/data"] = frames + 1
    assert "2 detectors with frames: mpx1x4, eiger2M" in refused(path)
    np.testing.assert_array_equal(Nexus(path=path, detector="eiger2M").raw().counts, frames + 1)
    assert "no detector 'eiger'; did you mean eiger2M" in refused(path, detector="eiger")


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
    assert "moves eta together with phi" in refused(path, rocking="phi")


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
@pytest.mark.parametrize("title", ["d2scan eta -0.11 0.11 delta -0.2 0.2 11 1", "ascan eta 17 17.22 11 1", "anyscan"])
def test_an_axis_that_moves_with_the_scanned_one_is_refused(master: Master, moved: str, title: str) -> None:
    follows = {"delta": 34.0, "phi": 17.0, "mononrj": 9.0}[moved] + np.linspace(0, 0.2, SHAPE[0])
    assert f"moves {moved.replace('mononrj', 'energy')} together with eta" in refused(
        master(title=title, rocking=None, **{moved: follows}), rocking="eta"
    )


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


def test_a_scan_whose_number_is_two_names_is_asked_for_with_quotes(master: Master) -> None:
    path = master()
    with h5py.File(path, "a") as file:
        file.copy("sample_0001_1.1", "sample_0001_1.10")
        file["sample_0001_1.10/instrument/positioners/delta"][()] = 30.0
    said = refused(path, scan=1.10)
    assert 'write scan: "sample_0001_1.1" or scan: "sample_0001_1.10", with the quotes' in said
    assert bragg_of(load(path, scan="sample_0001_1.10")).angles_deg["delta"] == 30
    assert bragg_of(load(path, scan="1.10")).angles_deg["delta"] == 30
    assert bragg_of(load(path, scan="1.1")).angles_deg["delta"] == 34


def test_a_calibration_that_is_no_number_is_asked_for_and_the_recipe_gives_it(master: Master) -> None:
    path = master()
    with h5py.File(path, "a") as file:
        file["sample_0001_1.1/instrument/mpx1x4/distance"].attrs["units"] = "furlong"
        file["sample_0001_1.1/title"][()] = "ascan eta 17 17.22 11 1 °".encode("latin-1")
    said = refused(path)
    assert "is given in 'furlong'; readable units are m, mm" in said
    assert "or give distance_m in the recipe's geometry" in said
    assert bragg_of(load(path, Bragg(distance_m=0.8))).distance_m == 0.8
    with h5py.File(path, "a") as file:
        file["sample_0001_1.1/instrument/mpx1x4/distance"].attrs["units"] = "m"
    assert bragg_of(load(path)).distance_m == 0.8


def test_a_scan_of_the_energy_is_an_energy_scan(master: Master) -> None:
    geometry = bragg_of(load(master(eta=17.0, mononrj=np.linspace(8.9, 9.01, SHAPE[0]), title="ascan mononrj")))
    assert (geometry.rocking, geometry.energy_kev) == ("energy", 8.9)
    assert geometry.step_ev == pytest.approx(10)


def test_the_energy_may_be_that_of_the_monochromator(master: Master) -> None:
    path = master(mononrj=None)
    with pytest.raises(InputError, match="needs energy_kev"):
        load(path)
    with h5py.File(path, "a") as file:
        file["sample_0001_1.1/instrument/monochromator/WaveLength"] = 1.2398419843320026e-10
    assert bragg_of(load(path)).energy_kev == pytest.approx(10)
    with h5py.File(path, "a") as file:
        energy = file["sample_0001_1.1/instrument"].create_dataset("monochromator/energy", data=9500.0)
        energy.attrs["units"] = "eV"
    assert bragg_of(load(path)).energy_kev == pytest.approx(9.5)


def test_nothing_that_was_scanned_is_refused(master: Master) -> None:
    assert "no axis has one position per frame, of the known axes (mu, eta, phi, energy)" in refused(master(eta=17.0))


def test_frames_and_positions_of_different_number_are_refused_with_what_to_do(
    master: Master, frames: np.ndarray
) -> None:
    path = master(eta=ETA[:9])
    said = refused(path)
    assert "has 12 frames and 9 positions of eta" in said
    assert "points: [0, 9]" in said
    np.testing.assert_array_equal(Nexus(path=path, points=(2, 9)).raw().counts, frames[2:9])
    positions = Nexus(path=path, points=(2, 9)).raw().positions
    assert positions is not None
    np.testing.assert_allclose(positions, ETA[2:9])
    assert "12 is beyond that" in refused(path, points=(0, 12))


def test_a_step_of_zero_is_refused(master: Master) -> None:
    assert "so its step is 0" in refused(master(eta=np.full(SHAPE[0], 17.0)))


def test_an_axis_that_turns_back_is_refused_with_the_frame(master: Master) -> None:
    turned = ETA.copy()
    turned[7] = ETA[4]
    assert "eta reverses at frame 7" in refused(master(eta=turned))


def test_another_beamline_that_writes_alike_brings_its_own_circles(master: Master, tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "name: mine\nsample_circles: [{name: omega, axis: x-}]\ndetector_circles: [{name: delta, axis: x-}]\n"
        "row: y-\ncolumn: x+\n"
    )
    path = master(omega=np.linspace(3, 4.1, SHAPE[0]), title="ascan omega")
    geometry = bragg_of(load(path, beamline=mine))
    assert geometry.angles_deg == pytest.approx({"omega": 3, "delta": 34})
    assert geometry.rocking == "omega"


def test_a_detector_file_of_one_s_own_names_the_detector_and_completes_its_pictures(
    master: Master, frames: np.ndarray, tmp_path: Path
) -> None:
    rows, columns = SHAPE[1:]
    own = tmp_path / "mine.yaml"
    own.write_text(f"name: mine\nalso: [mpx1x4]\nshape: [{rows}, {columns}]\nseams: [{{at: 3, columns: 2}}]\n")
    path = master(beam_center_x=4.5, beam_center_y=2.5)
    raw = Nexus(path=path, detector=own).raw()
    np.testing.assert_array_equal(np.delete(raw.counts.numpy(), (3, 4), axis=2), frames)
    assert not bool(raw.valid[:, :, 3:5].any())
    plain, moved = (bragg_of(load(path, prepare=[], detector=named)) for named in (None, own))
    # The direct beam is at column 4.5 of the picture, 6.5 of what was completed; the array's centre is one further.
    assert moved.offset[1] == plain.offset[1]
    assert moved.offset[2] - plain.offset[2] == pytest.approx((columns + 2) // 2 - 6.5 - (columns // 2 - 4.5))


def test_positions_of_an_axis_that_nothing_names_are_asked_for_by_rocking(master: Master) -> None:
    path = master(eta=17.0, title="anyscan")
    with h5py.File(path, "a") as file:
        file["sample_0001_1.1/measurement/encoder"] = ETA
    said = refused(path, positions="measurement/encoder")
    assert (
        "which axis has the positions measurement/encoder is unknown; say it with rocking: mu, eta, phi, energy" in said
    )
    problem = load(path, positions="measurement/encoder", rocking="eta")
    assert bragg_of(problem).step_deg == pytest.approx(0.02)


@pytest.mark.parametrize("points", [None, (2, 10)])
def test_a_region_has_the_geometry_of_the_whole(
    master: Master, frames: np.ndarray, points: tuple[int, int] | None
) -> None:
    path, roi = master(), (2, 14, 3, 15)
    whole = load(path, points=points)
    part = load(path, points=points, roi=roi)
    raw = Nexus(path=path, points=points, roi=roi).raw()
    np.testing.assert_array_equal(raw.counts, frames[slice(*(points or (None,))), 2:14, 3:15])
    assert part.detector == (whole.detector[0], 12, 12)
    # The peak is at the centre of both, so that both have one scattering vector there.
    np.testing.assert_allclose(bragg_of(part).transfer(), bragg_of(whole).transfer(), rtol=1e-12)
    assert "a part of [0, 16, 0, 18]" in refused(path, roi=(0, 17, 0, 5))


def test_the_mask_of_the_whole_picture_is_cut_to_the_region(master: Master, tmp_path: Path) -> None:
    mask = np.random.default_rng(0).random(SHAPE[1:]) > 0.2
    np.save(tmp_path / "mask.npy", mask)
    raw = Nexus(path=master(), roi=(2, 14, 3, 15), valid=tmp_path / "mask.npy").raw()
    np.testing.assert_array_equal(raw.valid, np.broadcast_to(mask[2:14, 3:15], (12, 12, 12)))
