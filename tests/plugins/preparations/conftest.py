"""A Bragg-like peak with background and noise, as a detector measures it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from phasekit import Measurement

SHAPE, PEAK = (24, 30, 28), (13, 16, 12)


@pytest.fixture
def measured() -> Measurement:
    """Counts of shape (24, 30, 28): an oversampled peak of 1e4 at (13, 16, 12) with fringes, background 0.5."""
    lines = [np.sinc((np.arange(n) - at) / 2.4) ** 2 for n, at in zip(SHAPE, PEAK, strict=True)]
    expected = 1e4 * np.einsum("i,j,k", *lines) + 0.5
    counts = torch.from_numpy(np.random.default_rng(0).poisson(expected).astype(np.float32))
    return Measurement(counts, torch.ones(SHAPE, dtype=torch.bool))
