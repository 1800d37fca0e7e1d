"""Data as read and as prepared are laid upon one another voxel by voxel, however they were cut and binned."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from phasekit import Geometry, Measurement, Problem, fourier
from phasekit.doctor.examined import Examined

SHAPE = (18, 20, 22)


def counts(seed: int = 0) -> torch.Tensor:
    mean = torch.full(SHAPE, 50.0)
    return torch.poisson(mean, generator=torch.Generator().manual_seed(seed))


def examined_of(raw: Measurement, prepared: Measurement) -> Examined:
    """Bring raw and prepared counts together as `examine` does."""
    problem = Problem.measured(
        fourier.uncentred(prepared.counts, 3),
        Geometry.resolve("far-field"),
        fourier.uncentred(prepared.valid, 3),
        origin=prepared.origin,
        factors=prepared.factors,
    )
    return Examined.of(problem, raw)


@pytest.mark.parametrize("factors", [(1, 1, 1), (1, 2, 2), (2, 3, 1)])
@pytest.mark.parametrize("centre", [(9, 10, 11), (4, 12, 8)])
def test_a_voxel_as_read_is_trusted_still_where_its_block_is(
    factors: tuple[int, int, int], centre: tuple[int, int, int]
) -> None:
    raw = Measurement(counts(), torch.rand(SHAPE, generator=torch.Generator().manual_seed(1)) < 0.97)
    prepared = raw.window(centre, (14, 16, 20)).binned(factors)
    found = torch.rand(SHAPE, generator=torch.Generator().manual_seed(2)) < 0.1
    still, kept = np.zeros(SHAPE, dtype=bool), np.zeros(prepared.shape, dtype=bool)
    low = [c - n // 2 for c, n in zip(centre, (14, 16, 20), strict=True)]
    for place in np.argwhere(found.numpy()):
        block = tuple((place - low) // factors)
        if all(0 <= i < n for i, n in zip(block, prepared.shape, strict=True)) and bool(prepared.valid[block]):
            still[tuple(place)] = kept[block] = True
    examined = examined_of(raw, prepared)
    np.testing.assert_array_equal(examined.still(found).numpy(), still)
    np.testing.assert_array_equal(examined.kept(found).numpy(), kept)


def test_the_frames_are_those_as_read_that_are_in_the_prepared_data() -> None:
    raw = Measurement(counts(), torch.ones(SHAPE, dtype=torch.bool))
    assert list(examined_of(raw, raw).frames) == list(range(18))
    assert list(examined_of(raw, raw.window((12, 10, 11), (8, 20, 22))).frames) == list(range(8, 16))
    assert list(examined_of(raw, raw.window((9, 10, 11), (18, 20, 22)).binned((4, 1, 1))).frames) == list(range(16))


def test_totals_leave_out_what_is_hot_and_silent_frames_count_nothing() -> None:
    values = counts()
    values[:, 3, 4] = 9000
    values[7] = 0
    expected = values.clone()
    expected[:, 3, 4] = 0
    raw = Measurement(values, torch.ones(SHAPE, dtype=torch.bool))
    examined = examined_of(raw, raw)
    assert examined.hot.nonzero().tolist() == [[3, 4]]
    torch.testing.assert_close(examined.totals, expected.double().sum(dim=(1, 2)))
    assert examined.silent.nonzero().flatten().tolist() == [7]


@pytest.mark.parametrize(("top", "many", "saturated"), [(300, 5, True), (300, 1, False), (4095, 1, True)])
def test_a_plateau_of_equal_counts_or_a_full_counter_is_saturated(top: int, many: int, saturated: bool) -> None:
    values = counts()
    values[9, 10, 8 : 8 + many] = top
    values[9, 9:12, 7 : 9 + many] = values[9, 9:12, 7 : 9 + many].clamp(min=0.8 * top)  # a peak, no cosmic ray
    values[8:11:2, 9:12, 7 : 9 + many] = 0.6 * top
    raw = Measurement(values, torch.ones(SHAPE, dtype=torch.bool))
    assert examined_of(raw, raw).saturated == (top, many, saturated)


def test_without_data_as_read_the_prepared_ones_stand_for_them() -> None:
    raw = Measurement(counts(), torch.ones(SHAPE, dtype=torch.bool))
    problem = Problem.measured(fourier.uncentred(raw.counts, 3), Geometry.resolve("far-field"))
    for examined in (Examined.of(problem, None), Examined.of(problem, raw)):  # of `raw`, no record says what became
        assert not examined.measured
        assert examined.raw is examined.prepared
        torch.testing.assert_close(examined.prepared.counts, raw.counts)
