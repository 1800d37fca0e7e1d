"""The crystal: what its options mean."""

from __future__ import annotations

import pytest
import torch
from scipy.spatial import Delaunay

from phasekit import Generator

from .grids import Lay, cubic, drawn, sheared


def test_about_a_dislocation_the_phase_winds_once() -> None:
    grid = cubic(64, 64)
    options = {"name": "crystal", "phase_span": 0.0, "radius": [0.45, 0.45]}
    rng = torch.Generator().manual_seed(3)
    phase = Generator.resolve({**options, "dislocations": 1}).sample(grid, 1, rng)[0].angle()
    loop = [(20, j) for j in range(20, 44)] + [(i, 44) for i in range(20, 44)]
    loop += [(44, j) for j in range(44, 20, -1)] + [(i, 20) for i in range(44, 20, -1)]
    along = torch.tensor([float(phase[place]) for place in [*loop, loop[0]]])
    steps = torch.remainder(along.diff() + torch.pi, 2 * torch.pi) - torch.pi
    assert abs(float(steps.sum())) == pytest.approx(2 * torch.pi, rel=1e-4)


@pytest.mark.parametrize("lay", [cubic, sheared])
@pytest.mark.parametrize("space", [(24, 26, 22), (40, 33)])
def test_a_crystal_is_convex(space: tuple[int, ...], lay: Lay) -> None:
    grid = lay(*space)
    for sample in drawn(Generator.resolve("crystal"), grid):
        solid = (sample.abs() >= 0.5).flatten().numpy()
        places = grid.reshape(-1, len(space)).double().numpy()
        # Shrunk a little, for voxels on a facet lie on either side of it by rounding.
        in_hull = Delaunay(places[solid]).find_simplex(places * (1 + 1e-5)) >= 0
        assert solid.sum() > 30
        assert not (in_hull & ~solid).any()


def test_a_crystals_facets_lie_where_the_radius_says() -> None:
    grid = cubic(64, 64, 64)
    options = {"name": "crystal", "radius": (0.35, 0.35), "planes": (12, 12), "edge_voxels": 0}
    for sample in drawn(Generator.resolve(options), grid):
        distance = grid.norm(dim=-1)
        assert bool((sample[distance < 0.7] != 0).all())  # 0.35 of an edge of 2
        touching = (sample == 0) & (distance > 0.7) & (distance < 0.75)
        assert bool(touching.any())


def test_a_crystals_edge_is_a_ramp_of_the_width_asked_for() -> None:
    grid = cubic(48, 48, 48)

    def shell(width: float) -> float:
        samples = drawn(Generator.resolve({"name": "crystal", "edge_voxels": width}), grid).abs()
        return float(((samples > 1e-6) & (samples < 1 - 1e-6)).sum())

    assert shell(0) == 0
    assert shell(2) / shell(1) == pytest.approx(2, rel=0.15)


def test_a_crystals_volume_does_not_depend_on_its_edge() -> None:
    grid = cubic(64, 64, 64)
    closed = {"name": "crystal", "planes": (60, 60), "radius": (0.35, 0.35)}
    hard, soft = (
        drawn(Generator.resolve({**closed, "edge_voxels": width}), grid).abs().sum(dim=(1, 2, 3)) for width in (0, 1)
    )
    torch.testing.assert_close(hard, soft, rtol=0.01, atol=0)
