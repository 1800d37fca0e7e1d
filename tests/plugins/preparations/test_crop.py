from __future__ import annotations

import numpy as np
import pytest

from phasekit import InputError, Measurement
from phasekit_plugins.preparations.centre import Centre
from phasekit_plugins.preparations.crop import Crop


def test_a_crop_after_centring_is_about_the_peak(measured: Measurement) -> None:
    after = Crop(shape=(10, 12, 14)).apply(Centre().apply(measured))
    wanted = measured.counts.numpy()[8:18, 10:22, 5:19]
    np.testing.assert_array_equal(after.counts, wanted)
    assert after.origin == (8, 10, 5)
    # Both told from what the centred array still holds.
    whole = measured.counts.numpy()[1:, 1:, :26].sum()
    assert after.steps[1] == f"crop: (24, 30, 28) to (10, 12, 14), {wanted.sum() / whole:.2%} of the counts kept"


def test_untrusted_counts_are_not_said_to_be_kept(measured: Measurement) -> None:
    measured.counts[12, 15, 14] = 1e9
    measured.valid[12, 15, 14] = False
    assert float(Crop(shape=(4, 4, 4)).apply(measured).steps[0].split()[-5].rstrip("%")) < 50


def test_a_crop_larger_than_the_data_is_refused(measured: Measurement) -> None:
    with pytest.raises(InputError, match=r"crop \(24, 31, 28\) is larger than the data, \(24, 30, 28\)"):
        Crop(shape=(24, 31, 28)).apply(measured)
