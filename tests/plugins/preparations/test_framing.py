"""Centre, crop, bin and pad: what ends up where, and how it is recorded."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from phasekit import InputError, Measurement
from phasekit_plugins.preparations.bin import Bin
from phasekit_plugins.preparations.centre import Centre
from phasekit_plugins.preparations.crop import Crop
from phasekit_plugins.preparations.pad import Pad

PEAK = (13, 16, 12)


def test_the_maximum_comes_to_the_middle(measured: Measurement) -> None:
    after = Centre().apply(measured)
    assert float(after.counts[12, 15, 14]) == float(measured.counts[PEAK])
    assert after.centre == PEAK
    assert after.steps == ("centre: voxel (13, 16, 12) (maximum) of the array (24, 30, 28)",)


def test_a_voxel_that_is_given_comes_to_the_middle(measured: Measurement) -> None:
    assert Centre(at=(3, 4, 5)).apply(measured).centre == (3, 4, 5)
    with pytest.raises(InputError, match="lies outside the data"):
        Centre(at=(3, 4, 28)).apply(measured)


def test_a_voxel_that_is_given_is_told_as_it_was_read_whatever_was_cut_and_summed_before(measured: Measurement) -> None:
    before = Bin(factors=(1, 2, 3)).apply(Crop(shape=(20, 20, 21)).apply(measured))
    assert before.origin == (2, 5.5, 5)
    after = Centre(at=(7, 10, 12)).apply(before)
    # Rows 9 and 10, columns 10 to 12 were summed.
    assert after.centre == (7, 9.5, 11)
    assert float(after.counts[10, 5, 3]) == float(measured.counts[7, 9:11, 10:13].sum())
    for outside in ((1, 10, 12), (7, 10, 25)):
        with pytest.raises(InputError, match=r"lies outside the data, which cover the indices 2 … 21, 5 … 24, 4 … 24"):
            Centre(at=outside).apply(before)


@pytest.mark.parametrize("spoilt", [False, True])
def test_the_centre_of_mass_is_that_of_the_peak_whatever_is_hot(measured: Measurement, spoilt: bool) -> None:
    """A second maximum, lower than the first, pulls the centre of mass to its side."""
    measured.counts[12:15, 16:21, 12] += 9000
    if spoilt:
        measured.counts[:, 18, 17] = 4000
        measured.counts[9, 12, 9] = 60000
    counts = measured.counts.numpy().astype(float)
    peak = tuple(int(i) for i in np.unravel_index(np.where(counts < 5e4, counts, 0).argmax(), counts.shape))
    reach = [min(at, n - 1 - at, n // 4) for at, n in zip(peak, counts.shape, strict=True)]
    box = np.zeros(counts.shape)
    inside = tuple(slice(at - r, at + r + 1) for at, r in zip(peak, reach, strict=True))
    box[inside] = counts[inside]
    box[:, 18, 17] = 0 if spoilt else box[:, 18, 17]
    box[9, 12, 9] = 0 if spoilt else box[9, 12, 9]
    box[box < 0.01 * box.max()] = 0
    wanted = tuple(round(float((g * box).sum() / box.sum())) for g in np.indices(counts.shape))
    assert wanted != PEAK
    assert Centre(at="centre-of-mass").apply(measured).centre == wanted


def test_a_dark_detector_has_a_centre_of_mass_too(measured: Measurement) -> None:
    dark = Measurement(torch.zeros(measured.shape), measured.valid)
    assert Centre(at="centre-of-mass").apply(dark).shape == measured.shape


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


def test_a_bin_sums_and_says_so(measured: Measurement) -> None:
    after = Bin(factors=(1, 2, 4)).apply(measured)
    np.testing.assert_allclose(after.counts, measured.counts.numpy().reshape(24, 15, 2, 7, 4).sum(axis=(2, 4)))
    assert after.factors == (1, 2, 4)
    assert after.steps == ("bin: blocks of (1, 2, 4) summed, (24, 30, 28) to (24, 15, 7)",)


def test_a_pad_surrounds_with_untrusted_voxels_up_to_what_transforms_fast() -> None:
    measured = Measurement(torch.ones(11, 13, 46), torch.ones(11, 13, 46, dtype=torch.bool))
    after = Pad().apply(measured)
    assert after.shape == (12, 14, 48)
    assert int(after.valid.sum()) == 11 * 13 * 46
    assert after.centre == measured.centre
    with pytest.raises(InputError, match=r"pad \(8, 14, 48\) is smaller than the data"):
        Pad(shape=(8, 14, 48)).apply(measured)
