"""Every kind of plugin has one interface and one hook, and the hooks are those that pluggy knows."""

from __future__ import annotations

import inspect

import pluggy
import pytest

from phasekit.core import hookspecs
from phasekit.core.hookspecs import HOOKS, INTERFACES


def test_every_kind_has_one_interface_and_one_hook() -> None:
    assert set(HOOKS) == set(INTERFACES)
    assert [interface.kind for interface in INTERFACES.values()] == list(INTERFACES)
    assert all(inspect.isabstract(interface) for interface in INTERFACES.values())


def test_the_hooks_are_those_of_the_kinds_and_those_for_weights_and_detectors() -> None:
    manager = pluggy.PluginManager("phasekit")
    manager.add_hookspecs(hookspecs)
    assert set(vars(manager.hook)) >= {*HOOKS.values(), "phasekit_weights", "phasekit_detectors"}
    declared = {name for name in vars(hookspecs) if name.startswith("phasekit_")}
    assert declared == {*HOOKS.values(), "phasekit_weights", "phasekit_detectors"}


@pytest.mark.parametrize("kind", sorted(HOOKS))
def test_a_hook_lists_classes_of_the_interface_of_its_kind(kind: str) -> None:
    returns = inspect.signature(getattr(hookspecs, HOOKS[kind])).return_annotation
    assert returns == f"list[type[{INTERFACES[kind].__name__}]]"
