from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from phasekit import InputError, Measurement
from phasekit_plugins.preparations.aliens import Aliens

from .untrusted import untrusted


def test_boxes_are_left_untrusted_their_ends_excluded(measured: Measurement) -> None:
    after = Aliens(boxes=(((1, 2, 3), (4, 6, 8)), ((20, 0, 0), (24, 1, 28)))).apply(measured)
    wanted = np.zeros(measured.shape, dtype=bool)
    wanted[1:4, 2:6, 3:8] = wanted[20:24, 0:1] = True
    np.testing.assert_array_equal(untrusted(measured, after), wanted)
    part = measured.counts.numpy()[wanted].sum() / measured.counts.numpy().sum()
    assert after.steps == (f"aliens: 2 boxes, {wanted.sum()} voxels with {part:.2%} of the counts left untrusted",)


def test_boxes_mean_the_array_as_read_after_centring_and_binning(measured: Measurement) -> None:
    step = Aliens(boxes=(((3, 4, 5), (6, 8, 9)),))
    kept = step.apply(measured).window((13, 16, 12), (24, 28, 24)).binned((1, 2, 4))
    late = step.apply(measured.window((13, 16, 12), (24, 28, 24)).binned((1, 2, 4)))
    assert torch.equal(kept.valid, late.valid)


def test_a_box_that_reaches_beyond_the_data_is_cut_off_there(measured: Measurement) -> None:
    after = Aliens(boxes=(((20, 0, 0), (99, 99, 99)),)).apply(measured)
    assert not bool(after.valid[20:].any())
    assert bool(after.valid[:20].all())


@pytest.mark.parametrize(
    ("box", "message"),
    [
        (((30, 0, 0), (40, 9, 9)), r"\[\[30, 0, 0\], \[40, 9, 9\]\] lies outside the data, which cover .* 0 … 23, 0"),
        (((0, 0), (4, 4)), "has 2 indices for 3 axes"),
    ],
)
def test_a_box_that_does_not_fit_is_refused(measured: Measurement, box: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Aliens(boxes=(box,)).apply(measured)


@pytest.mark.parametrize("box", [((3, 3, 3), (3, 4, 4)), ((3, 3, 3), (2, 4, 4)), ((3, 3), (4, 4, 4))])
def test_an_empty_box_is_refused_when_it_is_written(box: Any) -> None:
    with pytest.raises(ValidationError, match="is empty; give its first index and its end"):
        Aliens(boxes=(box,))


def test_boxes_of_2d_data_are_left_untrusted_too(measured: Measurement) -> None:
    frame = Measurement(measured.counts[13], measured.valid[13])
    assert not bool(Aliens(boxes=(((1, 1), (3, 3)),)).apply(frame).valid[1:3, 1:3].any())
