"""Plugins are found, checked and told apart; what cannot be loaded is named and the rest works."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Literal

import pytest

from phasekit import Schedule, hookimpl
from phasekit.core import discovery
from phasekit.core.chain import Constant
from phasekit.core.discovery import GROUP, load_entry_points, load_file
from phasekit.core.registry import Registry, registry

FLAT = '''
from typing import Literal
from phasekit import Schedule

class Flat(Schedule):
    """A flat schedule."""

    name: Literal["flat"] = "flat"
    value: float = {value}

    def at(self, step, steps):
        """Return the value."""
        return self.value
'''


class Flat(Schedule):
    """A flat schedule."""

    name: Literal["flat"] = "flat"

    def at(self, step: int, steps: int) -> float:
        """Return 1."""
        return 1.0


class Flat2(Flat):
    """Another of the same name."""


class Unfinished(Schedule):
    """A schedule without a method."""

    name: Literal["unfinished"] = "unfinished"


Install = Callable[..., Registry]


def _module(name: str, **content: object) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(content)
    return module


def _schedules(*classes: object) -> object:
    @hookimpl
    def phasekit_schedules() -> list[object]:
        return list(classes)

    return phasekit_schedules


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install distributions that are not there: name -> module, or an error that importing it raises."""

    def install(times: int = 1, **modules: ModuleType | BaseException) -> Registry:
        found = []
        for name, module in modules.items():
            point: EntryPoint | SimpleNamespace = EntryPoint(name, name, GROUP)
            if isinstance(module, ModuleType):
                monkeypatch.setitem(sys.modules, name, module)
            else:
                point = SimpleNamespace(name=name, value=name, group=GROUP, load=_raiser(module))
            found.append(SimpleNamespace(name=f"{name}-dist", version="1.0", entry_points=[point]))
        monkeypatch.setattr(discovery, "distributions", lambda: found * times)
        made = Registry()
        load_entry_points(made)
        return made

    return install


def _raiser(error: BaseException) -> Callable[[], None]:
    def load() -> None:
        raise error

    return load


def test_two_plugins_with_one_name_are_both_refused_and_both_named(install: Install) -> None:
    made = install(first=_hooks("first", Flat), second=_hooks("second", Flat2))
    with pytest.raises(ValueError, match="both are refused") as caught:
        made.find("schedule", "flat")
    for word in ("Flat from first-dist 1.0 (first)", "Flat2 from second-dist 1.0 (second)", "PHASEKIT_BLOCK"):
        assert word in str(caught.value)


def _hooks(name: str, *classes: object) -> ModuleType:
    return _module(name, phasekit_schedules=_schedules(*classes))


def test_the_same_class_listed_twice_is_one_plugin(install: Install) -> None:
    assert install(first=_hooks("first", Flat, Flat)).find("schedule", "flat") is Flat


@pytest.mark.parametrize("error", [RuntimeError("no\nway"), ImportError("gone"), SystemExit(3)])
def test_a_third_party_that_raises_is_set_aside_and_the_rest_works(install: Install, error: BaseException) -> None:
    made = install(bad=error, good=_hooks("good", Flat))
    assert made.find("schedule", "flat") is Flat
    assert list(made.broken) == ["bad-dist 1.0 (bad)"]
    assert "\n" not in made.broken["bad-dist 1.0 (bad)"]
    assert made.versions == {"good-dist": "1.0"}
    with pytest.raises(ValueError, match="set aside: bad-dist"):
        made.find("schedule", "flatt")


def test_of_a_third_party_that_is_set_aside_nothing_stays(install: Install) -> None:
    made = install(half=_hooks("half", Flat, Unfinished))
    assert made.entries == {}
    assert "Unfinished does not define at" in made.broken["half-dist 1.0 (half)"]


@pytest.mark.parametrize(("wrong", "reason"), [(int, "not a subclass of phasekit.Schedule"), (3, "not a subclass")])
def test_what_is_no_plugin_is_not_entered(install: Install, wrong: object, reason: str) -> None:
    assert reason in str(install(bad=_hooks("bad", wrong)).broken)


def test_an_unknown_hook_is_named(install: Install) -> None:
    @hookimpl
    def phasekit_sheduels() -> list[object]:
        return []

    made = install(odd=_module("odd", phasekit_sheduels=phasekit_sheduels))
    assert "phasekit_sheduels" in made.broken["odd-dist 1.0 (odd)"]


def test_a_blocked_entry_point_is_not_loaded(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHASEKIT_BLOCK", "other, first")
    made = install(first=_hooks("first", Flat), second=RuntimeError("loaded"))
    assert made.entries == {}
    assert list(made.broken) == ["second-dist 1.0 (second)"]


def test_a_distribution_found_twice_is_loaded_once(install: Install) -> None:
    assert install(times=2, first=_hooks("first", Flat)).find("schedule", "flat") is Flat


def test_a_file_is_loaded_anew_when_it_has_changed(tmp_path: Path) -> None:
    made, path = Registry(), tmp_path / "mine.py"
    path.write_text(FLAT.format(value=1.0))
    first = load_file(made, path)
    assert load_file(made, path) == first
    path.write_text(FLAT.format(value=2.0))
    assert load_file(made, path) != first
    assert made.find("schedule", "flat")().value == 2.0


def test_a_copy_of_a_file_takes_its_place(tmp_path: Path) -> None:
    made = Registry()
    for name in ("one.py", "two.py", "one.py"):
        (tmp_path / name).write_text(FLAT.format(value=1.0))
        (cls,) = load_file(made, tmp_path / name)
        assert made.find("schedule", "flat") is cls
        assert list(made.files) == [tmp_path / name]


def test_a_file_that_raises_is_set_aside_until_it_is_mended(tmp_path: Path) -> None:
    made, path = Registry(), tmp_path / "mine.py"
    for text, reason in (("1/0", "ZeroDivisionError"), ("def (", "SyntaxError"), ("x = 1", "no plugin class")):
        path.write_text(FLAT.format(value=1.0))
        assert load_file(made, path)
        path.write_text(text)
        assert load_file(made, path) == []
        assert reason in made.broken[str(path)]
        assert made.entries == {}
    path.write_text(FLAT.format(value=1.0))
    assert [cls.__name__ for cls in load_file(made, path)] == ["Flat"]
    assert made.broken == {}


def test_a_class_of_a_file_can_be_found_where_it_was_defined(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(FLAT.format(value=1.0))
    (cls,) = load_file(Registry(), path)
    assert getattr(sys.modules[cls.__module__], "Flat") is cls  # noqa: B009 - as pickle and inspect do


def test_a_file_that_is_no_python_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("hello")
    made = Registry()
    assert load_file(made, path) == []
    assert made.broken == {str(path): "not a Python file"}


def test_the_core_brings_its_own_two() -> None:
    assert registry().find("schedule", "constant") is Constant
    assert registry().find("solver", "chain").__name__ == "Chain"
    assert os.environ.get("PHASEKIT_BLOCK") is None
