from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial import Delaunay

from phasekit import Generator, Geometry, fourier
from phasekit.core.grid import laboratory_grid

NAMES = ["superellipsoid", "crystal"]
SHAPES = [(8, 8, 8), (9, 12, 10), (16, 8, 12), (5, 7, 6), (4, 4, 4), (8, 8), (7, 10), (24, 9)]
SHEAR = torch.tensor([[1.0, 0.1, 0.3], [0.5, 0.9, 0.0], [-0.2, 0.4, 0.7]])


def cubic(*space: int) -> torch.Tensor:
    return laboratory_grid(Geometry.resolve("far-field").for_data(len(space)), space)


def sheared(*space: int) -> torch.Tensor:
    """Lay a grid along skew axes, the largest ball in the half-box having radius 1."""
    basis = SHEAR[: len(space), : len(space)]
    index = np.stack(np.meshgrid(*[np.arange(n) - n // 2 for n in space], indexing="ij"), axis=-1)
    faces = np.linalg.norm(np.linalg.inv(basis.numpy()), axis=0)
    radius = min(((n // 2 - 1) // 2 + 0.5) / face for n, face in zip(space, faces, strict=True))
    return torch.from_numpy(index @ basis.numpy() / radius).float()


def drawn(generator: Generator, grid: torch.Tensor, count: int = 3, seed: int = 5) -> torch.Tensor:
    return generator.sample(grid, count, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("lay", [cubic, sheared])
@pytest.mark.parametrize("space", SHAPES)
@pytest.mark.parametrize("name", NAMES)
def test_a_particle_is_never_empty_and_lies_in_the_half_box(name, space, lay):
    samples = drawn(Generator.resolve(name), lay(*space), count=6)
    assert samples.shape == (6, *space)
    assert samples.dtype == torch.complex64
    assert bool(torch.isfinite(torch.view_as_real(samples)).all())
    largest = samples.abs().flatten(1).amax(dim=1)
    torch.testing.assert_close(largest, torch.ones(6), rtol=0, atol=2e-7)
    outside = torch.ones(space, dtype=torch.bool)
    outside[fourier.half_box(space)] = False
    assert not bool(samples[:, outside].any())
    assert not bool(samples[:, lay(*space).norm(dim=-1) > 1 + 1e-6].any())


@pytest.mark.parametrize("name", NAMES)
def test_one_seed_draws_one_sample_and_leaves_the_global_generator_alone(name):
    generator, grid = Generator.resolve(name), cubic(24, 20, 22)
    before = torch.get_rng_state()
    first, again = drawn(generator, grid), drawn(generator, grid)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, again)
    assert torch.equal(first[:1], drawn(generator, grid, count=1))
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first, drawn(generator, grid, seed=6))


@pytest.mark.parametrize(("name", "low", "span"), [("superellipsoid", 0.0, 1.0), ("crystal", -2.75, 5.5)])
@pytest.mark.parametrize("space", [(24, 20, 22), (40, 32)])
def test_the_phase_spans_exactly_what_was_asked(name, low, span, space):
    for sample in drawn(Generator.resolve(name), cubic(*space)):
        phase = sample[sample != 0].angle()
        assert phase.min().item() == pytest.approx(low, abs=1e-6)
        assert phase.max().item() == pytest.approx(low + span, abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_a_span_of_zero_gives_a_flat_phase(name):
    samples = drawn(Generator.resolve({"name": name, "phase_span": 0}), cubic(16, 16, 16))
    assert float(samples.imag.abs().max()) == 0
    assert float(samples.real.min()) == 0


FIXED = {"a": (0.6, 0.6), "b": (0.35, 0.35), "c": (0.5, 0.5), "e": (0.6, 0.6), "n": (1.4, 1.4)}


def implicit(points: np.ndarray) -> np.ndarray:
    """Eq. 4 for the options above, unrotated."""
    x, y, z = np.abs(points.T / np.array([[0.6], [0.35], [0.5]]))
    return (x ** (2 / 0.6) + y ** (2 / 0.6)) ** (0.6 / 1.4) + z ** (2 / 1.4) <= 1


def test_a_superellipsoid_keeps_volume_and_moments_however_it_is_turned():
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


def test_a_superellipse_of_exponent_1_is_the_ellipse():
    options = {"a": (0.7, 0.7), "b": (0.4, 0.4), "e": (1, 1), "phase_span": 0}
    grid = cubic(64, 60)
    for sample in drawn(Generator.resolve({"name": "superellipsoid", **options}), grid):
        places = grid[sample != 0].double().numpy()
        axes = 2 * np.sqrt(np.linalg.eigvalsh(places.T @ places / len(places)))
        np.testing.assert_allclose(axes, [0.4, 0.7], rtol=0.03)


def test_a_superellipsoid_too_large_for_the_half_box_shrinks_to_fit():
    whole = dict.fromkeys("abc", (1.0, 1.0)) | dict.fromkeys("en", (0.05, 0.05))
    grid = cubic(40, 40, 40)
    for sample in drawn(Generator.resolve({"name": "superellipsoid", **whole}), grid):
        reach = float(grid[sample != 0].norm(dim=-1).max())
        assert 0.9 < reach <= 1


@pytest.mark.parametrize("lay", [cubic, sheared])
@pytest.mark.parametrize("space", [(24, 26, 22), (40, 33)])
def test_a_crystal_is_convex(space, lay):
    grid = lay(*space)
    for sample in drawn(Generator.resolve("crystal"), grid):
        solid = (sample.abs() >= 0.5).flatten().numpy()
        places = grid.reshape(-1, len(space)).double().numpy()
        # Shrunk a little, for voxels on a facet lie on either side of it by rounding.
        in_hull = Delaunay(places[solid]).find_simplex(places * (1 + 1e-5)) >= 0
        assert solid.sum() > 30
        assert not (in_hull & ~solid).any()


def test_a_crystals_facets_lie_where_the_radius_says():
    grid = cubic(64, 64, 64)
    options = {"name": "crystal", "radius": (0.35, 0.35), "planes": (12, 12), "edge_voxels": 0}
    for sample in drawn(Generator.resolve(options), grid):
        distance = grid.norm(dim=-1)
        assert bool((sample[distance < 0.7] != 0).all())  # 0.35 of an edge of 2
        touching = (sample == 0) & (distance > 0.7) & (distance < 0.75)
        assert bool(touching.any())


def test_a_crystals_edge_is_a_ramp_of_the_width_asked_for():
    grid = cubic(48, 48, 48)

    def shell(width: float) -> float:
        samples = drawn(Generator.resolve({"name": "crystal", "edge_voxels": width}), grid).abs()
        return float(((samples > 1e-6) & (samples < 1 - 1e-6)).sum())

    assert shell(0) == 0
    assert shell(2) / shell(1) == pytest.approx(2, rel=0.15)


def test_a_crystals_volume_does_not_depend_on_its_edge():
    grid = cubic(64, 64, 64)
    closed = {"name": "crystal", "planes": (60, 60), "radius": (0.35, 0.35)}
    hard, soft = (
        drawn(Generator.resolve({**closed, "edge_voxels": width}), grid).abs().sum(dim=(1, 2, 3)) for width in (0, 1)
    )
    torch.testing.assert_close(hard, soft, rtol=0.01, atol=0)
