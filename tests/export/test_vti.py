"""A volume in a VTK file: ParaView's library reads back what was written, with frame, sign and units."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phasekit import Volume
from phasekit.export.vti import write_vti


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
        assert vector is not None
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
