"""What is held out is the part asked for, in islands away from the peak, and the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from phasekit import Geometry, Problem
from phasekit.core.held_out import islands

FAR = Geometry.resolve("far-field")


@pytest.mark.parametrize("fraction", [0.02, 0.05, 0.2])
@pytest.mark.parametrize("shape", [(32, 30, 28), (96, 80)])
def test_held_out_voxels_are_the_fraction_asked_for_and_not_near_the_peak(
    shape: tuple[int, ...], fraction: float
) -> None:
    intensity = torch.rand(shape, generator=torch.Generator().manual_seed(1)) + 1
    valid = torch.ones(shape, dtype=torch.bool)
    valid[3:6] = False
    problem = Problem.measured(intensity, FAR, valid)
    split = problem.hold_out(fraction)
    assert float(split.held_out.sum()) / float(valid.sum()) == pytest.approx(fraction, rel=0.25)
    places = [np.fft.fftfreq(n) for n in shape]
    largest = np.max(np.abs(np.stack(np.meshgrid(*places, indexing="ij"))), axis=0)
    assert not split.held_out.numpy()[largest < 0.05].any()


def test_held_out_voxels_come_in_islands() -> None:
    held = Problem.measured(torch.ones(128, 128), FAR).hold_out(0.05).held_out.numpy()
    neighbours = np.sum([np.roll(held, move, axis) for axis in (0, 1) for move in (1, -1)], axis=0)
    assert neighbours[held].mean() > 2.5  # single voxels drawn at random would have 0.2


def test_the_split_depends_on_its_seed_alone() -> None:
    problem = Problem.measured(torch.rand(32, 32) + 1, FAR)
    before = torch.get_rng_state()
    assert torch.equal(problem.hold_out(0.1).held_out, problem.hold_out(0.1).held_out)
    assert not torch.equal(problem.hold_out(0.1).held_out, problem.hold_out(0.1, seed=1).held_out)
    assert torch.equal(torch.get_rng_state(), before)
    assert problem.hold_out(0.0) is problem


@pytest.mark.parametrize("radius", [1, 2, 3])
def test_every_island_is_a_union_of_balls_and_wraps_around(radius: int) -> None:
    held = islands(torch.ones(48, 40, dtype=torch.bool), 0.02, seed=2, radius=radius).numpy()
    step = np.arange(-radius, radius + 1)
    ball = np.add.outer(step**2, step**2) <= radius**2
    # What opening with a ball leaves is a union of balls: here it leaves everything.
    opened = ndimage.binary_opening(np.tile(held, (3, 3)), ball)[48:96, 40:80]
    np.testing.assert_array_equal(opened, held)


def test_what_is_not_trusted_is_never_held_out() -> None:
    valid = torch.rand(32, 32, generator=torch.Generator().manual_seed(0)) < 0.7
    held = islands(valid, 0.2, seed=0, radius=3)
    assert bool(held.any())
    assert not bool((held & ~valid).any())
