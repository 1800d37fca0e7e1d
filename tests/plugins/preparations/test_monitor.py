from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit import InputError, Measurement
from phasekit_plugins.preparations.monitor import Monitor


def test_the_monitor_divides_frames_over_their_mean(measured: Measurement) -> None:
    monitor = np.random.default_rng(8).uniform(900, 1100, 24).astype(np.float32)
    monitor[3] = 0
    after = Monitor().apply(replace(measured, monitor=torch.from_numpy(monitor)))
    assert not bool(after.valid[3].any())
    relative = monitor / monitor[monitor > 0].mean()
    good = monitor > 0
    wanted = measured.counts.numpy()[good] / relative[good, None, None]
    np.testing.assert_allclose(after.photons().numpy()[good], wanted, rtol=1e-5)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_a_monitor_that_is_nowhere_above_zero_is_refused(measured: Measurement, value: float) -> None:
    with pytest.raises(InputError, match="monitor is nowhere above zero"):
        Monitor().apply(replace(measured, monitor=torch.full((24,), value)))
