"""Which voxels a step leaves untrusted."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from phasekit import Measurement


def untrusted(before: Measurement, after: Measurement) -> NDArray[np.bool_]:
    """Return where trust was lost, once it is sure that no count changed."""
    assert torch.equal(before.counts, after.counts)
    found: NDArray[np.bool_] = (before.valid & ~after.valid).numpy()
    return found
