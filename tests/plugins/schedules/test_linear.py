from __future__ import annotations

import math

import numpy as np
import pytest
from pydantic import ValidationError

from phasekit import Schedule

from .curve import curve


def test_linear_changes_by_equal_amounts() -> None:
    np.testing.assert_allclose(curve(11, name="linear", start=2, stop=1), np.linspace(2, 1, 11), rtol=1e-14)


def test_an_end_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValidationError):
        Schedule.resolve({"name": "linear", "start": math.nan})
