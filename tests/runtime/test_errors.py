"""Errors raised on purpose are sentences; any other is told with its kind."""

from __future__ import annotations

import pytest

from phasekit import InputError, PhasekitError, RunError
from phasekit.runtime.errors import said


@pytest.mark.parametrize(("error", "builtin"), [(InputError("no"), ValueError), (RunError("no"), RuntimeError)])
def test_an_error_can_be_caught_as_phasekits_and_as_pythons(error: PhasekitError, builtin: type[Exception]) -> None:
    assert isinstance(error, builtin)
    assert said(error) == "no"


def test_an_error_of_another_says_its_kind() -> None:
    assert said(ZeroDivisionError("division by zero")) == "ZeroDivisionError: division by zero"


def test_an_input_error_may_name_its_place_in_the_recipe() -> None:
    assert InputError("no").place is None
    assert InputError("no", "source").place == "source"
