"""A volume in a VTK file: ParaView's library reads back what was written, with frame, sign and units."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import ndimage

import phasekit
from phasekit import Geometry, Volume
from phasekit.core.grid import laboratory_grid
from phasekit.export.vti import write_voxel_vti, write_vti
from phasekit_plugins.generators.crystal import Crystal

from ..known import THETA, result_of, theta_scan
from .contours import FILTERS, LEVELS, array, contour, image_of, read, values

SHAPE = (48, 56, 52)
FAR_FIELD = {"name": "far-field", "energy_kev": 9, "distance_m": 1, "pixel_um": 55}


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
    assert volume.coverage is not None
    for name, field in volume.fields.items():
        found, known = array(image, name), np.isfinite(field)
        assert points.GetArray(name).GetNumberOfTuples() == field.size
        assert points.GetArray(name).GetTuple1(here) == float(found[k, j, i])
        if name == "amplitude":
            assert (found[known] >= 0).all()
            assert (found[known] <= field[known]).all()
            known &= volume.coverage > 0.9
        np.testing.assert_array_equal(found[known], field[known])
    assert points.GetScalars().GetName() == "amplitude"


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
    # 64 × 64 × 64 × 4 bytes are one block exactly, 64 × 64 × 65 one and a part.
    for nz in (64, 65, 129):
        noise = np.random.default_rng(nz).normal(size=(nz, 64, 64)).astype(np.float32)
        write_vti(tmp_path / "large.vti", replace(volume, fields={"amplitude": noise}))
        np.testing.assert_array_equal(array(read(tmp_path / "large.vti"), "amplitude"), noise)


def crystal(geometry: Geometry, seed: int) -> phasekit.Result:
    """Return a faceted crystal as if it had been found exactly."""
    found = Crystal().sample(laboratory_grid(geometry, SHAPE), 1, torch.Generator().manual_seed(seed))[0].numpy()
    return result_of(found[None], found != 0, geometry)


@pytest.mark.parametrize("kind", FILTERS)
@pytest.mark.parametrize(
    ("geometry", "voxel_nm"),
    [("bragg", None), ("bragg", 6.0), ("far-field", None), ("far-field", 14.0), ("none", None)],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_contour_of_the_amplitude_is_the_closed_surface_of_the_crystal(
    tmp_path: Path, geometry: str, voxel_nm: float | None, seed: int, kind: str
) -> None:
    known = {
        "bragg": theta_scan(),
        "far-field": Geometry.resolve(FAR_FIELD).for_data(3),
        "none": Geometry.resolve("far-field").for_data(3),
    }[geometry]
    result, path = crystal(known, seed), tmp_path / "result.vti"
    steps = np.eye(3)[::-1]
    if known.calibrated():
        steps = known.basis(SHAPE).numpy() * 1e9
        write_vti(path, phasekit.volume(result, voxel_nm=voxel_nm))
    else:
        write_voxel_vti(path, result)
    image = read(path)
    for level in LEVELS:
        # The crystal's own surface, from the simulated array in its own, sheared voxels.
        expected = contour(image_of(result.best.abs().numpy()), level, kind, steps)
        found = contour(image, level, kind)
        assert found.open_edges == expected.open_edges == 0
        assert found.area == pytest.approx(expected.area, rel=0.05)


def test_no_array_has_unknown_values_and_the_support_tells_where_they_are_known(tmp_path: Path, volume: Volume) -> None:
    strain = volume.fields["strain"].copy()
    hole = tuple(np.argwhere(volume.fields["support"])[40])
    strain[hole] = np.nan  # a voxel without neighbours
    write_vti(tmp_path / "result.vti", replace(volume, fields={**volume.fields, "strain": strain}))
    image, inside = read(tmp_path / "result.vti"), volume.fields["support"]
    np.testing.assert_array_equal(array(image, "support").astype(bool), inside)
    assert not array(image, "amplitude")[~inside].any()
    for name, field in volume.fields.items():
        found = array(image, name)
        assert np.isfinite(found).all()
        if name not in ("amplitude", "support"):
            # Nothing is made up: outside, there is what is inside nearby.
            assert set(np.unique(found)) <= set(np.unique(field[inside]))
    beside = ndimage.binary_dilation(inside) & ~inside
    phase, around = array(image, "phase"), np.where(inside, volume.fields["phase"], 0)
    reach = [ndimage.generic_filter(around, which, size=3) for which in (np.min, np.max)]
    assert (phase[beside] >= reach[0][beside]).all()
    assert (phase[beside] <= reach[1][beside]).all()


def test_an_object_without_true_lengths_is_written_in_voxels_and_says_so(tmp_path: Path) -> None:
    object = np.zeros((16, 14, 12), dtype=complex)
    object[5:10, 4:9, 3:8] = np.random.default_rng(1).uniform(1, 2, (5, 5, 5)) * np.exp(0.2j)
    write_voxel_vti(tmp_path / "result.vti", result_of(object[None], object != 0, Geometry.resolve("far-field")))
    image = read(tmp_path / "result.vti")
    assert image.GetSpacing() == (1, 1, 1)
    assert image.GetDimensions() == (7, 7, 7)
    weight = np.abs(object) ** 2
    middle = [(weight * index).sum() / weight.sum() for index in np.indices(object.shape)]
    np.testing.assert_allclose(image.GetOrigin(), [low - c for low, c in zip((2, 3, 4), middle[::-1], strict=True)])
    np.testing.assert_allclose(array(image, "amplitude"), np.abs(object[4:11, 3:10, 2:9]), rtol=1e-6)
    np.testing.assert_allclose(array(image, "phase"), 0, atol=1e-6)
    data = image.GetFieldData()
    said = {data.GetArrayName(i): values(data.GetAbstractArray(i)) for i in range(data.GetNumberOfArrays())}
    assert "lengths: voxels" in said["units"]
    assert "in voxels: the geometry 'far-field' has no numbers" in said["notes"][0]
    assert "undetermined" in said["notes"][1]


def test_an_object_that_is_lost_is_written_as_nothing(tmp_path: Path) -> None:
    found = result_of(np.ones((1, 8, 8, 8)), np.ones((8, 8, 8), dtype=bool), Geometry.resolve("far-field"))
    lost = replace(found, object=torch.full_like(found.object, torch.nan), support=torch.zeros_like(found.support))
    write_voxel_vti(tmp_path / "result.vti", lost)
    image = read(tmp_path / "result.vti")
    assert not any(array(image, name).any() for name in ("amplitude", "phase", "support"))


@pytest.mark.usefixtures("without_pictures")
@pytest.mark.parametrize(
    ("geometry", "unit"),
    [
        ({"name": "far-field"}, "voxels"),
        ({"name": "far-field", "energy_kev": 9, "distance_m": 1, "pixel_um": 55}, "nm"),
        (THETA, "nm"),
    ],
)
def test_the_vti_file_of_a_run_shows_the_closed_surface_of_the_simulated_crystal(
    tmp_path: Path, geometry: dict[str, Any], unit: str
) -> None:
    wrap = {"name": "shrinkwrap", "reference": "rms"}
    falling = {"name": "linear", "start": 0.9, "stop": 0.5}
    recipe = {
        "source": {
            "name": "simulation",
            "generator": {"name": "crystal", "phase_span": 2, "radius": [0.4, 0.45]},
            "shape": [32, 32, 32],
            "photons": 1e7,
        },
        "geometry": geometry,
        "solver": [
            {"repeat": 20, "solvers": [{"name": "hio", "steps": 20}, {**wrap, "sigma": 1}]},
            {"repeat": 20, "solvers": [{"name": "raar", "steps": 20, "beta": falling}, {**wrap, "sigma": 0.5}]},
            {"name": "er", "steps": 50},
        ],
        "seeds": 2,
    }
    result = phasekit.run(recipe, out=tmp_path / "run")
    assert isinstance(result, phasekit.Result)
    truth = result.problem.truth
    assert truth is not None
    image = read(tmp_path / "run" / "result.vti")
    names = [image.GetPointData().GetArrayName(i) for i in range(image.GetPointData().GetNumberOfArrays())]
    assert all(np.isfinite(array(image, name)).all() for name in names)
    units = image.GetFieldData().GetAbstractArray("units")
    assert f"lengths: {unit}" in values(units)
    steps = np.eye(3)[::-1] if unit == "voxels" else result.problem.geometry.basis((32, 32, 32)).numpy() * 1e9
    for level in LEVELS:
        for kind in FILTERS:
            found, expected = contour(image, level, kind), contour(image_of(truth.abs().numpy()), level, kind, steps)
            assert found.open_edges == 0
            assert found.area == pytest.approx(expected.area, rel=0.05)
