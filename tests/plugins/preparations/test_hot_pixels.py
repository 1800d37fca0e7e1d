"""Hot and dead pixels, cosmic rays and blanked blocks lose their trust; the pattern never does."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from phasekit import InputError, Measurement
from phasekit_plugins.preparations.hot_pixels import HotPixels


def lost(measured: Measurement, step: HotPixels | None = None) -> set[tuple[int, ...]]:
    after = (step or HotPixels()).apply(measured)
    return {tuple(place) for place in (measured.valid & ~after.valid).nonzero().tolist()}


def column(row: int, col: int, frames: int = 24) -> set[tuple[int, ...]]:
    return {(frame, row, col) for frame in range(frames)}


def test_good_data_lose_nothing(measured: Measurement) -> None:
    assert lost(measured) == set()


def test_hot_pixels_are_found_under_the_peak_and_beside_one_another(measured: Measurement) -> None:
    rng = torch.Generator().manual_seed(1)
    for row, col in ((3, 4), (20, 9), (20, 10), (21, 9), (21, 10)):
        measured.counts[:, row, col] = torch.poisson(torch.full((24,), 80.0), generator=rng)
    measured.counts[:, 16, 12] += 50000
    wanted = [(3, 4), (20, 9), (20, 10), (21, 9), (21, 10), (16, 12)]
    assert lost(measured) == set.union(*(column(row, col) for row, col in wanted))


def test_a_pixel_that_is_hot_in_a_few_frames_only_is_left(measured: Measurement) -> None:
    measured.counts[5:9, 3, 4] = 80
    assert lost(measured) == set()


def test_a_dead_pixel_that_saw_a_cosmic_ray_is_found(measured: Measurement) -> None:
    """As the doctor finds it, who would send the reader back to this step."""
    measured.counts[:, 15, 13] = 0
    measured.counts[20, 15, 13] = 5000
    assert lost(measured) == column(15, 13)


def drawn(data: st.DataObject, frames: tuple[int, int], oversampling: tuple[float, float]) -> tuple[Measurement, float]:
    """Return the pattern of a brick, the sharpest there is, exact or with noise, and its height."""
    shape = (data.draw(st.integers(*frames)), data.draw(st.integers(8, 20)), data.draw(st.integers(8, 20)))
    lines = []
    for n in shape:
        at = data.draw(st.floats(1, n - 2))
        lines.append(np.sinc((np.arange(n) - at) / data.draw(st.floats(*oversampling))) ** 2)
    height = 10 ** data.draw(st.floats(1, 8))
    expected = height * np.einsum("i,j,k", *lines) + data.draw(st.floats(0, 5))
    noise = np.random.default_rng(data.draw(st.integers(0, 1000)))
    counts = noise.poisson(expected) if data.draw(st.booleans()) else expected
    measured = Measurement(torch.from_numpy(counts.astype(np.float32)), torch.ones(shape, dtype=torch.bool))
    return measured, height


@settings(deadline=None, derandomize=True, max_examples=60)
@given(data=st.data())
def test_the_bragg_peak_is_never_taken_for_hot(data: st.DataObject) -> None:
    """Whatever its height and place, at oversampling 2 or more, in scans that show little besides it."""
    measured, height = drawn(data, (8, 20), (2, 6))
    peak = measured.counts > 0.05 * height
    assert not bool((measured.hot_pixels() & peak.any(dim=0)).any())
    assert not bool((measured.spikes() & peak).any())
    assert not bool((measured.dead_pixels() & peak.any(dim=0)).any())


@settings(deadline=None, derandomize=True, max_examples=60)
@given(data=st.data())
def test_nothing_of_a_pattern_with_its_fringes_is_taken_for_hot(data: st.DataObject) -> None:
    measured, _ = drawn(data, (24, 48), (2.5, 5))
    assert not bool(measured.hot_pixels().any())
    assert not bool(measured.spikes().any())


def test_cosmic_rays_are_found_voxel_by_voxel(measured: Measurement) -> None:
    for place in ((2, 3, 4), (23, 29, 27), (13, 2, 12)):
        measured.counts[place] = 400
    assert lost(measured) == {(2, 3, 4), (23, 29, 27), (13, 2, 12)}


def test_a_bright_voxel_beside_an_untrusted_one_is_left(measured: Measurement) -> None:
    measured.counts[2, 3, 4] = 400
    measured.valid[2, 3, 5] = False
    assert lost(measured) == set()


def test_dead_pixels_and_unknown_gaps_are_found(measured: Measurement) -> None:
    measured.counts[:, 15, 13] = 0
    measured.counts[:, :, 16:20] = 0  # four columns beside the peak
    found = measured.dead_pixels()
    assert bool(found[15, 13])
    assert bool(found[:, 16:20].all())
    assert int(found.sum()) == 1 + 4 * 30


def test_what_is_dark_because_small_counts_were_set_to_zero_is_not_dead(measured: Measurement) -> None:
    measured.counts[measured.counts < 4] = 0
    assert int((measured.counts.sum(dim=0) == 0).sum()) > 300
    assert not bool(measured.dead_pixels().any())
    assert not bool(measured.blank_blocks().any())


def test_a_blanked_block_is_found(measured: Measurement) -> None:
    measured.counts.add_(torch.poisson(torch.full(measured.shape, 6.0), generator=torch.Generator().manual_seed(1)))
    measured.counts[10:15, 10:15, 15:19] = 0
    assert lost(measured) == {(i, j, k) for i in range(10, 15) for j in range(10, 15) for k in range(15, 19)}


def test_listed_pixels_are_meant_as_read_whatever_was_done_since(measured: Measurement) -> None:
    step = HotPixels(pixels=((5, 7),), statistics=False)
    assert lost(measured, step) == column(5, 7)
    moved = measured.window((13, 16, 12), measured.shape)  # by (1, 1, -2)
    assert int((~step.apply(moved).valid & moved.valid).sum()) == int(moved.valid[:, 4, 9].sum())
    assert not bool(step.apply(moved).valid[:, 4, 9].any())
    binned = measured.window((12, 15, 14), (24, 28, 28)).binned((1, 2, 4))
    assert not bool(step.apply(binned).valid[:, (5 - 1) // 2, 7 // 4].any())


def test_a_listed_pixel_outside_is_refused(measured: Measurement) -> None:
    with pytest.raises(InputError, match=r"\[40, 3\] lies outside the data, which cover .* 0 … 23, 0 … 29, 0 … 27"):
        HotPixels(pixels=((40, 3),)).apply(measured)


def test_few_frames_and_untrusted_ones_tell_nothing(measured: Measurement) -> None:
    measured.counts[:, 3, 4] = 80
    assert not bool(measured.window((5, 15, 14), (7, 30, 28)).hot_pixels().any())
    measured.valid[7:] = False
    assert not bool(measured.hot_pixels().any())
    assert not bool(Measurement(measured.counts[0], measured.valid[0]).hot_pixels().any())


def test_the_record_counts_what_was_found(measured: Measurement) -> None:
    measured.counts[:, 3, 4] = 80
    measured.counts[2, 10, 20] = 400
    (sentence,) = HotPixels(pixels=((5, 7),)).apply(measured).steps
    assert sentence == (
        "hot-pixels: 1 pixels listed, 1 hot pixels, 0 dead pixels, 1 voxels of cosmic rays, 0 voxels of blank blocks "
        "found, 49 voxels left untrusted"
    )
