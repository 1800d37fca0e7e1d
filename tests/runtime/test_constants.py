"""Constants of nature are those of CODATA."""

from __future__ import annotations

import pytest
from scipy import constants as codata

from phasekit.runtime import constants


def test_constants_are_those_of_codata() -> None:
    assert pytest.approx(codata.kilo * codata.eV, rel=1e-15) == constants.JOULE_PER_KEV
    assert pytest.approx(codata.h * codata.c / (codata.kilo * codata.eV), rel=1e-15) == constants.HC_KEV_M
