"""Strain against fields known by formula: objects that are known, and objects phased from counts (slow)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import ndimage

import phasekit
from phasekit import Geometry, Source, fourier
from phasekit.core.measurement import window

from .known import THETA, places, result_of, theta_scan, transfer_of
from .strained import Known, Strained, figures, known_crystal, phased, reference_beside, solid, told, where_in

FILE = (96, 96, 96)
RADIUS = 230.0


def turns(phase: np.ndarray, allowed: np.ndarray) -> list[float]:
    """Return the turns around every ring in every plane across axis 0 whose voxels are all `allowed`.

    Rings are rectangles whose sides differ by two voxels at most.
    """
    found = []
    for plane, inside in zip(phase, allowed, strict=True):
        n, m = inside.shape
        for high, wide in ((a, b) for a in range(1, n) for b in range(max(1, a - 2), min(a + 3, m))):
            corners = inside[:-high, :-wide] & inside[high:, :-wide] & inside[:-high, wide:] & inside[high:, wide:]
            down, across = np.arange(high), np.arange(wide)
            for i, j in np.argwhere(corners):
                rows = np.concatenate([i + down, np.full(wide, i + high), i + high - down, np.full(wide, i)])
                cols = np.concatenate([np.full(high, j), j + across, np.full(high, j + wide), j + wide - across])
                if inside[rows, cols].all():
                    ring = np.exp(1j * plane[rows, cols])
                    found.append(float(np.angle(np.roll(ring, -1) * ring.conj()).sum() / (2 * np.pi)))
    return found


def assert_circulation(known: Known, phase: np.ndarray, support: np.ndarray, shift: np.ndarray) -> None:
    """Every loop ≥ 3 voxels from the line and ≥ 1 voxel inside turns as often as it should, or not at all."""
    index = np.moveaxis(np.indices(support.shape), 0, -1) - np.array(support.shape) // 2 - shift
    _, _, line = known.strained.axes
    along = np.linalg.solve(known.steps, line)
    along /= np.linalg.norm(along)
    away = index - np.linalg.solve(known.steps, np.array(known.strained.line))
    distance = np.linalg.norm(away - (away @ along)[..., None] * along, axis=-1)
    allowed = ndimage.binary_erosion(support) & (distance >= 3)
    whole = np.zeros(0)
    for axis in range(3):
        planes = [np.moveaxis(array, axis, 0) for array in (phase, allowed)]
        # A ring from axis 1 to axis 2 of the plane turns about their cross product.
        one, other = (known.steps[:, a] for a in range(3) if a != axis)
        sense = np.sign(np.cross(one, other) @ line)
        whole = np.append(whole, sense * np.array(turns(*planes)))
    np.testing.assert_allclose(whole, np.rint(whole), atol=1e-6)
    assert set(np.rint(whole)) == {0.0, known.strained.size}
    assert (np.rint(whole) == known.strained.size).sum() >= 5  # there are such loops


@cache
def dilated(size: float) -> tuple[Geometry, torch.Tensor]:
    """Return the geometry as the file has it and the wave, centred, of a crystal that is dilated by `size`."""
    middle = (48, 48, 48)
    h = reference_beside(theta_scan(angles_at=middle).windowed(middle, (1, 1, 1)), FILE)
    geometry = theta_scan(angles_at=middle, h_ref_per_nm=tuple(h))
    at_centre = geometry.windowed(middle, (1, 1, 1))
    where = places(at_centre, FILE)
    phase = Strained(h, "dilation", size).phase(where) + where @ (transfer_of(at_centre) - h)
    wave = at_centre.forward(torch.from_numpy(solid(where, RADIUS) * np.exp(1j * phase)))
    return geometry, fourier.centred(wave, 3)


@pytest.mark.parametrize("size", [1e-3, -1e-3])
@pytest.mark.parametrize(
    ("centre", "shape"),
    [
        ("maximum", (64, 64, 64)),
        ((48, 48, 48), (64, 64, 64)),
        ((52, 44, 50), (56, 72, 64)),
        ((40, 53, 45), (64, 60, 56)),
    ],
)
def test_a_uniform_dilation_is_found_in_every_crop_and_has_no_local_part(
    tmp_path: Path, size: float, centre: Any, shape: tuple[int, ...]
) -> None:
    geometry, wave = dilated(size)
    np.save(tmp_path / "scan.npy", (wave.abs() ** 2 * 1e3).numpy())
    steps = [{"name": "centre", "at": centre}, {"name": "crop", "shape": shape}]
    source = Source.resolve({"name": "numpy", "path": str(tmp_path / "scan.npy"), "prepare": steps})
    prepared = source.load(geometry, torch.Generator()).geometry
    # The object that these prepared data have: the wave in the same window, transformed back.
    peak = tuple(int(i) for i in np.unravel_index(int(wave.abs().argmax()), FILE))
    at = peak if centre == "maximum" else centre
    cut = window(wave, [c - n // 2 for c, n in zip(at, shape, strict=True)], shape, 0)
    object = prepared.adjoint(fourier.uncentred(cut, 3)).numpy()
    support = solid(places(prepared, shape), RADIUS)
    volume = phasekit.volume(result_of(object[None], support, prepared, truth=True))
    for layers in (0, 2):
        weight = volume.fields["amplitude"][told(volume, layers)] ** 2
        for name, expected in (("strain", size), ("strain_own", 0.0)):
            mean = np.average(volume.fields[name][told(volume, layers)], weights=weight)
            assert mean == pytest.approx(expected, abs=0.01 * abs(size))


@pytest.mark.parametrize("size", [1e-3, -1e-3])
def test_a_strain_gradient_has_its_slope_and_sign(size: float) -> None:
    known = known_crystal("gradient", size)
    volume = phasekit.volume(result_of(known.object[None], known.support, known.geometry, truth=True))
    s = where_in(volume, known) @ known.strained.axes[0]
    inside = told(volume, 1)  # at the surface strain is told half a voxel further in
    slope = np.polyfit(s[inside], volume.fields["strain"][inside], 1)[0]
    assert slope == pytest.approx(size / known.strained.reach, rel=0.01)


@pytest.mark.parametrize("turns_of_b", [1, 2, -1])
def test_an_edge_dislocation_has_its_circulation_and_its_strain(turns_of_b: int) -> None:
    known = known_crystal("edge", turns_of_b)
    assert_circulation(known, np.angle(known.object), known.support, np.zeros(3))
    volume = phasekit.volume(result_of(known.object[None], known.support, known.geometry, truth=True))
    where = where_in(volume, known)
    far = told(volume) & (known.strained.distance(where) > 3 * np.linalg.norm(known.steps, axis=0).max())
    expected = known.strained.strain(where)[far]
    error = volume.fields["strain"][far] - expected
    assert np.sqrt((error**2).mean() / (expected**2).mean()) < 0.05
    assert "displacement" not in volume.fields
    assert any("dislocations" in note for note in volume.notes)


def test_without_the_truth_the_sign_of_a_dislocation_is_said_to_be_undetermined() -> None:
    known = known_crystal("edge", 1, n=48)
    volume = phasekit.volume(result_of(known.object[None], known.support, known.geometry))
    assert volume.twin == "open"
    assert any("signs of strain gradients and of dislocations are undetermined" in note for note in volume.notes)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "size"), [("dilation", 1e-3), ("gradient", 1e-3), ("edge", 1), ("edge", 2)])
def test_strain_is_found_again_from_100_000_counts(kind: str, size: float) -> None:
    known = known_crystal(kind, size, n=48, parts=4)
    result = phased(known.geometry, known.object)
    volume = phasekit.volume(result)
    assert volume.twin == "the truth"
    found = figures(known, volume)
    print(kind, size, found)
    assert found["rms_error_over_rms_strain"] <= 0.15
    if kind == "dilation":
        assert found["mean_over_true_mean"] == pytest.approx(1, rel=0.02)
    elif kind == "gradient":
        assert found["slope_over_true_slope"] == pytest.approx(1, rel=0.05)
    else:
        assert result.problem.truth is not None
        moved = np.array(phasekit.numerics.registration.align(result.best, result.problem.truth).shift)
        assert_circulation(known, result.best.angle().numpy(), result.support[0].numpy(), -moved)


SPHERES = {
    "34-ID-C theta": {"beamline": "34-ID-C", "angles_deg": THETA["angles_deg"], "rocking": "theta"},
    "34-ID-C phi": {"beamline": "34-ID-C", "angles_deg": THETA["angles_deg"], "rocking": "phi"},
    "ID01 eta": {
        "beamline": "ID01",
        "angles_deg": {"mu": 0.0, "eta": 17.5, "phi": 10.0, "nu": 2.0, "delta": 35.0},
        "rocking": "eta",
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("setup", list(SPHERES))
def test_a_sphere_in_sheared_arrays_is_a_sphere_in_the_laboratory(setup: str) -> None:
    shape = (48, 48, 48)
    options = {"name": "bragg", **SPHERES[setup], "energy_kev": 9.0, "distance_m": 0.5, "pixel_um": 73.0}
    rough = np.linalg.norm(Geometry.resolve({**options, "step_deg": 0.01}).basis(shape).numpy(), axis=1)
    geometry = Geometry.resolve({**options, "step_deg": 0.01 * rough[0] / rough[1:].mean()})
    where, steps = places(geometry, shape), geometry.basis(shape).numpy().T * 1e9
    radius = 0.85 * float((12 / np.linalg.norm(np.linalg.inv(steps), axis=1)).min())
    within = (np.arange(4) + 0.5) / 4 - 0.5
    offsets = np.stack(np.meshgrid(within, within, within), axis=-1).reshape(-1, 3) @ steps.T
    part = np.mean([np.linalg.norm(where + offset, axis=-1) <= radius for offset in offsets], axis=0)
    result = phased(geometry, part.astype(complex))
    volume = phasekit.volume(result)
    amplitude, voxel = volume.fields["amplitude"], volume.spacing_nm[0]
    inside = volume.fields["support"] & (amplitude > 0.5 * np.nanmedian(amplitude))
    radii = []
    for axis in range(3):
        middle = [round(-o / voxel) for o in volume.origin_nm[::-1]]
        line = inside[tuple(slice(None) if a == axis else middle[a] for a in range(3))]
        at = np.flatnonzero(line) - middle[axis]
        radii += [at.max() + 0.5, 0.5 - at.min()]
    print(setup, np.linalg.norm(steps, axis=0), voxel, radius / voxel, radii)
    np.testing.assert_allclose(radii, radius / voxel, atol=1.0)
