"""The source cxi: measured counts with mask and geometry, as CXI or phasekit itself writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from phasekit import InputError, Problem, solve
from phasekit.export.cxi import write_cxi
from phasekit_plugins.geometries.bragg import Bragg
from phasekit_plugins.geometries.far_field import FarField
from phasekit_plugins.sources.cxi import Cxi

from .bragg_of import bragg_of

DETECTOR = "entry_1/instrument_1/detector_1"
JOULE_PER_KEV = 1.602176634e-16
ANGLES = {"theta": 0.2, "chi": 90.0, "phi": -5.0, "delta": 30.1, "gamma": 14.0}


@pytest.fixture
def path(tmp_path: Path, counts: np.ndarray) -> Path:
    """A CXI file with what CXI knows of an experiment."""
    with h5py.File(tmp_path / "scan.cxi", "w") as file:
        file[f"{DETECTOR}/data"] = counts
        file[f"{DETECTOR}/distance"] = 0.5
        file[f"{DETECTOR}/y_pixel_size"] = 60e-6
        file[f"{DETECTOR}/x_pixel_size"] = 55e-6
        file["entry_1/instrument_1/source_1/energy"] = 9.0 * JOULE_PER_KEV
        file["entry_1/data_1/data"] = h5py.SoftLink(f"/{DETECTOR}/data")
    return tmp_path / "scan.cxi"


def load(path: Path, geometry: Bragg | None = None, **options: Any) -> Problem:
    return Cxi(path=path, **options).load(geometry, torch.Generator())


def angles(**options: Any) -> Bragg:
    return Bragg(beamline="34-ID-C", angles_deg=ANGLES, step_deg=0.01, **options)


def test_energy_distance_and_pixels_come_from_where_cxi_has_them(path: Path, counts: np.ndarray) -> None:
    problem = load(path, angles())
    geometry = bragg_of(problem)
    assert geometry.energy_kev == pytest.approx(9)
    assert geometry.distance_m == 0.5
    assert geometry.pixel_um == pytest.approx((60, 55))
    assert float(problem.intensity.max()) == pytest.approx(counts.max(), rel=1e-6)


def test_the_recipe_overrides_the_file(path: Path) -> None:
    assert bragg_of(load(path, angles(energy_kev=8.0))).energy_kev == 8


def test_a_circle_that_the_recipe_tells_with_its_angle_overrides_the_file(path: Path) -> None:
    with h5py.File(path, "a") as file:
        group = file.create_group("entry_1/instrument_1/geometry")
        group["beamline"], group["step_deg"] = "34-ID-C", 0.01
        for name, angle in ANGLES.items():
            group[f"angles_deg/{name}"] = angle
    circles = [{"name": "delta", "axis": "y+", "angle_deg": 25.0}, {"name": "gamma", "axis": "x-"}]
    geometry = bragg_of(load(path, Bragg.model_validate({"detector_circles": circles})))
    assert [c.angle_deg for c in geometry.expanded().detector_circles or ()] == [25.0, 14.0]


def test_the_energy_may_be_told_by_the_beam_and_in_other_units(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["entry_1/instrument_1/source_1/energy"]
        file["entry_1/instrument_1/beam_1/incident_wavelength"] = 1.2398419843320026e-10
    assert bragg_of(load(path, angles())).energy_kev == pytest.approx(10)
    with h5py.File(path, "a") as file:
        file["entry_1/instrument_1/beam_1/energy"] = 8500.0
        file["entry_1/instrument_1/beam_1/energy"].attrs["units"] = "eV"
    assert bragg_of(load(path, angles())).energy_kev == pytest.approx(8.5)
    with h5py.File(path, "a") as file:
        file["entry_1/instrument_1/beam_1/energy"].attrs["units"] = "furlong"
    with pytest.raises(InputError, match="is given in 'furlong'"):
        load(path, angles())


def test_angles_that_the_file_lacks_are_asked_for(path: Path) -> None:
    with pytest.raises(InputError, match=r"no angles; say in the recipe what this is: geometry: \{name: bragg"):
        load(path)


def test_one_frame_is_a_far_field_with_the_lengths_of_the_file(path: Path, counts: np.ndarray) -> None:
    with h5py.File(path, "a") as file:
        del file[f"{DETECTOR}/data"]
        file[f"{DETECTOR}/data"] = counts[0]
    geometry = load(path).geometry
    assert isinstance(geometry, FarField)
    assert geometry.calibrated()
    assert geometry.pixel_um == pytest.approx((60, 55))
    problem = Cxi(path=path).load(FarField(distance_m=2.0), torch.Generator())
    assert isinstance(problem.geometry, FarField)
    assert problem.geometry.distance_m == 2.0
    assert problem.geometry.energy_kev == pytest.approx(9)
    with h5py.File(path, "a") as file:
        file[f"{DETECTOR}/distance"][()] = -1
    with pytest.raises(InputError):
        load(path)


def test_a_file_without_geometry_is_a_far_field(path: Path) -> None:
    with h5py.File(path, "a") as file:
        data = file[f"{DETECTOR}/data"][()]
        del file["entry_1"]
        file["entry_1/data_1/data"] = data
    assert isinstance(load(path).geometry, FarField)


def test_every_bit_of_the_mask_says_do_not_trust(path: Path, counts: np.ndarray) -> None:
    mask = np.zeros(counts.shape[1:], np.uint32)
    mask[2, 3], mask[4, 5] = 0x1, 0x200
    with h5py.File(path, "a") as file:
        file[f"{DETECTOR}/mask"] = mask
    trusted = np.fft.ifftshift(np.broadcast_to(mask == 0, counts.shape))
    np.testing.assert_array_equal(load(path, angles(), prepare=[]).valid, trusted)
    assert bool(load(path, angles(), prepare=[], valid=None).valid.all())
    with pytest.raises(InputError, match="'entry_1/other' is absent"):
        load(path, angles(), valid="entry_1/other")


def test_pynx_knows_no_bits_in_its_masks(path: Path, counts: np.ndarray) -> None:
    mask = np.zeros(counts.shape[1:], np.int16)
    mask[2, 3], mask[4, 5] = 1, 0x1000
    with h5py.File(path, "a") as file:
        file[f"{DETECTOR}/mask"] = mask
    trusted = [np.fft.ifftshift(np.broadcast_to(mask & bits == 0, counts.shape)) for bits in (1, 0x1001)]
    np.testing.assert_array_equal(load(path, angles(), prepare=[]).valid, trusted[0])
    with h5py.File(path, "a") as file:
        file.attrs["creator"] = "PyNX"
    np.testing.assert_array_equal(load(path, angles(), prepare=[]).valid, trusted[1])
    np.testing.assert_array_equal(load(path, angles(), prepare=[], bad_bits=1).valid, trusted[0])


def test_the_geometry_that_phasekit_wrote_comes_back(path: Path, counts: np.ndarray, tmp_path: Path) -> None:
    written = angles(energy_kev=9.0, distance_m=0.5, pixel_um=55.0, angles_at=(0, None, 3)).windowed(
        (9, 10, 11), (1, 1, 1)
    )
    problem = Problem.measured(torch.from_numpy(np.fft.ifftshift(counts)), written)
    write_cxi(tmp_path / "result.cxi", solve(problem, {"name": "er", "steps": 1}, seeds=1), {})
    with h5py.File(path, "a") as file, h5py.File(tmp_path / "result.cxi") as result:
        result.copy("entry_1/instrument_1/geometry", file["entry_1/instrument_1"])
    read = load(path, prepare=[]).geometry
    torch.testing.assert_close(read.transfer(), written.transfer())
    torch.testing.assert_close(read.basis(counts.shape), written.basis(counts.shape))
    torch.testing.assert_close(read.frames()["crystal"], written.frames()["crystal"])
    # Another voxel at the centre: q moves with it, as it does for the geometry that was written.
    moved = load(path, prepare=[{"name": "centre", "at": [7, 12, 10]}]).geometry
    torch.testing.assert_close(moved.transfer(), (written.model_copy(update={"offset": (7, 2, 7)})).transfer())


def test_a_result_is_refused_as_data(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "result.cxi", "w") as file:
        file["entry_1/data_1/data"] = np.ones((8, 8, 8), np.complex64)
    with pytest.raises(InputError, match="holds complex numbers"):
        load(tmp_path / "result.cxi")


def test_a_file_without_counts_is_refused_with_what_there_is(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.cxi", "w") as file:
        file["entry_1/something"] = np.ones((8, 8))
    with pytest.raises(InputError, match=r"'entry_1/data_1/data' is absent.*entry_1/something \(8, 8\)"):
        load(tmp_path / "other.cxi")


def test_a_geometry_that_cannot_be_is_refused(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["entry_1/instrument_1/source_1/energy"]
        file["entry_1/instrument_1/source_1/energy"] = 9000.0  # eV, where CXI has J
    with pytest.raises(InputError, match="was it in eV and read as J"):
        load(path, angles())


def test_a_damaged_frame_is_named_and_missing(tmp_path: Path, counts: np.ndarray) -> None:
    path = tmp_path / "scan.cxi"
    with h5py.File(path, "w") as file:
        data = file.create_dataset(
            "entry_1/data_1/data", data=counts.astype("f4"), chunks=(1, *counts.shape[1:]), fletcher32=True
        )
        chunk = data.id.get_chunk_info(6)
    with path.open("r+b") as stored:
        stored.seek(chunk.byte_offset + 100)
        stored.write(b"\xff" * 50)
    raw = Cxi(path=path).raw()
    np.testing.assert_array_equal(raw.valid.numpy().all(axis=(1, 2)), np.arange(len(counts)) != 6)
    assert "frame 6 (damaged" in raw.notes[0]


def test_a_ptychography_scan_is_refused_whatever_the_geometry(path: Path, counts: np.ndarray) -> None:
    with h5py.File(path, "a") as file:
        file["entry_1/sample_1/geometry_1/translation"] = np.random.default_rng(0).random((len(counts), 3))
    for geometry in (None, FarField(), angles()):
        with pytest.raises(InputError, match="frames of a ptychography scan"):
            Cxi(path=path).load(geometry, torch.Generator())


def test_a_calibration_that_the_geometry_does_not_take_is_noted(path: Path) -> None:
    problem = Cxi(path=path).load(FarField(), torch.Generator())
    (note,) = [note for note in problem.notes if "does not take from it" in note]
    assert "the file states energy_kev, distance_m, pixel_um, which the geometry 'far-field'" in note
    assert not any("does not take" in note for note in load(path, angles()).notes)


def test_energies_per_frame_are_asked_for_and_the_recipe_gives_one(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["entry_1/instrument_1/source_1/energy"]
        file["entry_1/instrument_1/source_1/energy"] = np.array([9.0, 9.2]) * JOULE_PER_KEV
    with pytest.raises(
        InputError, match=r"holds 2 numbers instead of one.*or give energy_kev in the recipe's geometry"
    ):
        load(path, angles())
    assert bragg_of(load(path, angles(energy_kev=9.1))).energy_kev == 9.1


BITS = {
    0x1: False, 0x2: False, 0x4: False, 0x8: False, 0x10: False, 0x80: False, 0x200: False, 0x400: False, 0x1200: False,
    0x1000: True, 0x800: True, 0x10000: True, 0x80000000: True, 0: True,
}  # fmt: skip
"""Value of the mask -> whether CXI 1.6 leaves the pixel trusted."""


@pytest.mark.parametrize(("value", "trusted"), BITS.items())
def test_a_pixel_is_bad_by_the_bits_that_mean_bad(path: Path, counts: np.ndarray, value: int, trusted: bool) -> None:
    mask = np.zeros(counts.shape, np.uint32)
    mask[2, 3, 4] = value
    with h5py.File(path, "a") as file:
        file[f"{DETECTOR}/mask"] = mask
    raw = Cxi(path=path).raw()
    np.testing.assert_array_equal(raw.valid, (mask == 0) | trusted)
    assert any("no bit that means bad" in note for note in raw.notes) == (trusted and value > 0)
    np.testing.assert_array_equal(Cxi(path=path, bad_bits=2**32 - 1).raw().valid, mask == 0)


def test_positions_are_read_and_compared_with_the_step(path: Path, counts: np.ndarray) -> None:
    with h5py.File(path, "a") as file:
        file["measurement/eta_center"] = 17 + 0.01 * np.arange(len(counts))
    found = Cxi(path=path, positions="measurement/eta_center").raw().positions
    assert found is not None
    np.testing.assert_allclose(found, 17 + 0.01 * np.arange(len(counts)))
    named = {"positions": "measurement/eta_center"}
    assert not any("have steps of" in note for note in load(path, angles(), **named).notes)
    other = Bragg(beamline="34-ID-C", angles_deg=ANGLES, step_deg=0.02)
    assert any("steps of 0.01, the geometry of 0.02" in note for note in load(path, other, **named).notes)
    with pytest.raises(InputError, match="one position per frame is required"):
        load(path, angles(), positions=f"{DETECTOR}/data")


def test_a_region_has_the_geometry_of_the_whole(path: Path, counts: np.ndarray) -> None:
    with h5py.File(path, "a") as file:
        group = file.create_group("entry_1/instrument_1/geometry")
        group["beamline"], group["step_deg"] = "34-ID-C", 0.01
        for name, angle in ANGLES.items():
            group[f"angles_deg/{name}"] = angle
        file[f"{DETECTOR}/mask"] = np.zeros(counts.shape[1:], np.uint32)
        file[f"{DETECTOR}/mask"][5, 6] = 1
    whole, part = load(path), load(path, roi=(1, 19, 2, 20))
    assert part.detector == (18, 18, 18)
    assert torch.equal(Cxi(path=path, roi=(1, 19, 2, 20)).raw().valid, Cxi(path=path).raw().valid[:, 1:19, 2:20])
    np.testing.assert_allclose(bragg_of(part).transfer(), bragg_of(whole).transfer(), rtol=1e-12)


def test_an_option_that_leads_nowhere_is_refused(path: Path) -> None:
    with h5py.File(path, "a") as file:
        file["entry_1/instrument_1/geometry/step_deg"] = h5py.SoftLink("/nothing")
    with pytest.raises(InputError, match="geometry/step_deg is damaged; give it in the recipe"):
        load(path, angles())
