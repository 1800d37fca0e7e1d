from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from phasekit import Generator

from .grids import cubic, drawn, sheared

FIXED = {"a": (0.6, 0.6), "b": (0.35, 0.35), "c": (0.5, 0.5), "e": (0.6, 0.6), "n": (1.4, 1.4)}


def implicit(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Eq. 4 for the options above, unrotated."""
    x, y, z = np.abs(points.T / np.array([[0.6], [0.35], [0.5]]))
    level: NDArray[np.float64] = (x ** (2 / 0.6) + y ** (2 / 0.6)) ** (0.6 / 1.4) + z ** (2 / 1.4)
    return level <= 1


def test_a_superellipsoid_keeps_volume_and_moments_however_it_is_turned() -> None:
    points = np.random.default_rng(0).uniform(-1, 1, (400_000, 3))
    kept = points[implicit(points)]
    volume = 8 * len(kept) / len(points)
    moments = np.linalg.eigvalsh(kept.T @ kept / len(kept))
    for lay in (cubic, sheared):
        grid = lay(48, 44, 50)
        cell = abs(np.linalg.det(np.stack([(grid[i] - grid[0, 0, 0]) for i in ((1, 0, 0), (0, 1, 0), (0, 0, 1))])))
        generator = Generator.resolve({"name": "superellipsoid", **FIXED})
        turned = []
        for sample in drawn(generator, grid, count=6):
            places = grid[sample != 0].double().numpy()
            assert len(places) * cell == pytest.approx(volume, rel=0.06)
            np.testing.assert_allclose(np.linalg.eigvalsh(places.T @ places / len(places)), moments, rtol=0.08)
            turned.append(places.T @ places / len(places))
        assert np.std(turned, axis=0).max() > 0.01


def test_a_superellipse_of_exponent_1_is_the_ellipse() -> None:
    options = {"a": (0.7, 0.7), "b": (0.4, 0.4), "e": (1, 1), "phase_span": 0}
    grid = cubic(64, 60)
    for sample in drawn(Generator.resolve({"name": "superellipsoid", **options}), grid):
        places = grid[sample != 0].double().numpy()
        axes = 2 * np.sqrt(np.linalg.eigvalsh(places.T @ places / len(places)))
        np.testing.assert_allclose(axes, [0.4, 0.7], rtol=0.03)


def test_a_superellipsoid_too_large_for_the_half_box_shrinks_to_fit() -> None:
    whole = dict.fromkeys("abc", (1.0, 1.0)) | dict.fromkeys("en", (0.05, 0.05))
    grid = cubic(40, 40, 40)
    for sample in drawn(Generator.resolve({"name": "superellipsoid", **whole}), grid):
        reach = float(grid[sample != 0].norm(dim=-1).max())
        assert 0.9 < reach <= 1
