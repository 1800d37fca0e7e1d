"""Transfer function and shell correlation are their plain sums, and a resolution is where a curve falls."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from phasekit import Geometry
from phasekit.analysis.resolution import PRTF_LEVEL, prtf, resolution, shell_correlation
from phasekit.analysis.shells import Shells
from phasekit.testing import reference_problem
from phasekit.testing.problems import truth_of

SHAPE = (12, 14, 16)
SHELLS = Shells.of(Geometry.resolve("far-field"), SHAPE)


def noise(seed: int) -> torch.Tensor:
    return torch.randn(SHAPE, dtype=torch.complex128, generator=torch.Generator().manual_seed(seed))


def test_the_transfer_function_is_one_of_the_truth_and_a_part_of_a_weaker_mean() -> None:
    problem = reference_problem(SHAPE, gap=True, dtype=torch.float64)
    for part in (1.0, 0.3):
        found = prtf(problem, part * truth_of(problem), SHELLS)
        np.testing.assert_allclose(found.numpy(), part, rtol=1e-6)


def test_the_transfer_function_counts_trusted_and_held_out_voxels() -> None:
    problem = reference_problem(SHAPE, gap=True, dtype=torch.float64)
    mean = noise(1)
    modulus = np.abs(np.fft.ifftn(mean.numpy(), norm="ortho"))
    amplitude, trusted = problem.amplitude.numpy(), problem.valid.numpy()
    shell = SHELLS.index.numpy()
    expected = [
        modulus[trusted & (shell == index)].sum() / amplitude[trusted & (shell == index)].sum()
        for index in range(len(SHELLS.radius))
    ]
    for seen in (problem, problem.hold_out(0.1)):
        np.testing.assert_allclose(prtf(seen, mean, SHELLS).numpy(), expected, rtol=1e-9)


def test_the_shell_correlation_is_the_correlation_of_the_waves_in_each_shell() -> None:
    one, other = noise(1), 0.5 * noise(1) + noise(2)
    waves = [np.fft.ifftn(object.numpy()) for object in (one, other)]
    expected = []
    for index in range(len(SHELLS.radius)):
        a, b = (wave[SHELLS.index.numpy() == index] for wave in waves)
        expected.append((np.vdot(b, a) / np.linalg.norm(a) / np.linalg.norm(b)).real)
    np.testing.assert_allclose(shell_correlation(one, other, SHELLS).numpy(), expected, rtol=1e-9)


def test_equal_objects_correlate_fully_and_nothing_with_anything_is_not_a_number() -> None:
    np.testing.assert_allclose(shell_correlation(noise(1), 3 * noise(1), SHELLS).numpy(), 1)
    assert bool(shell_correlation(noise(1), torch.zeros(SHAPE), SHELLS).isnan().all())


def line(ends: float) -> torch.Tensor:
    """Return a curve that falls from 1 at Q = 0 to `ends` at the last shell."""
    return 1 - (1 - ends) * SHELLS.radius / SHELLS.radius[-1]


@pytest.mark.parametrize("level", [0.3, PRTF_LEVEL, 0.8])
def test_the_resolution_is_where_a_line_crosses_the_level_with_shells_left_out(level: float) -> None:
    curve = line(0.1)
    crossing = float(SHELLS.radius[-1]) * (1 - level) / 0.9
    assert resolution(curve, SHELLS, level) == pytest.approx(1 / crossing)
    curve[2] = torch.nan
    assert resolution(curve, SHELLS, level) == pytest.approx(1 / crossing)


def test_a_curve_that_never_falls_is_resolved_to_the_edge_and_one_that_begins_below_is_not() -> None:
    assert resolution(line(0.9), SHELLS, 0.5) == pytest.approx(1 / float(SHELLS.radius[-1]))
    assert math.isnan(resolution(0.4 * line(0.9), SHELLS, 0.5))
    assert math.isnan(resolution(torch.full_like(SHELLS.radius, torch.nan), SHELLS))
