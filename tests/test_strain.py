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
from phasekit import Geometry, Result, Source, Volume, fourier, lattice
from phasekit.measurement import window

from .known import places, result_of, theta_scan
from .strained import Strained, crystal, in_laboratory, reference_beside, solid

FILE = (96, 96, 96)
RADIUS = 230.0
DEEP = np.ones((3, 3, 3))


def strain_of(volume: Volume, layers: int = 0) -> np.ndarray:
    """Return the voxels, (nz, ny, nx) bool, with a strain, `layers` inside the support."""
    inside: np.ndarray = volume.fields["support"]
    if layers:
        inside = ndimage.binary_erosion(inside, DEEP, iterations=layers)
    return inside & np.isfinite(volume.fields["strain"])


def peak_of(wave: torch.Tensor) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(wave.abs().argmax()), wave.shape))


@cache
def dilated(size: float) -> tuple[Geometry, torch.Tensor]:
    """Return the geometry as the file has it and the wave, centred, of a crystal that is dilated by `size`."""
    geometry = theta_scan(angles_at=(48, 48, 48))
    h = reference_beside(geometry.windowed((48, 48, 48), (1, 1, 1)), FILE)
    geometry = theta_scan(angles_at=(48, 48, 48), h_ref_per_nm=tuple(h))
    at_centre = geometry.windowed((48, 48, 48), (1, 1, 1))
    where = places(at_centre, FILE)
    q = at_centre.transfer().numpy() * 1e-9
    phase = Strained(h, "dilation", size).phase(where) + where @ (q - h)
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
    at = peak_of(wave) if centre == "maximum" else centre
    cut = window(wave, [c - n // 2 for c, n in zip(at, shape, strict=True)], shape, 0)
    object = prepared.adjoint(fourier.uncentred(cut, 3)).numpy()
    support = solid(places(prepared, shape), RADIUS)
    volume = phasekit.volume(result_of(object[None], support, prepared, truth=True))
    told = strain_of(volume)
    weight = volume.fields["amplitude"][told] ** 2
    assert np.average(volume.fields["strain"][told], weights=weight) == pytest.approx(size, rel=0.01)
    assert abs(np.average(volume.fields["strain_own"][told], weights=weight)) < 0.01 * abs(size)
    deep = strain_of(volume, 2)
    assert volume.fields["strain"][deep].mean() == pytest.approx(size, rel=0.01)
    assert np.abs(volume.fields["strain_own"][deep].mean()) < 0.01 * abs(size)


@pytest.mark.parametrize("size", [1e-3, -1e-3])
def test_a_strain_gradient_has_its_slope_and_sign(size: float) -> None:
    known = crystal("gradient", size)
    volume = phasekit.volume(result_of(known.object[None], known.support, known.geometry, truth=True))
    s = in_laboratory(volume, known.middle) @ known.strained.axes[0]
    for layers in (0, 1, 2):
        told = strain_of(volume, layers)
        slope = np.polyfit(s[told], volume.fields["strain"][told], 1)[0]
        print(layers, slope / (size / known.strained.reach))
        if layers:
            assert slope == pytest.approx(size / known.strained.reach, rel=0.01)


def loops(volume_or_object: np.ndarray, allowed: np.ndarray, axis: int) -> list[float]:
    """Return the turns of the phase around the rim of `allowed`'s hole in every plane across `axis`."""
    found = []
    for plane in range(volume_or_object.shape[axis]):
        phase = np.take(volume_or_object, plane, axis)
        inside = np.take(allowed, plane, axis)
        found += [turns for turns in _rectangles(phase, inside)]
    return found


def _rectangles(phase: np.ndarray, inside: np.ndarray) -> list[float]:
    """Return the turns around every rectangle that lies in `inside` and has a hole in it."""
    return []
