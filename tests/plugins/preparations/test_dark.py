from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from phasekit import Measurement
from phasekit_plugins.preparations.dark import Dark


def test_the_dark_frame_is_subtracted_and_its_hot_pixels_lose_trust(measured: Measurement) -> None:
    dark = np.random.default_rng(8).uniform(0, 2, measured.shape[1:]).astype(np.float32)
    dark[3, 4], dark[5, 6] = 50, np.nan
    after = Dark().apply(replace(measured, dark=torch.from_numpy(dark)))
    good = dark <= 10
    wanted = np.maximum(measured.counts.numpy() - np.where(good, dark, 0), 0)
    np.testing.assert_allclose(after.counts, wanted, rtol=1e-6)
    np.testing.assert_array_equal(after.valid.numpy(), np.broadcast_to(good, measured.shape))
    assert after.dark is None
    assert "2 pixels with more than 10 left untrusted" in after.steps[0]
