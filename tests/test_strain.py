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
from phasekit import Geometry, Problem, Source, Volume, fourier
from phasekit.measurement import window

from .known import places, result_of, theta_scan
from .strained import Known, Strained, known_crystal, reference_beside, solid

FILE = (96, 96, 96)
RADIUS = 230.0


def told(volume: Volume, layers: int = 0) -> np.ndarray:
    """Return the voxels, (nz, ny, nx) bool, that have a strain, `layers` inside the support."""
    inside: np.ndarray = volume.fields["support"]
    if layers:
        inside = ndimage.binary_erosion(inside, np.ones((3, 3, 3)), iterations=layers)
    return inside & np.isfinite(volume.fields["strain"])


def where_in(volume: Volume, known: Known) -> np.ndarray:
    """Return (nz, ny, nx, 3): the voxels' places as the known crystal has them, nm, laboratory."""
    x, y, z = volume.coordinates()
    zz, yy, xx = np.meshgrid(z, y, x, indexing="ij")
    return np.stack([xx, yy, zz], axis=-1) @ volume.rotation + known.middle


def turns(phase: np.ndarray, allowed: np.ndarray) -> list[float]:
    """Return the turns around every square ring in every plane across axis 0 whose voxels are all `allowed`."""
    found = []
    for plane, inside in zip(phase, allowed, strict=True):
        for size in range(1, min(inside.shape)):
            for i, j in np.ndindex(inside.shape[0] - size, inside.shape[1] - size):
                if not (inside[i, j] and inside[i + size, j] and inside[i, j + size] and inside[i + size, j + size]):
                    continue
                steps = np.arange(size)
                rows = np.concatenate([i + steps, np.full(size, i + size), i + size - steps, np.full(size, i)])
                cols = np.concatenate([np.full(size, j), j + steps, np.full(size, j + size), j + size - steps])
                if inside[rows, cols].all():
                    ring = np.exp(1j * plane[rows, cols])
                    found.append(float(np.angle(np.roll(ring, -1) * ring.conj()).sum() / (2 * np.pi)))
    return found


def assert_circulation(known: Known, phase: np.ndarray, support: np.ndarray, shift: np.ndarray) -> None:
    """Every loop ≥ 3 voxels from the line and ≥ 1 voxel inside turns as often as it should, or not at all."""
    index = np.stack(np.indices(support.shape), axis=-1) - np.array(support.shape) // 2 - shift
    _, normal, line = known.strained.axes
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
    assert (np.rint(whole) == known.strained.size).sum() >= 10


@cache
def dilated(size: float) -> tuple[Geometry, torch.Tensor]:
    """Return the geometry as the file has it and the wave, centred, of a crystal that is dilated by `size`."""
    middle = (48, 48, 48)
    h = reference_beside(theta_scan(angles_at=middle).windowed(middle, (1, 1, 1)), FILE)
    geometry = theta_scan(angles_at=middle, h_ref_per_nm=tuple(h))
    at_centre = geometry.windowed(middle, (1, 1, 1))
    where = places(at_centre, FILE)
    phase = Strained(h, "dilation", size).phase(where) + where @ (at_centre.transfer().numpy() * 1e-9 - h)
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


CHAIN = [
    {
        "repeat": 8,
        "solvers": [
            {"name": "hio", "steps": 20},
            {
                "name": "shrinkwrap",
                "reference": "rms",
                "threshold": 0.15,
                "sigma": {"name": "linear", "start": 2, "stop": 1.5},
            },
        ],
    },
    "detwin",
    {
        "repeat": 14,
        "solvers": [
            {"name": "hio", "steps": 20},
            {
                "name": "shrinkwrap",
                "reference": "rms",
                "threshold": {"name": "linear", "start": 0.15, "stop": 0.2},
                "sigma": {"name": "linear", "start": 1.5, "stop": 0.5},
            },
        ],
    },
    {
        "repeat": 20,
        "solvers": [
            {"name": "raar", "steps": 20, "beta": {"name": "linear", "start": 0.9, "stop": 0.5}},
            {"name": "shrinkwrap", "reference": "rms", "threshold": 0.2, "sigma": 0.5},
        ],
    },
    {"name": "er", "steps": 50},
]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "size"), [("dilation", 1e-3), ("gradient", 1e-3), ("edge", 1), ("edge", 2)])
def test_strain_is_found_again_from_100_000_counts(kind: str, size: float) -> None:
    known = known_crystal(kind, size, n=48, parts=4)
    truth = torch.from_numpy(known.object).to(torch.complex64)
    expected = known.geometry.forward(truth).abs().square().double()
    scale = 1e5 / float(expected.max())
    counts = torch.poisson(expected * scale, generator=torch.Generator().manual_seed(1)).float()
    problem = Problem.measured(counts, known.geometry, truth=truth * scale**0.5)
    start = [{"name": "autocorrelation", "threshold": 0.02}, "random-object"]
    result = phasekit.solve(problem, CHAIN, start=start, seeds=4, batch=1, device="cpu")
    volume = phasekit.volume(result)
    assert volume.twin == "the truth"
    where, inside = where_in(volume, known), told(volume, 2)
    if kind == "edge":
        inside &= known.strained.distance(where) > 3 * np.linalg.norm(known.steps, axis=0).max()
    strain, true = volume.fields["strain"][inside], known.strained.strain(where)[inside]
    ratio = float(np.sqrt(((strain - true) ** 2).mean() / (true**2).mean()))
    print(f"{kind} {size:g}: rms error / rms {ratio:.3f}, mean {strain.mean():.4g}, voxels {inside.sum()}")
    assert ratio <= 0.15
    if kind == "dilation":
        assert strain.mean() == pytest.approx(size, rel=0.02)
    elif kind == "gradient":
        slope = np.polyfit((where @ known.strained.axes[0])[inside], strain, 1)[0]
        print(f"slope / true slope {slope / (size / known.strained.reach):.4f}")
        assert slope == pytest.approx(size / known.strained.reach, rel=0.05)
    else:
        moved = phasekit.align.align(result.best, truth * scale**0.5).shift
        assert_circulation(known, result.best.angle().numpy(), result.support[0].numpy(), -np.array(moved))
