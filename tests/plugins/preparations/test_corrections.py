"""Dark frame, flat field and monitor, wherever in the list they stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit import InputError, Measurement, Preparation
from phasekit_plugins.preparations.centre import Centre
from phasekit_plugins.preparations.dark import Dark
from phasekit_plugins.preparations.flat_field import FlatField
from phasekit_plugins.preparations.monitor import Monitor

RNG = np.random.default_rng(8)


def test_the_dark_frame_is_subtracted_and_its_hot_pixels_lose_trust(measured: Measurement) -> None:
    dark = RNG.uniform(0, 2, measured.shape[1:]).astype(np.float32)
    dark[3, 4], dark[5, 6] = 50, np.nan
    after = Dark().apply(replace(measured, dark=torch.from_numpy(dark)))
    good = dark <= 10
    wanted = np.maximum(measured.counts.numpy() - np.where(good, dark, 0), 0)
    np.testing.assert_allclose(after.counts, wanted, rtol=1e-6)
    np.testing.assert_array_equal(after.valid.numpy(), np.broadcast_to(good, measured.shape))
    assert after.dark is None
    assert "2 pixels with more than 10 left untrusted" in after.steps[0]


def test_the_flat_field_counts_as_1_on_average_over_trusted_pixels(measured: Measurement) -> None:
    flat = RNG.uniform(500, 900, measured.shape[1:]).astype(np.float32)
    flat[2, 3] = 1e6  # a pixel that the mask knows to be bad
    measured.valid[:, 2, 3] = False
    after = FlatField().apply(replace(measured, flat_field=torch.from_numpy(flat)))
    trusted = np.ones(flat.shape, dtype=bool)
    trusted[2, 3] = False
    wanted = measured.counts.numpy() / (flat / flat[trusted].mean())
    np.testing.assert_allclose(after.photons(), wanted, rtol=1e-5)


def test_the_monitor_divides_frames_over_their_mean(measured: Measurement) -> None:
    monitor = RNG.uniform(900, 1100, 24).astype(np.float32)
    monitor[3] = 0
    after = Monitor().apply(replace(measured, monitor=torch.from_numpy(monitor)))
    assert not bool(after.valid[3].any())
    relative = monitor / monitor[monitor > 0].mean()
    good = monitor > 0
    wanted = measured.counts.numpy()[good] / relative[good, None, None]
    np.testing.assert_allclose(after.photons().numpy()[good], wanted, rtol=1e-5)


@pytest.mark.parametrize("step", [FlatField(), Monitor()])
def test_corrections_after_centring_are_those_before_it(measured: Measurement, step: Preparation) -> None:
    flat, monitor = RNG.uniform(500, 900, measured.shape[1:]), RNG.uniform(900, 1100, 24)
    whole = replace(measured, flat_field=torch.from_numpy(flat).float(), monitor=torch.from_numpy(monitor).float())
    centre = Centre(at=(11, 15, 14))
    early, late = centre.apply(step.apply(whole)), step.apply(centre.apply(whole))
    # Centring leaves one frame out of the mean, which is then another by a little.
    seen = early.valid & (early.counts > 0)
    ratio = (early.photons() / late.photons())[seen]
    torch.testing.assert_close(ratio, ratio.mean().expand(ratio.shape))
    assert float(ratio.mean()) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(("step", "name"), [(Dark(), "dark"), (FlatField(), "flat field"), (Monitor(), "monitor")])
def test_a_correction_that_was_not_read_is_refused(measured: Measurement, step: Preparation, name: str) -> None:
    with pytest.raises(InputError, match=f"has no {name}|no {name} frame"):
        step.apply(measured)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_a_correction_that_is_nowhere_above_zero_is_refused(measured: Measurement, value: float) -> None:
    with pytest.raises(InputError, match="flat field is nowhere above zero"):
        FlatField().apply(replace(measured, flat_field=torch.full(measured.shape[1:], value)))
    with pytest.raises(InputError, match="monitor is nowhere above zero"):
        Monitor().apply(replace(measured, monitor=torch.full((24,), value)))
