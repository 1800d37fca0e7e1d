"""The source nexus: a scan as BLISS writes it becomes counts with their geometry, or a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from phasekit import InputError
from phasekit_plugins.geometries.bragg import Bragg
from phasekit_plugins.sources.nexus import Nexus

from .bragg_of import bragg_of
from .nexus_scans import ETA, SHAPE, STANDING, Master, load, refused, scan_frames


@pytest.fixture
def frames() -> np.ndarray:
    """The frames of the scan."""
    return scan_frames()


def test_compressed_frames_behind_a_link_are_read(master: Master, frames: np.ndarray) -> None:
    raw = Nexus(path=master(), monitor="mon2").raw()
    np.testing.assert_array_equal(raw.counts, frames)
    assert raw.positions is not None
    assert raw.monitor is not None
    np.testing.assert_allclose(raw.positions, ETA)
    np.testing.assert_allclose(raw.monitor, 1000.0 + np.arange(SHAPE[0]) ** 2)
    assert bool(raw.valid.all())
    (note,) = raw.notes
    assert "the detector 'mpx1x4' is known" in note


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
    turned[7:9] = ETA[4:6]
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
