"""The noise of the root of a count is that of a Poisson law."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import poisson

from phasekit.numerics.photon_noise import LIMIT, residual_variance, shortfall


@pytest.mark.parametrize("mean", [0.0, 1e-3, 0.1, 0.7, 5.0, 40.0, 63.9, 64.1, 300.0])
def test_the_noise_of_the_root_of_a_count_is_that_of_a_poisson_law(mean: float) -> None:
    counts = np.arange(0, int(mean + 20 * mean**0.5) + 30)
    chance, apart = poisson.pmf(counts, mean), (mean**0.5 - np.sqrt(counts)) ** 2
    given = torch.tensor([mean], dtype=torch.float64)
    assert float(shortfall(given)) == pytest.approx(mean**0.5 - (chance * np.sqrt(counts)).sum(), abs=2e-6)
    assert 2 * mean**0.5 * float(shortfall(given)) == pytest.approx((chance * apart).sum(), abs=2e-6)
    variance = (chance * apart**2).sum() - (chance * apart).sum() ** 2
    assert float(residual_variance(given)) == pytest.approx(variance, rel=1e-3, abs=2e-6)


def test_table_and_series_meet_where_one_takes_over_from_the_other() -> None:
    ends = torch.tensor([LIMIT**2 * (1 - 1e-9), LIMIT**2 * (1 + 1e-9)], dtype=torch.float64)
    for figure in (shortfall, residual_variance):
        below, above = figure(ends).tolist()
        assert below == pytest.approx(above, rel=1e-4)
