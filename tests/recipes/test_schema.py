"""The schema of a recipe takes what the loader takes, and refuses what is misspelt."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from jsonschema import Draft202012Validator

from phasekit import InputError, Loss, Solver
from phasekit.core.discovery import add, load_file
from phasekit.core.registry import registry
from phasekit.recipes.loader import load
from phasekit.recipes.schema import recipe_schema, schema_of
from phasekit.recipes.tasks import TASKS
from phasekit.runtime.yaml_reader import parse, read

from ..misspelt import variants

EXAMPLES = [
    pytest.param(path, id=path.stem) for path in sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
]
SOLVE = {"source": "simulation", "solver": "er"}
COMPARE = {"task": "compare", "source": "simulation", "solvers": {"a": "er"}}
TRAIN = {"task": "train", "solver": "cnn", "generator": "crystal", "shape": [16, 16]}


@pytest.fixture(scope="module")
def takes() -> Draft202012Validator:
    """The schema of a recipe, as something that says what it takes."""
    schema = recipe_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("path", EXAMPLES)
def test_every_example_keeps_the_schema(takes: Draft202012Validator, path: Path) -> None:
    takes.validate(read(path).data)


@pytest.mark.parametrize("path", EXAMPLES)
def test_no_example_keeps_it_with_a_word_misspelt(takes: Draft202012Validator, path: Path) -> None:
    found = list(variants(read(path).data))
    assert len(found) > 10
    assert [place for place, recipe in found if takes.is_valid(recipe)] == []


@pytest.mark.parametrize("recipe", [SOLVE, COMPARE, TRAIN], ids=TASKS)
def test_what_a_recipe_resolves_to_keeps_the_schema(takes: Draft202012Validator, recipe: dict[str, Any]) -> None:
    takes.validate(parse(load(recipe).resolved(), "resolved").data)


@pytest.mark.parametrize("recipe", [SOLVE, COMPARE, TRAIN], ids=TASKS)
def test_the_schema_has_the_keys_of_each_task_and_that_for_editors(
    takes: Draft202012Validator, recipe: dict[str, Any]
) -> None:
    model = TASKS[recipe.get("task", "solve")]
    keys = recipe_schema()["$defs"][model.__name__]["properties"]
    assert keys.keys() == {*model.model_fields, "$schema"}
    assert takes.is_valid({"$schema": "recipe.schema.json", **recipe})
    assert load({"$schema": "recipe.schema.json", **recipe}).recipe == load(recipe).recipe
    missing = [key for key, field in model.model_fields.items() if field.is_required()]
    assert [key for key in missing if takes.is_valid({k: v for k, v in recipe.items() if k != key})] == []


@pytest.mark.parametrize(
    "recipe",
    [
        {**SOLVE, "task": "solves"},
        {**SOLVE, "task": None},
        {**SOLVE, "training": {}},
        {**TRAIN, "seeds": 3},
        {**TRAIN, "solver": "er"},
        {**TRAIN, "training": {"epoch": 3}},
        {**TRAIN, "shape": [16]},
        {**COMPARE, "solver": "er"},
        {**COMPARE, "solvers": {}},
        {**SOLVE, "held_out": 0.6},
        {**SOLVE, "seeds": 0},
        {**SOLVE, "seeds": [1, 1]},
        {**SOLVE, "volume": {"frames": "sample"}},
        [SOLVE],
        "er",
    ],
)
def test_schema_and_loader_refuse_the_same(takes: Draft202012Validator, recipe: Any, tmp_path: Path) -> None:
    assert not takes.is_valid(recipe)
    (tmp_path / "recipe.yaml").write_text(str(recipe).replace("None", "null"), encoding="utf-8")
    with pytest.raises(InputError):
        load(tmp_path / "recipe.yaml")


def test_the_line_for_editors_is_allowed_in_a_file_and_no_other_unknown_key_is(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    text = "# yaml-language-server: $schema=recipe.schema.json\n$schema: a.json\nsource: simulation\nsolver: er\n"
    path.write_text(text, encoding="utf-8")
    assert load(path).recipe == load(SOLVE).recipe
    path.write_text(text.replace("$schema:", "$schemas:"), encoding="utf-8")
    with pytest.raises(InputError, match=r"recipe.yaml:2: a recipe has no option '\$schemas'"):
        load(path)


def test_the_plugins_of_a_file_are_in_the_schema_once_it_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    file.write_text(
        "from typing import Literal\nfrom phasekit import Schedule\n\nclass Own(Schedule):\n"
        '    """Two."""\n\n    name: Literal["own"] = "own"\n\n    def at(self, step, steps):\n        return 2.0\n',
        encoding="utf-8",
    )
    recipe = {**SOLVE, "solver": {"name": "hio", "beta": "own"}}
    assert not Draft202012Validator(recipe_schema()).is_valid(recipe)
    load_file(registry(), file)
    assert Draft202012Validator(recipe_schema()).is_valid(recipe)


def test_the_schema_of_a_plugin_is_found_by_its_name() -> None:
    schema = schema_of("hio")
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["properties"]["name"]["const"] == "hio"
    assert schema_of() == schema_of("recipe") == recipe_schema()


def test_a_name_of_two_kinds_gives_the_schema_of_either() -> None:
    class Both(Loss):
        """Shares its name with a solver."""

        name: Literal["er"] = "er"
        scales: ClassVar[str] = ""

        def __call__(self, problem: Any, object: Any, amplitude: Any) -> Any:
            return amplitude

    add(registry(), "loss", Both, "test")
    takes = Draft202012Validator(schema_of("er"))
    assert takes.is_valid({"name": "er", "steps": 3})
    assert takes.is_valid({"name": "er", "weight": 3})
    assert not takes.is_valid({"name": "er", "weight": 3, "steps": 3})
    assert isinstance(Solver.resolve("er"), Solver)


@pytest.mark.parametrize(("name", "near"), [("hioo", "did you mean hio"), ("recipes", "did you mean recipe")])
def test_an_unknown_name_gets_its_near_match(name: str, near: str) -> None:
    with pytest.raises(InputError, match=f"no plugin is called '{name}'; {near}"):
        schema_of(name)
