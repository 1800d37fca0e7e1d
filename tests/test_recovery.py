"""Known answers and measured data are found again, by the examples as they stand; minutes of work."""

from __future__ import annotations

from pathlib import Path

import pytest

from phasekit import solve
from phasekit.recipes.loader import load
from phasekit.runtime.errors import InputError

EXAMPLES = Path(__file__).parent.parent / "examples"
pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("recipe", "bar"), [("superellipsoid", 0.01), ("crystal", 0.10)])
def test_the_start_ranked_first_is_the_object(recipe: str, bar: float) -> None:
    loaded = load(EXAMPLES / f"{recipe}.yaml", ["source.seed=3"])
    result = solve(**loaded.recipe.keywords())
    assert float(result.final["object-error"][0]) <= bar


@pytest.mark.parametrize(("recipe", "r_factor", "volume"), [("measured-64", 0.075, 0.02), ("gold-34idc", 0.126, 0.007)])
def test_measured_data_are_fitted_within_a_tight_support(recipe: str, r_factor: float, volume: float) -> None:
    try:
        loaded = load(EXAMPLES / f"{recipe}.yaml")
    except InputError as error:
        pytest.skip(str(error))
    result = solve(**loaded.recipe.keywords())
    assert float(result.final["r-factor"][0]) <= r_factor
    assert float(result.support[0].float().mean()) <= volume
