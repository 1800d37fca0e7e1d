"""The background is told from the outer shell, subtracted, and what little is left set to zero."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit import Measurement
from phasekit_plugins.preparations.background import Background


def flat_level(level: float, shape: tuple[int, ...] = (40, 48, 44)) -> Measurement:
    counts = np.random.default_rng(5).poisson(level, shape).astype(np.float32)
    return Measurement(torch.from_numpy(counts), torch.ones(shape, dtype=torch.bool))


def subtracted(measured: Measurement) -> float:
    (sentence,) = Background().apply(measured).steps
    return float(sentence.removeprefix("background: ").split()[0])


@pytest.mark.parametrize("level", [0.02, 0.5, 7.0, 300.0])
def test_the_estimate_is_the_mean_of_poisson_counts(level: float) -> None:
    assert subtracted(flat_level(level)) == pytest.approx(level, abs=4 * (level / 30000) ** 0.5)


def test_streaks_and_the_peak_do_not_enter_the_estimate() -> None:
    measured = flat_level(0.5)
    measured.counts[15:25, 18:30, 16:28] += 1000
    measured.counts[:, 20:23, 20:23] += 60  # a streak through both ends
    assert subtracted(measured) == pytest.approx(0.5, abs=0.02)


def test_noise_below_zero_stays_so_that_its_mean_is_right(measured: Measurement) -> None:
    after = Background(subtract=3).apply(measured)
    np.testing.assert_allclose(after.counts, measured.counts.numpy() - 3)
    assert torch.equal(after.valid, measured.valid)


def test_small_counts_become_zero_as_beamlines_do(measured: Measurement) -> None:
    after = Background(subtract=0, below=2).apply(measured)
    counts = measured.counts.numpy()
    np.testing.assert_array_equal(after.counts, np.where(counts < 2, 0, counts))
    assert after.steps == (
        f"background: 0 counts per voxel (given) subtracted, {(counts == 1).sum()} voxels below 2 set to zero; "
        f"{(counts == 1).sum() / counts.sum():.2%} of the counts removed",
    )


def test_where_nothing_is_trusted_nothing_is_subtracted(measured: Measurement) -> None:
    blind = replace(measured, valid=torch.zeros_like(measured.valid))
    assert torch.equal(Background().apply(blind).counts, measured.counts)
