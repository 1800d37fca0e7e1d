from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit import Measurement
from phasekit_plugins.preparations.dark import Dark


def test_the_dark_frame_is_subtracted_and_its_hot_pixels_lose_trust(measured: Measurement) -> None:
    dark = np.random.default_rng(8).uniform(0, 2, measured.shape[1:]).astype(np.float32)
    dark[3, 4], dark[5, 6] = 50, np.nan
    after = Dark().apply(replace(measured, dark=torch.from_numpy(dark)))
    good = dark <= 10
    wanted = measured.counts.numpy() - np.where(good, dark, 0)  # noise below zero stays
    np.testing.assert_allclose(after.counts, wanted, rtol=1e-6)
    np.testing.assert_array_equal(after.valid.numpy(), np.broadcast_to(good, measured.shape))
    assert after.dark is None
    assert "2 pixels with more than 10 left untrusted" in after.steps[0]


@pytest.mark.parametrize(("pedestal", "noise"), [(100.0, 0.0), (100.0, 3.0), (1000.0, 20.0), (-30.0, 1.0)])
def test_a_pedestal_is_subtracted_and_hot_pixels_are_those_above_it(
    measured: Measurement, pedestal: float, noise: float
) -> None:
    rng = np.random.default_rng(8)
    dark = pedestal + np.repeat([0.0, 12.0], 14) + rng.normal(0, noise, measured.shape[1:])  # two amplifiers
    dark[3, 4] = pedestal + 400
    dark = dark.astype(np.float32)
    raw = replace(measured, counts=measured.counts + torch.from_numpy(dark), dark=torch.from_numpy(dark))
    after = Dark().apply(raw)
    good = np.ones(dark.shape, dtype=bool)
    good[3, 4] = False
    np.testing.assert_array_equal(after.valid.numpy(), np.broadcast_to(good, measured.shape))
    np.testing.assert_allclose(after.counts.numpy()[:, good], measured.counts.numpy()[:, good], atol=2e-3)


def test_noise_of_a_dark_keeps_its_mean(measured: Measurement) -> None:
    rng = np.random.default_rng(8)
    raw = torch.from_numpy(rng.normal(100, 5, measured.shape).astype(np.float32))
    dark = torch.full(measured.shape[1:], 100.0)
    assert abs(float(Dark().apply(replace(measured, counts=raw, dark=dark)).counts.mean())) < 0.2
