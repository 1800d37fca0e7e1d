"""Options are looked up by name, checked when the plugin is made, and fixed from then on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import Field, ValidationError

from phasekit import Learner, Plugin, Solver, Source
from phasekit.core.chain import Chain
from phasekit.core.plugin import files_in
from phasekit.core.registry import registry

HIO = Solver.resolve("hio")


def _messages(caught: pytest.ExceptionInfo[ValidationError]) -> list[tuple[tuple[str | int, ...], str]]:
    return [(error["loc"], error["msg"]) for error in caught.value.errors()]


def test_a_name_a_mapping_and_an_instance_mean_the_same() -> None:
    assert Solver.resolve("hio") == Solver.resolve({"name": "hio"}) == Solver.resolve(HIO)
    assert Solver.resolve(HIO) is HIO


@pytest.mark.parametrize("option", ["steps", "name"])
def test_options_cannot_be_changed_afterwards(option: str) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(HIO, option, 3)


@pytest.mark.parametrize("solver", ["hio", "er", ["hio", {"name": "shrinkwrap", "sigma": {"name": "linear"}}]])
def test_options_survive_json(solver: Any) -> None:
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


@pytest.mark.parametrize(
    ("value", "reason"), [({"steps": 3}, "lacks a 'name'"), (3, "must be the name of"), (None, "got")]
)
def test_what_is_no_plugin_is_refused_with_a_sentence(value: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Solver.resolve(value)


def test_a_misspelt_option_names_the_plugin_and_the_near_match() -> None:
    expected = (("betta",), "hio has no option 'betta'; did you mean beta?")
    misspelt: dict[str, Any] = {"betta": 1}
    makers: list[Callable[[], Solver]] = [
        lambda: Solver.resolve({"name": "hio", **misspelt}),
        lambda: type(HIO)(**misspelt),
    ]
    for make in makers:
        with pytest.raises(ValidationError) as caught:
            make()
        assert _messages(caught) == [expected]


def test_a_value_out_of_bounds_says_what_was_got() -> None:
    options: dict[str, Any] = {"steps": 0}
    with pytest.raises(ValidationError) as caught:
        type(HIO)(**options)
    assert _messages(caught) == [(("steps",), "should be greater than or equal to 1, got 0")]


def test_an_error_deep_inside_keeps_its_place() -> None:
    with pytest.raises(ValidationError) as caught:
        Chain(solvers=("hio", ["er", {"name": "hio", "stepz": 1, "beta": "much"}]))
    places = [loc[:4] for loc, _ in _messages(caught)]
    assert ("solvers", 1, "solvers", 1) in places
    assert "hio has no option 'stepz'; did you mean steps?" in [message for _, message in _messages(caught)]


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

    nothing: dict[str, Any] = {}
    with pytest.raises(ValidationError, match="needs needs the option 'amount'"):
        Needs(**nothing)


def test_every_path_in_nested_options_is_listed_with_its_place() -> None:
    options = {"a": Path("a"), "list": [1, {"b": Path("b")}], "plugin": HIO, "text": "no/path"}
    assert files_in(options) == {"a": Path("a"), "list.1.b": Path("b")}
