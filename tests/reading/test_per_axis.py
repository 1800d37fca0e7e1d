"""Options with one number per axis have as many as the data have axes."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from phasekit import InputError
from phasekit.reading.per_axis import Index, Positive, per_axis


def test_as_many_numbers_as_axes_come_back_and_others_are_refused() -> None:
    assert per_axis("crop", [8, 9, 10], 3) == (8, 9, 10)
    for given in ((8, 9), (8, 9, 10, 11)):
        with pytest.raises(InputError, match=rf"crop .* has {len(given)} numbers for 3 axes; give one per axis"):
            per_axis("crop", given, 3)


@pytest.mark.parametrize(("adapter", "least"), [(TypeAdapter[int](Positive), 1), (TypeAdapter[int](Index), 0)])
def test_lengths_begin_at_one_and_indices_at_zero(adapter: TypeAdapter[int], least: int) -> None:
    assert adapter.validate_python(least) == least
    with pytest.raises(ValidationError):
        adapter.validate_python(least - 1)
