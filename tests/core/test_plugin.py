"""Options are looked up by name, checked when the plugin is made, and fixed from then on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError

from phasekit import Between, InputFile, Learner, Plugin, Schedule, Solver, Source
from phasekit.core.chain import Chain, Constant
from phasekit.core.registry import registry

HIO = Solver.resolve("hio")


def _messages(caught: pytest.ExceptionInfo[ValidationError]) -> list[tuple[tuple[str | int, ...], str]]:
    return [(error["loc"], error["msg"]) for error in caught.value.errors()]


class Weighted(Plugin):
    """A plugin with bounded schedules and a file."""

    name: Literal["weighted"] = "weighted"
    weight: Annotated[Schedule | float, Between(0, 2)] = 1.0
    path: InputFile | None = None


def test_a_name_a_mapping_and_an_instance_mean_the_same() -> None:
    assert Solver.resolve("hio") == Solver.resolve({"name": "hio"}) == Solver.resolve(HIO)
    assert Solver.resolve(HIO) is HIO


def test_a_list_of_solvers_is_a_chain() -> None:
    chain = Solver.resolve(["hio", {"name": "er", "steps": 7}])
    assert isinstance(chain, Chain)
    assert [solver.name for solver in chain.solvers] == ["hio", "er"]
    assert Solver.resolve({"solvers": ["hio"], "repeat": 3}) == Chain(solvers=("hio",), repeat=3)
    assert Solver.resolve([["er"], "er"]).solvers[0] == Chain(solvers=("er",))


def test_a_number_is_a_constant_schedule_and_a_truth_value_is_not() -> None:
    assert Schedule.resolve(3) == Constant(value=3.0)
    with pytest.raises(ValueError, match="must be the name of a schedule"):
        Schedule.resolve(True)


def test_options_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        HIO.steps = 3


@pytest.mark.parametrize("solver", ["hio", "er", ["hio", {"name": "shrinkwrap", "sigma": {"name": "linear"}}]])
def test_options_survive_json(solver) -> None:
    plugin = Solver.resolve(solver)
    assert type(plugin).model_validate_json(plugin.model_dump_json()) == plugin
    assert Solver.resolve(plugin.model_dump(mode="json")) == plugin


def test_a_plugin_within_a_plugin_is_dumped_with_all_its_own_options() -> None:
    dumped = Chain(solvers=({"name": "er", "steps": 4},)).model_dump(mode="json")
    assert dumped == {"name": "chain", "solvers": [{"name": "er", "steps": 4}], "repeat": 1}


def test_a_misspelt_name_says_what_may_have_been_meant() -> None:
    with pytest.raises(ValueError, match=r"no solver is called 'hioo'; did you mean .*hio"):
        Solver.resolve("hioo")


def test_a_name_of_another_kind_says_so() -> None:
    with pytest.raises(ValueError, match="no source is called 'hio'; 'hio' is a solver"):
        Source.resolve("hio")


@pytest.mark.parametrize(("value", "reason"), [({"steps": 3}, "lacks a 'name'"), (3, "must be the"), (None, "got")])
def test_what_is_no_plugin_is_refused_with_a_sentence(value, reason) -> None:
    with pytest.raises(ValueError, match=reason):
        Solver.resolve(value)


def test_a_misspelt_option_names_the_plugin_and_the_near_match() -> None:
    expected = (("betta",), "hio has no option 'betta'; did you mean beta?")
    for make in (lambda: Solver.resolve({"name": "hio", "betta": 1}), lambda: type(HIO)(betta=1)):
        with pytest.raises(ValidationError) as caught:
            make()
        assert _messages(caught) == [expected]


def test_a_value_out_of_bounds_says_what_was_got() -> None:
    with pytest.raises(ValidationError) as caught:
        type(HIO)(steps=0)
    assert _messages(caught) == [(("steps",), "should be greater than or equal to 1, got 0")]


def test_an_error_deep_inside_keeps_its_place() -> None:
    with pytest.raises(ValidationError) as caught:
        Chain(solvers=("hio", ["er", {"name": "hio", "stepz": 1, "beta": "much"}]))
    places = [loc[:4] for loc, _ in _messages(caught)]
    assert ("solvers", 1, "solvers", 1) in places
    assert "hio has no option 'stepz'; did you mean steps?" in [message for _, message in _messages(caught)]


@pytest.mark.parametrize("value", [0, 2, 0.5, {"name": "linear", "start": 2, "stop": 0}])
def test_both_bounds_of_a_schedule_are_allowed(value) -> None:
    assert Weighted(weight=value).weight == Schedule.resolve(value)


@pytest.mark.parametrize("value", [-0.1, 2.1, {"name": "linear", "start": 1, "stop": 3}, float("nan")])
def test_a_schedule_out_of_bounds_at_either_end_is_refused(value) -> None:
    with pytest.raises(ValidationError):
        Weighted(weight=value)


def test_paths_are_told_against_the_folder_of_the_recipe(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "data.npy").touch()
    made = Weighted.model_validate({"path": "data.npy"}, context={"folder": str(tmp_path)})
    assert made.path == (tmp_path / "data.npy").resolve()
    assert made.inputs() == {"path": made.path}
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Weighted.model_validate({"path": "~/data.npy"}, context={"folder": "/nowhere"}).path == made.path


@pytest.mark.parametrize(("path", "reason"), [("none.npy", "does not exist"), (".", "is a folder, not a file")])
def test_a_file_that_cannot_be_read_is_refused_when_the_plugin_is_made(tmp_path, path, reason) -> None:
    with pytest.raises(ValidationError, match=reason):
        Weighted.model_validate({"path": path}, context={"folder": str(tmp_path)})


def test_a_class_of_the_wrong_sort_behind_an_interface_is_refused() -> None:
    class Particular(Solver):
        """An interface of its own."""

    with pytest.raises(ValueError, match=r"'hio' is not a .*Particular; available: none"):
        Particular.resolve("hio")
    with pytest.raises(ValueError, match=r"'hio' is not a Learner; available: .*cnn"):
        Learner.resolve("hio")


def test_every_option_of_every_installed_plugin_has_a_description() -> None:
    missing = [
        f"{kind} {name}: {key}"
        for (kind, name), rows in registry().entries.items()
        for _, cls in rows
        for key, field in cls.model_fields.items()
        if key != "name" and not field.description
    ]
    assert missing == []


def test_a_name_that_stands_in_no_default_can_still_be_required() -> None:
    class Needs(Plugin):
        """A plugin with a needed option."""

        name: Literal["needs"] = "needs"
        amount: int = Field(ge=0)

    with pytest.raises(ValidationError, match="needs needs the option 'amount'"):
        Needs()
