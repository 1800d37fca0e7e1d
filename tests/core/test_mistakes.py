"""What is wrong is told at the place that was written, whatever pydantic calls it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from phasekit.core.mistakes import Mistake, mistakes
from phasekit.core.plugin import explained
from phasekit.solving.task import SolveTask


def _found(**keys: Any) -> list[Mistake]:
    given = {"source": "simulation", "solver": "er"} | keys
    with pytest.raises(ValidationError) as caught:
        SolveTask.model_validate(given)
    return mistakes(explained(caught.value, "a recipe", [*SolveTask.model_fields]), given)


def test_a_mistake_in_a_list_that_means_a_chain_stands_at_its_index() -> None:
    (mistake,) = _found(solver=["er", {"name": "hio", "beta": 7}])
    assert mistake.place == ("solver", 1, "beta")
    assert str(mistake).startswith("solver.1.beta: should ")


def test_a_misspelt_key_is_told_at_what_has_it() -> None:
    (mistake,) = _found(solver=[{"name": "hio", "bta": 1}])
    assert mistake.place == ("solver", 0, "bta")
    assert str(mistake) == "solver.0: hio has no option 'bta'; did you mean beta?"


def test_the_whole_recipe_has_no_place() -> None:
    (mistake,) = _found(sedes=3)
    assert str(mistake) == "a recipe has no option 'sedes'; did you mean seeds?"


def test_every_mistake_is_told_once() -> None:
    found = _found(seeds=0, held_out=2, metrics=["chi"])
    assert sorted(str(mistake.place[0]) for mistake in found) == ["held_out", "metrics", "seeds"]
