from __future__ import annotations

import numpy as np

from phasekit import Measurement
from phasekit_plugins.preparations.bin import Bin


def test_a_bin_sums_and_says_so(measured: Measurement) -> None:
    after = Bin(factors=(1, 2, 4)).apply(measured)
    np.testing.assert_allclose(after.counts, measured.counts.numpy().reshape(24, 15, 2, 7, 4).sum(axis=(2, 4)))
    assert after.factors == (1, 2, 4)
    assert after.steps == ("bin: blocks of (1, 2, 4) summed, (24, 30, 28) to (24, 15, 7)",)


def test_a_block_is_trusted_where_all_of_it_is(measured: Measurement) -> None:
    measured.valid[5, 6, 8] = False
    after = Bin(factors=(1, 2, 4)).apply(measured)
    assert (~after.valid).nonzero().tolist() == [[5, 3, 2]]
