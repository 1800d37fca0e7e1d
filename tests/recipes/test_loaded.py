"""A loaded recipe names the line of a mistake, and is a recipe itself again."""

from __future__ import annotations

from pathlib import Path

import pytest

from phasekit import InputError
from phasekit.comparing.task import CompareTask
from phasekit.recipes.loaded import LoadedRecipe
from phasekit.recipes.loader import load
from phasekit.solving.task import SolveTask

TEXT = """source: {name: simulation, shape: [16, 16]}
solver:
  - {name: er, steps: 3}
"""


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedRecipe:
    """A recipe with one change of --set."""
    path = tmp_path / "recipe.yaml"
    path.write_text(TEXT)
    return load(path, ["seeds=2"])


def test_a_place_is_named_by_file_and_line_or_by_the_change_that_set_it(loaded: LoadedRecipe) -> None:
    assert loaded.where("solver.0.steps").endswith("recipe.yaml:3: solver.0.steps: ")
    assert loaded.where("seeds") == "--set seeds=2: seeds: "
    assert loaded.where("metrics").endswith("recipe.yaml: ")


def test_a_refusal_inside_names_the_line(loaded: LoadedRecipe) -> None:
    with pytest.raises(InputError, match=r"recipe\.yaml:2: solver: no"), loaded.placing():
        raise InputError("no", "solver")


def test_it_is_the_task_that_it_is(loaded: LoadedRecipe) -> None:
    assert loaded.task_of(SolveTask) is loaded.recipe
    with pytest.raises(InputError, match="task: compare"):
        loaded.task_of(CompareTask)


def test_the_resolved_recipe_is_the_same_recipe(loaded: LoadedRecipe, tmp_path: Path) -> None:
    (tmp_path / "resolved.yaml").write_text(loaded.resolved())
    assert load(tmp_path / "resolved.yaml").recipe == loaded.recipe
