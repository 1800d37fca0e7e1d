"""Butterflies are small Fourier transforms."""

from __future__ import annotations

import numpy as np
import pytest

vector_code = pytest.importorskip("phasekit.numerics.vector_code")


@pytest.mark.parametrize("count", [2, 3, 4, 5, 7, 11])
def test_a_butterfly_is_a_fourier_transform(count: int) -> None:
    numbers = np.random.default_rng(count).standard_normal((count, 2))
    found = np.array([complex(*pair) for pair in vector_code.dft([tuple(pair) for pair in numbers])])
    np.testing.assert_allclose(found, np.fft.fft(numbers[:, 0] + 1j * numbers[:, 1]), atol=1e-13)
