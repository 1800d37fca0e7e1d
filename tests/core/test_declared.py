"""The JSON Schema of options says what the class takes: names, bounds, defaults, shorthands."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from jsonschema import Draft202012Validator
from pydantic import Field, PlainValidator, TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema

from phasekit import Between, Geometry, InputFile, InputPath, Learner, Loss, Plugin, Schedule, Solver, Source
from phasekit.core.chain import Chain, Constant
from phasekit.core.declared import RecipeSchema, written
from phasekit.core.plugin import Options
from phasekit.core.registry import registry
from phasekit.testing.draw import draw_options
from phasekit.training.library import WeightsFile
from phasekit_plugins.geometries.circles import Circle
from phasekit_plugins.geometries.instruments import BeamlineName
from phasekit_plugins.losses.chi2 import ChiSquare
from phasekit_plugins.schedules.linear import Linear
from phasekit_plugins.sources.numpy_file import KeyOrFile

PLUGINS = [pytest.param(rows[0][1], id=f"{kind}-{name}") for (kind, name), rows in sorted(registry().entries.items())]
NUMBERS = (-1e9, -1, 0, 1e-3, 0.5, 1, 1.5, 2, 3, 8, 64, 99.5, 1e6, 1e12)
"""Values about the bounds that options have."""
ELSEWHERE = {"points", "row", "column"}
"""Lists of which more is checked than their entries: two points at least, a direction that is not 0."""


class Half(Schedule):
    """Has an option of another class's type."""

    name: Literal["half"] = "half"
    word: Annotated[object, PlainValidator(lambda value: value)] = Field(None, description="d")
    losses: tuple[Loss, ...] = Field(default_factory=lambda: (ChiSquare(), ChiSquare(power=0.25)), description="d")
    beta: Annotated[Schedule | float, Between(0, 2)] = Field(default_factory=lambda: Linear(start=2), description="d")

    def at(self, step: int, steps: int) -> float:
        return 0.5


def _takes(kind: Any) -> Draft202012Validator:
    """Return the schema of a type, as something that says what it takes."""
    return Draft202012Validator(TypeAdapter(kind).json_schema(schema_generator=RecipeSchema))


@pytest.mark.parametrize("cls", PLUGINS)
def test_the_schema_of_every_plugin_is_one_and_says_something_of_every_option(cls: type[Plugin]) -> None:
    schema = cls.model_json_schema()
    Draft202012Validator.check_schema(schema)
    json.dumps(schema, allow_nan=False)
    assert schema["additionalProperties"] is False
    assert schema["required"][0] == "name"
    assert schema["properties"].keys() == cls.model_fields.keys()
    for key, option in schema["properties"].items():
        assert key == "name" or option["description"]
        assert {"type", "$ref", "anyOf", "enum", "const"} & option.keys(), f"{key} takes anything"
        assert ("default" in option) == (key not in schema["required"] or key == "name")


@pytest.mark.parametrize("cls", PLUGINS)
def test_pydantics_own_writer_of_schemas_takes_every_plugin_too(cls: type[Plugin]) -> None:
    Draft202012Validator.check_schema(cls.model_json_schema(schema_generator=GenerateJsonSchema))


@pytest.mark.parametrize("cls", PLUGINS)
def test_every_default_keeps_its_own_schema(cls: type[Plugin]) -> None:
    schema = cls.model_json_schema()
    for option in schema["properties"].values():
        if "default" in option:
            Draft202012Validator({**option, "$defs": schema.get("$defs", {})}).validate(option["default"])


@pytest.mark.parametrize("cls", PLUGINS)
def test_what_a_plugin_dumps_keeps_its_schema(cls: type[Plugin]) -> None:
    if len(cls.model_json_schema()["required"]) > 1:
        pytest.skip("needs a file")
    takes, rng = Draft202012Validator(cls.model_json_schema()), random.Random(0)
    for _ in range(10):
        takes.validate(draw_options(cls.model_validate({}), rng, ramps=False).model_dump(mode="json"))


@pytest.mark.parametrize("cls", PLUGINS)
def test_schema_and_class_agree_about_every_number(cls: type[Plugin]) -> None:
    schema = cls.model_json_schema()
    for key, field in cls.model_fields.items():
        takes = Draft202012Validator({**schema["properties"][key], "$defs": schema.get("$defs", {})})
        kind: Any = Annotated[field.annotation, "", *field.metadata]
        checked: TypeAdapter[Any] = TypeAdapter(kind)
        for value in (*NUMBERS, *([number] * count for number in NUMBERS for count in (1, 2, 3))):
            if key not in ELSEWHERE and field.annotation is not bool:  # whose class takes 0 and 1 too
                assert takes.is_valid(value) == _is_taken(checked, value), f"{key}: {value}"


def _is_taken(checked: TypeAdapter[Any], value: Any) -> bool:
    try:
        checked.validate_python(value)
    except ValidationError:
        return False
    return True


def test_defaults_stand_as_a_recipe_writes_them() -> None:
    options = Half.model_json_schema()["properties"]
    assert options["losses"]["default"] == ["chi2", {"name": "chi2", "power": 0.25}]
    assert options["beta"]["default"] == {"name": "linear", "start": 2.0}
    assert options["name"]["const"] == "half"


