from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit import InputError, Measurement
from phasekit_plugins.preparations.flat_field import FlatField


def test_the_flat_field_counts_as_1_on_average_over_trusted_pixels(measured: Measurement) -> None:
    flat = np.random.default_rng(8).uniform(500, 900, measured.shape[1:]).astype(np.float32)
    flat[2, 3] = 1e6  # a pixel that the mask knows to be bad
    measured.valid[:, 2, 3] = False
    after = FlatField().apply(replace(measured, flat_field=torch.from_numpy(flat)))
    trusted = np.ones(flat.shape, dtype=bool)
    trusted[2, 3] = False
    wanted = measured.counts.numpy() / (flat / flat[trusted].mean())
    np.testing.assert_allclose(after.photons(), wanted, rtol=1e-5)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_a_flat_field_that_is_nowhere_above_zero_is_refused(measured: Measurement, value: float) -> None:
    with pytest.raises(InputError, match="flat field is nowhere above zero"):
        FlatField().apply(replace(measured, flat_field=torch.full(measured.shape[1:], value)))


@pytest.mark.parametrize("weak", [1.0, 30.0, 1e5])
def test_pixels_that_differ_from_their_neighbours_are_untrusted(measured: Measurement, weak: float) -> None:
    flat = np.random.default_rng(8).poisson(1000, measured.shape[1:]).astype(np.float32)
    places = [(4, 5), (4, 6), (20, 11)]
    for place in places:
        flat[place] = weak
    after = FlatField().apply(replace(measured, flat_field=torch.from_numpy(flat)))
    expected = np.ones(flat.shape, dtype=bool)
    expected[tuple(zip(*places, strict=True))] = False
    np.testing.assert_array_equal(after.valid, np.broadcast_to(expected, after.shape))
    wanted = measured.counts.numpy() / (flat / flat[expected].mean())
    np.testing.assert_allclose(after.photons().numpy()[:, expected], wanted[:, expected], rtol=1e-5)
    assert after.steps[0].endswith("; 3 that differ from their neighbours left untrusted")
