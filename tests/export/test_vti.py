"""A volume in files: ParaView's library and silx read back what was written, with frame, sign and units."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import phasekit
from phasekit import Volume
from phasekit.export.cxi import read_cxi, write_cxi
from phasekit.export.vti import write_vti

from ..known import along_h, places, result_of, theta_scan

SHAPE = (24, 28, 26)


@pytest.fixture(scope="module")
def result() -> Any:
    geometry = theta_scan(h_ref_per_nm=(22.2, 11.0, -7.3))
    where = places(geometry, SHAPE)
    support = (np.linalg.norm(where, axis=-1) < 230) & (where[..., 1] < 150)
    object = support * np.exp(2e-5j * along_h(geometry, where) ** 2)
    return result_of(np.stack([object, 1.1 * object]), support, geometry)


@pytest.fixture(scope="module")
def volume(result: Any) -> Volume:
    return phasekit.volume(result, "sample", voxel_nm=31.5)


def read(path: Path) -> Any:
    """Open a file as ParaView does."""
    vtk = pytest.importorskip("vtk")
    reader = vtk.vtkXMLImageDataReader()
    errors: list[str] = []
    reader.AddObserver("ErrorEvent", lambda *said: errors.append(str(said)))
    reader.SetFileName(str(path))
    reader.Update()
    assert errors == []
    return reader.GetOutput()


def values(array: Any) -> list[Any]:
    return [array.GetValue(i) for i in range(array.GetNumberOfValues())]


def test_vtk_reads_spacing_origin_and_every_array_in_its_place(tmp_path: Path, volume: Volume) -> None:
    write_vti(tmp_path / "result.vti", volume)
    image = read(tmp_path / "result.vti")
    assert image.GetSpacing() == pytest.approx((31.5, 31.5, 31.5))
    assert image.GetOrigin() == pytest.approx(volume.origin_nm)
    assert image.GetDimensions() == volume.shape[::-1]
    points = image.GetPointData()
    assert {points.GetArrayName(i) for i in range(points.GetNumberOfArrays())} == set(volume.fields)
    k, j, i = (int(n) for n in np.argwhere(volume.fields["support"])[7])
    here = image.FindPoint([o + s * n for o, s, n in zip(volume.origin_nm, volume.spacing_nm, (i, j, k), strict=True)])
    for name, field in volume.fields.items():
        array = points.GetArray(name)
        assert array.GetNumberOfTuples() == field.size
        assert array.GetTuple1(here) == float(field[k, j, i])
        np.testing.assert_array_equal(np.reshape(values(array), volume.shape), field)
    assert points.GetScalars().GetName() == "strain"


def test_vtk_reads_frame_matrix_sign_units_and_wave_vectors(tmp_path: Path, volume: Volume) -> None:
    write_vti(tmp_path / "result.vti", volume)
    data = read(tmp_path / "result.vti").GetFieldData()
    said = {data.GetArrayName(i): values(data.GetAbstractArray(i)) for i in range(data.GetNumberOfArrays())}
    assert said["frame"] == ["sample"]
    assert said["fourier_sign"][0].startswith("+i")
    assert {"strain: 1", "displacement: nm", "phase: rad", "lengths: nm"} <= set(said["units"])
    for name, vector in (("k_i", volume.k_i), ("k_f", volume.k_f), ("q", volume.q), ("h_ref", volume.h_ref)):
        np.testing.assert_allclose(said[name], vector, rtol=1e-15)
    np.testing.assert_allclose(said["rotation_from_laboratory"], volume.rotation.ravel(), atol=1e-15)
    np.testing.assert_allclose(said["matrix_nm"], volume.matrix_nm.ravel(), rtol=1e-14)
    assert said["twin_fixed_by"] == ["open"]
    assert "undetermined" in said["notes"][-1]
    assert said["seeds"] == [2]


def test_a_field_of_several_compressed_blocks_comes_back(tmp_path: Path, volume: Volume) -> None:
    vtk = pytest.importorskip("vtk")
    # 64 × 64 × 64 × 4 bytes are one block exactly, 64 × 64 × 65 one and a part.
    for nz in (64, 65, 129):
        noise = np.random.default_rng(nz).normal(size=(nz, 64, 64)).astype(np.float32)
        write_vti(tmp_path / "large.vti", replace(volume, fields={"amplitude": noise}))
        array = read(tmp_path / "large.vti").GetPointData().GetArray("amplitude")
        found = vtk.util.numpy_support.vtk_to_numpy(array) if hasattr(vtk, "util") else np.array(values(array))
        np.testing.assert_array_equal(found.reshape(noise.shape), noise)


def test_silx_finds_a_plot_with_axes_in_nm_for_every_field(tmp_path: Path, result: Any, volume: Volume) -> None:
    nxdata = pytest.importorskip("silx.io.nxdata")
    write_cxi(tmp_path / "result.cxi", result, {}, volume)
    with h5py.File(tmp_path / "result.cxi") as file:
        group = file["entry_1/volume_1"]
        for name, field in volume.fields.items():
            shown = nxdata.NXdata(group[name])
            assert shown.is_valid
            np.testing.assert_array_equal(shown.signal[()], field)
            for axis, places_nm in zip(shown.axes, volume.coordinates()[::-1], strict=True):
                np.testing.assert_array_equal(axis[()], places_nm)
                assert axis.attrs["units"] == "nm"
        assert nxdata.get_default(file).is_valid


def test_the_cxi_file_states_frame_matrix_sign_units_and_wave_vectors(
    tmp_path: Path, result: Any, volume: Volume
) -> None:
    write_cxi(tmp_path / "result.cxi", result, {}, volume)
    with h5py.File(tmp_path / "result.cxi") as file:
        group = file["entry_1/volume_1"]
        assert group["frame"].asstr()[()] == "sample"
        assert group["fourier_sign"].asstr()[()].startswith("+i")
        np.testing.assert_array_equal(group["rotation_from_laboratory"], volume.rotation)
        np.testing.assert_array_equal(group["matrix_nm"], volume.matrix_nm)
        for name, vector in (("k_i", volume.k_i), ("k_f", volume.k_f), ("q", volume.q), ("h_ref", volume.h_ref)):
            np.testing.assert_array_equal(group[name], vector)
            assert group[name].attrs["units"] == "1/nm"
        assert group["displacement/displacement"].attrs["units"] == "nm"
        assert "undetermined" in group["notes"].asstr()[-1]
    np.testing.assert_array_equal(read_cxi(tmp_path / "result.cxi")[0], result.best)
