from __future__ import annotations

import numpy as np
import pytest
import torch

from phasekit import InputError, Measurement
from phasekit_plugins.preparations.pad import Pad


def test_a_pad_surrounds_with_untrusted_voxels_up_to_what_transforms_fast() -> None:
    measured = Measurement(torch.ones(11, 13, 46), torch.ones(11, 13, 46, dtype=torch.bool))
    after = Pad().apply(measured)
    assert after.shape == (12, 14, 48)
    assert int(after.valid.sum()) == 11 * 13 * 46
    assert after.centre == measured.centre
    with pytest.raises(InputError, match=r"pad \(8, 14, 48\) is smaller than the data"):
        Pad(shape=(8, 14, 48)).apply(measured)


def test_the_voxel_in_the_middle_stays_in_the_middle(measured: Measurement) -> None:
    after = Pad(shape=(27, 30, 34)).apply(measured)
    inside = (slice(1, 25), slice(None), slice(3, 31))
    wanted = np.zeros((27, 30, 34), dtype=bool)
    wanted[inside] = True
    assert float(after.counts[13, 15, 17]) == float(measured.counts[12, 15, 14])
    assert torch.equal(after.counts[inside], measured.counts)
    np.testing.assert_array_equal(after.valid, wanted)
