from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from phasekit import Schedule

from .curve import curve


def test_exponential_changes_by_equal_factors() -> None:
    values = curve(21, name="exponential", start=1e3, stop=1e-2)
    np.testing.assert_allclose(values, np.geomspace(1e3, 1e-2, 21), rtol=1e-12)


def test_an_end_of_zero_is_refused() -> None:
    with pytest.raises(ValidationError):
        Schedule.resolve({"name": "exponential", "start": 0})
