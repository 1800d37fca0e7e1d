"""A crystal that two starts found, and its volume in the frame of the sample."""

from __future__ import annotations

import numpy as np
import pytest

import phasekit
from phasekit import Result, Volume

from ..known import along_h, places, result_of, theta_scan

SHAPE = (24, 28, 26)


@pytest.fixture(scope="module")
def result() -> Result:
    geometry = theta_scan(h_ref_per_nm=(22.2, 11.0, -7.3))
    where = places(geometry, SHAPE)
    support = (np.linalg.norm(where, axis=-1) < 230) & (where[..., 1] < 150)
    object = support * np.exp(2e-5j * along_h(geometry, where) ** 2)
    return result_of(np.stack([object, 1.1 * object]), support, geometry)


@pytest.fixture(scope="module")
def volume(result: Result) -> Volume:
    return phasekit.volume(result, "sample", voxel_nm=31.5)
