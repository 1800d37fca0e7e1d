"""A recipe is a call: its keywords, the files that it reads, and what decides whether two may share a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from phasekit import InputFile
from phasekit.core.task import Task


class Look(Task):
    """A task that reads a file."""

    path: InputFile
    times: int = 3


@pytest.fixture
def look(tmp_path: Path) -> Look:
    for name in ("data.npy", "own.py"):
        (tmp_path / name).touch()
    recipe = {"task": "look", "path": "data.npy", "plugins": ["own.py"], "out": "somewhere"}
    return Look.model_validate(recipe, context={"folder": str(tmp_path)})


def test_the_keywords_are_those_of_the_function_and_not_where_it_runs(look: Look, tmp_path: Path) -> None:
    plugins = (tmp_path / "own.py",)
    assert look.keywords() == {"device": "auto", "plugins": plugins, "path": tmp_path / "data.npy", "times": 3}


def test_every_file_that_is_read_is_listed_and_the_folder_written_to_is_not(look: Look, tmp_path: Path) -> None:
    assert look.inputs() == {"plugins.0": tmp_path / "own.py", "path": tmp_path / "data.npy"}


def test_recipes_that_differ_in_the_run_folder_alone_are_essentially_the_same(look: Look) -> None:
    elsewhere = look.model_copy(update={"out": Path("elsewhere")})
    assert elsewhere != look
    assert elsewhere.essential() == look.essential()
    assert look.model_copy(update={"times": 4}).essential() != look.essential()


@pytest.mark.parametrize("device", ["gpu", "cuda:1", ""])
def test_an_unknown_device_is_refused_before_anything_is_read(device: str) -> None:
    with pytest.raises(ValidationError, match="device"):
        Task.model_validate({"device": device})
