"""Paths in options are relative to the recipe's folder, and lead to a file that is there."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from pydantic import ValidationError

from phasekit import InputFile, InputPath, Plugin


class Reads(Plugin):
    """A plugin with a file, and a file or folder."""

    name: Literal["reads"] = "reads"
    path: InputFile | None = None
    place: InputPath | None = None


def test_paths_are_relative_to_the_folder_of_the_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data.npy").touch()
    made = Reads.model_validate({"path": "data.npy"}, context={"folder": str(tmp_path)})
    assert made.path == (tmp_path / "data.npy").resolve()
    assert made.inputs() == {"path": made.path}
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Reads.model_validate({"path": "~/data.npy"}, context={"folder": "/nowhere"}).path == made.path


@pytest.mark.parametrize(("path", "reason"), [("none.npy", "does not exist"), (".", "is a folder, not a file")])
def test_a_file_that_cannot_be_read_is_refused_when_the_plugin_is_made(tmp_path: Path, path: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Reads.model_validate({"path": path}, context={"folder": str(tmp_path)})


def test_an_option_for_a_file_or_folder_takes_either_and_nothing_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "data.npy").touch()
    for place in ("data.npy", "."):
        assert Reads.model_validate({"place": place}, context={"folder": str(tmp_path)}).place == tmp_path / place
    with pytest.raises(ValidationError, match="does not exist"):
        Reads.model_validate({"place": "gone"}, context={"folder": str(tmp_path)})


def test_without_a_folder_a_path_is_relative_to_where_python_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data.npy").touch()
    monkeypatch.chdir(tmp_path)
    assert Reads(path=Path("data.npy")).path == tmp_path / "data.npy"
