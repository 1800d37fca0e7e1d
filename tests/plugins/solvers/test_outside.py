from __future__ import annotations

import numpy as np
import torch

from phasekit_plugins.solvers.outside import change_outside


def test_what_lies_outside_is_changed_in_place_and_nothing_else() -> None:
    rng = torch.Generator().manual_seed(0)
    fitted, object = torch.randn(2, 3, 17, 8, 9, dtype=torch.complex128, generator=rng)
    support = torch.rand(fitted.shape, generator=rng) > 0.5
    new, old = fitted.numpy().copy(), object.numpy().copy()
    change_outside(fitted, object, support, gain=0.7, less=1.3)
    expected = np.where(support, new, new + 0.7 * (old - 1.3 * new))
    np.testing.assert_allclose(fitted.numpy(), expected, rtol=1e-14, atol=1e-15)
    np.testing.assert_array_equal(fitted.numpy()[support], new[support])
    np.testing.assert_array_equal(object.numpy(), old)
