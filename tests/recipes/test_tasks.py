"""A recipe names its task; a command that does not solve asks for no more of it than it needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import phasekit
from phasekit import InputError
from phasekit.recipes.loader import load
from phasekit.recipes.tasks import TASKS, PartialTask
from phasekit.solving.task import SolveTask


def test_every_task_is_named_as_the_python_call_that_does_it() -> None:
    for name, model in TASKS.items():
        assert model.model_fields["task"].default == name
        assert callable(getattr(phasekit, name))


def test_a_partial_recipe_may_lack_source_and_solver_and_nothing_else_is_let_through(
    recipe: Callable[[str], Path],
) -> None:
    path = recipe("geometry: far-field\n")
    found = load(path, model=PartialTask).task_of(PartialTask)
    assert (found.source, found.solver) == (None, None)
    assert found.geometry is not None
    with pytest.raises(InputError, match="needs the option 'source'"):
        load(path)
    with pytest.raises(InputError, match="no solver is called 'hioo'; did you mean hio"):
        load(recipe("solver: hioo\n"), model=PartialTask)


def test_a_partial_recipe_takes_the_keys_of_a_whole_one_with_the_same_defaults() -> None:
    whole, partial = SolveTask.model_fields, PartialTask.model_fields
    assert set(whole) == set(partial)
    changed = {name for name in whole if whole[name].is_required() != partial[name].is_required()}
    assert changed == {"source", "solver"}
    assert all(whole[name].default == partial[name].default for name in set(whole) - changed)
