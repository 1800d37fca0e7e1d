from __future__ import annotations

import numpy as np
import pytest
import torch

from phasekit import InputError, Measurement
from phasekit_plugins.preparations.bin import Bin
from phasekit_plugins.preparations.centre import Centre
from phasekit_plugins.preparations.crop import Crop

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


def test_a_given_voxel_is_one_of_the_data_as_read_whatever_was_cut_and_summed_before(measured: Measurement) -> None:
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