def test_what_is_written_makes_the_same_plugin() -> None:
    plugin = Chain(solvers=(Chain(repeat=3), Solver.resolve({"name": "hio", "beta": {"name": "linear", "stop": 0.5}})))
    assert written(plugin) == {
        "name": "chain",
        "solvers": [{"name": "chain", "repeat": 3}, {"name": "hio", "beta": {"name": "linear", "stop": 0.5}}],
    }
    assert Solver.resolve(written(plugin)) == plugin
    assert written({"a": (Constant(value=2), Chain(), 3)}) == {"a": [2.0, "chain", 3]}


def test_an_option_whose_type_has_no_schema_takes_anything() -> None:
    assert Half.model_json_schema()["properties"]["word"] == {"default": None, "description": "d"}


@pytest.mark.parametrize("value", ["er", {"name": "er"}, ["er", {"name": "hio", "beta": 1}], [], {"solvers": ["er"]}])
def test_a_solver_is_a_name_a_mapping_a_list_or_a_chain_without_its_name(value: Any) -> None:
    assert _takes(Solver).is_valid(value)
    assert _takes(Solver).is_valid([{"solvers": [value, value], "repeat": 2}])


@pytest.mark.parametrize(
    "value",
    [
        "e",
        "chi2",
        3,
        None,
        {},
        {"name": "e"},
        {"steps": 3},
        {"repeat": 3},
        ["er", "e"],
        {"solvers": [{"solvers": "er"}, 3]},
        {"name": "er", "beta": 1},
        {"name": "er", "steps": 0},
        {"name": "hio", "beta": 2.1},
    ],
)
def test_what_is_no_solver_is_refused_however_deep_it_lies(value: Any) -> None:
    assert not _takes(Solver).is_valid(value)
    assert not _takes(Solver).is_valid([{"solvers": ["er", value]}])


def test_a_bare_name_stands_only_for_a_plugin_that_needs_no_option() -> None:
    source = _takes(Source)
    assert source.is_valid("simulation")
    assert not source.is_valid("hdf5")
    assert source.is_valid({"name": "hdf5", "path": "scan.h5"})


def test_an_interface_for_some_plugins_of_a_kind_takes_no_others() -> None:
    learner = _takes(Learner)
    others: list[Any] = ["er", {"name": "er"}, ["cnn"], {"solvers": ["cnn"]}]
    assert learner.is_valid("cnn")
    assert [value for value in others if learner.is_valid(value)] == []


def test_a_kind_without_a_plugin_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry(), "entries", {})
    values: list[Any] = ["er", [], {"solvers": []}, {"name": "er"}]
    assert [value for value in values if _takes(Solver).is_valid(value)] == []


def test_a_number_keeps_the_bounds_of_its_schedule() -> None:
    takes = _takes(Annotated[Schedule | float, Between(-1, 2)])
    assert [value for value in (-2, -1, 0.5, 2, 2.5) if takes.is_valid(value)] == [-1, 0.5, 2]
    assert takes.is_valid({"name": "linear", "start": 2, "stop": 1})
    assert not takes.is_valid(True)
    assert _takes(Annotated[Schedule | float, Between(0, float("inf"))]).is_valid(1e300)


@pytest.mark.parametrize(
    ("kind", "taken", "refused"),
    [
        (InputFile, ["a.h5"], [3, None, {}]),
        (InputPath, ["folder"], [3]),
        (WeightsFile, ["crystal-32", "runs/train/weights.safetensors", "./mine"], ["crystal-23", 3]),
        (BeamlineName, ["34-ID-C", "id01", "mine.yaml", "mine.yml"], ["ID-01", "34-ID", 3]),
        (KeyOrFile, ["mask", "mask.npy"], [3, None]),
        (
            Circle,
            [{"name": "theta", "axis": axis} for axis in ("y+", "-Y", [0, 1, 0])],
            [{"name": "theta", "axis": axis} for axis in ("y", "w+", [0, 1])]
            + [{"name": "", "axis": "y+"}, {"axis": "y+"}],
        ),
        (Geometry, ["far-field", {"name": "bragg", "beamline": "ID01"}], [{"name": "bragg", "beamline": "ID1"}]),
    ],
)
def test_every_type_of_option_has_a_schema(kind: Any, taken: list[Any], refused: list[Any]) -> None:
    takes = _takes(kind)
    assert [value for value in taken if not takes.is_valid(value)] == []
    assert [value for value in refused if takes.is_valid(value)] == []


def test_whether_a_file_or_a_folder_is_wanted_is_said() -> None:
    assert TypeAdapter(InputFile).json_schema()["format"] == "file-path"
    assert TypeAdapter(InputPath).json_schema()["format"] == "path"


def test_options_within_options_are_defined_once() -> None:
    class Pair(Options):
        """Two circles."""

        first: Circle = Field(description="d")
        more: Mapping[str, Circle] = Field({}, description="d")

    schema = Pair.model_json_schema()
    assert [*schema["$defs"]] == ["Circle"]
    assert schema["properties"]["first"] == {"$ref": "#/$defs/Circle", "description": "d"}


def test_a_path_that_is_a_default_is_written_as_text() -> None:
    class Kept(Options):
        """Has a path."""

        path: Path = Field(Path("a/b"), description="d")

    assert Kept.model_json_schema()["properties"]["path"]["default"] == "a/b"
