from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from .curve import curve, quick


def test_cosine_is_half_a_cosine() -> None:
    values = curve(9, name="cosine", start=5, stop=-1)
    np.testing.assert_allclose(values, 2 + 3 * np.cos(np.linspace(0, np.pi, 9)), atol=1e-14)


@given(steps=st.integers(2, 400))
@quick
def test_cosine_is_as_far_above_its_mean_as_it_will_be_below(steps: int) -> None:
    values = curve(steps, name="cosine", start=3, stop=1)
    np.testing.assert_allclose(values + values[::-1], 4, rtol=1e-14)
