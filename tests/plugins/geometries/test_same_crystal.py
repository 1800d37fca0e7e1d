"""The same crystal, simulated in two geometries, is the same in the laboratory."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from hypothesis import HealthCheck, assume, given, settings
from numpy.typing import NDArray
from torch import Tensor

from phasekit import Generator, Geometry, Problem
from phasekit.analysis.resample import Grid, resample_object
from phasekit_plugins.geometries.bragg import Bragg
from phasekit_plugins.sources.simulation import Simulation

from .setups import bragg_setups


class Egg(Generator):
    """A lopsided, ellipsoid without an edge with a bent phase: a function of the place alone."""

    name: Literal["egg"] = "egg"

    def sample(self, grid: Tensor, count: int, rng: torch.Generator) -> Tensor:
        x, y, z = grid.double().unbind(dim=-1)
        radius = ((x / 0.9) ** 2 + (y / 0.7) ** 2 + (z / 0.6 + 0.3 * x) ** 2).sqrt().clamp(max=1)
        modulus = torch.cos(torch.pi / 2 * radius) ** 2
        phase = 2 * x * y + 2.5 * z + 2 * x + y**2
        one = torch.polar(modulus, phase) * (modulus > 0)
        return one.expand(count, *one.shape).clone().to(torch.complex64)


SHAPE = (40, 40, 40)


def _largest_nm(geometry: Geometry) -> float:
    """Return the radius of the largest ball in half of the array, nm: half-width over |row of the inverse|."""
    inverse = np.linalg.inv(geometry.basis(SHAPE).numpy() * 1e9)
    return float((9.5 / np.linalg.norm(inverse, axis=0)).min())


def _in_the_laboratory(problem: Problem, origin: float, spacing: float, n: int) -> NDArray[np.complex128]:
    """Return the truth on a cube of the laboratory, complex, zero outside."""
    steps = problem.geometry.basis(SHAPE).numpy().T * 1e9
    grid = Grid(steps, np.array(SHAPE) // 2, np.full(3, origin), spacing, (n, n, n))
    assert problem.truth is not None
    support = problem.truth.abs() > 0
    found = resample_object(problem.truth, torch.ones_like(support), grid)
    object: NDArray[np.complex128] = np.nan_to_num((found["amplitude"] * torch.exp(1j * found["phase"])).numpy())
    return object


def _scaled(geometry: Bragg, factor: float) -> Bragg:
    """Return the geometry with all steps of the object `factor` times as long, their directions as they are."""
    farther, finer = (geometry.distance_m or 0) * factor, (geometry.step_deg or 0) / factor
    return geometry.model_copy(update={"distance_m": farther, "step_deg": finer})


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(bragg_setups(), bragg_setups())
def test_the_same_crystal_in_two_geometries_is_the_same_in_the_laboratory(one: Bragg, other: Bragg) -> None:
    radius = _largest_nm(one)
    other = _scaled(other, radius / _largest_nm(other))
    source = Simulation(generator=Egg(), shape=SHAPE, radius_nm=0.999 * radius)
    problems = [source.load(geometry, torch.Generator().manual_seed(0)) for geometry in (one, other)]
    coarsest = max(float(p.geometry.basis(SHAPE).norm(dim=1).max()) for p in problems) * 1e9
    assume(coarsest <= radius / 5)  # else too few voxels across to compare
    n = 24
    first, second = (_in_the_laboratory(p, -radius, 2 * radius / (n - 1), n) for p in problems)
    assert np.abs(first).max() > 0.8
    # What is left is linear interpolation between voxels of up to a fifth of the radius.
    off = np.linalg.norm(first - second) / np.linalg.norm(first)
    assert off < 0.1, off
    mirrored = np.linalg.norm(first - second[:, :, ::-1]) / np.linalg.norm(first)
    assert mirrored > 0.5
