"""What dark frame, flat field and monitor promise together, wherever in the list they stand."""

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


@pytest.mark.parametrize("step", [FlatField(), Monitor()])
def test_corrections_after_centring_are_those_before_it(measured: Measurement, step: Preparation) -> None:
    rng = np.random.default_rng(8)
    flat, monitor = rng.uniform(500, 900, measured.shape[1:]), rng.uniform(900, 1100, 24)
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
