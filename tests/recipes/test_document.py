"""A recipe's text is read, placed and changed before anything asks what it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from phasekit import InputError
from phasekit.recipes.document import Document
from phasekit.recipes.loader import load
from phasekit.solving.task import SolveTask

TEXT = "source: {name: simulation, shape: [16, 16]}\nsolver: [er, {name: hio, steps: 3}]\n"


def test_a_file_becomes_a_document_with_its_name_and_folder(recipe: Callable[[str], Path]) -> None:
    path = recipe(TEXT)
    document = Document.read(path)
    assert (document.text, document.name, document.folder) == (TEXT, "recipe", path.parent)
    assert document.tree.line(("solver", 1, "steps")) == 2


def test_a_change_shows_in_the_tree_and_not_in_the_text(recipe: Callable[[str], Path]) -> None:
    before = Document.read(recipe(TEXT))
    after = before.changed(["solver.0.steps=7", "solver.1.steps=8"]).changed(["seeds=2"])
    assert after.tree.data["solver"] == [{"name": "er", "steps": 7}, {"name": "hio", "steps": 8}]
    assert after.tree.data["seeds"] == 2
    assert after.text == TEXT
    assert before == Document.read(recipe(TEXT))


def test_of_two_changes_to_one_place_the_later_holds_and_both_are_kept(recipe: Callable[[str], Path]) -> None:
    loaded = load(Document.read(recipe(TEXT)).changed(["seeds=2"]), ["seeds=3"])
    assert loaded.task_of(SolveTask).seeds == 3
    assert loaded.sets == ("seeds=2", "seeds=3")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("- er\n", "recipe:1: a recipe is a mapping (source: …, solver: …), but this is a list"),
        ("", "recipe:1: a recipe is a mapping (source: …, solver: …), but this is nothing"),
        ("solver: [er\n", "recipe:2: invalid YAML"),
    ],
)
def test_what_cannot_be_a_recipe_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        Document.parse(text)
    assert str(caught.value).startswith(sentence)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        Document.read(tmp_path / "none.yaml")
    assert str(caught.value) == f"{tmp_path}/none.yaml: cannot be read: No such file or directory"


def test_a_change_to_a_place_that_is_not_there_is_refused(recipe: Callable[[str], Path]) -> None:
    with pytest.raises(InputError) as caught:
        Document.read(recipe(TEXT)).changed(["solver.2.steps=1"])
    assert str(caught.value) == "--set solver.2.steps=1: no '2' in solver (2 entries, counted from 0)"
