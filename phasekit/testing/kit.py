"""The runner of the laws: which apply to a plugin, their outcomes, and one pytest case for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import ValidationError

from phasekit.core.discovery import load_file
from phasekit.core.mistakes import listed
from phasekit.core.plugin import Plugin
from phasekit.core.registry import registry
from phasekit.runtime.errors import InputError
from phasekit.testing.laws import (
    every_plugin,
    generator,
    geometry,
    learner,
    loss,
    network,
    preparation,
    schedule,
    solver_data,
    solver_steps,
)
from phasekit.testing.verdict import Law, LawBroken, LawWaived
from phasekit.training.learner import Learner

if TYPE_CHECKING:
    import pytest

LAWS_OF: dict[str, tuple[Law, ...]] = {
    "generator": generator.LAWS,
    "geometry": geometry.LAWS,
    "loss": loss.LAWS,
    "schedule": schedule.LAWS,
    "solver": (*solver_data.LAWS, *solver_steps.LAWS),
    "source": (),
    "preparation": preparation.LAWS,
    "network": network.LAWS,
}
"""The laws of each kind, besides those of every plugin."""

LEARNERS: tuple[Law, ...] = learner.LAWS
"""The laws of solvers that are trained, besides those of solvers."""

DEVICELESS: tuple[Law, ...] = (
    every_plugin.has_docstring,
    every_plugin.options_are_described,
    every_plugin.survives_json,
)


@dataclass(frozen=True)
class Outcome:
    """The outcome of one law for one plugin on one device."""

    name: str
    """The law."""
    status: Literal["passed", "failed", "waived"]
    reason: str = ""
    """Why it failed or was waived, a sentence."""
    plugin: str = ""
    device: str = "cpu"


@dataclass(frozen=True, eq=False)
class Case:
    """One law for one plugin on one device; pytest gives it to a test, which calls it."""

    plugin: Plugin
    law: Law
    device: str

    def __call__(self) -> None:
        """Check the law: fail the test with its sentence, or skip it with the reason of a waiver."""
        import pytest

        sentence = ""
        try:
            self.law(self.plugin, self.device)
        except LawBroken as broken:
            sentence = str(broken)
        except LawWaived as waiver:
            pytest.skip(str(waiver))
        if sentence:
            pytest.fail(sentence, pytrace=False)

    def outcome(self) -> Outcome:
        """Check the law and return the outcome."""
        name, device = self.law.__name__, self.device
        try:
            self.law(self.plugin, device)
        except LawWaived as waiver:
            return Outcome(name, "waived", str(waiver), self.plugin.name, device)
        except LawBroken as broken:
            return Outcome(name, "failed", str(broken), self.plugin.name, device)
        except Exception as error:  # a plugin may fail in any way; the failure is reported
            reason = "; ".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", [])])
            return Outcome(name, "failed", reason, self.plugin.name, device)
        return Outcome(name, "passed", "", self.plugin.name, device)

    def __str__(self) -> str:
        """Return the case's name, "hio-resuming_ends_the_same-cpu" for example."""
        return f"{self.plugin.name}-{self.law.__name__}-{self.device}"


def devices() -> tuple[str, ...]:
    """Return the devices to check on: the CPU and the GPU where there is one."""
    return ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",)


def checks_for(plugin: Plugin) -> tuple[Law, ...]:
    """Return the laws that apply to a plugin of this kind, including those that it waives."""
    own = LEARNERS if isinstance(plugin, Learner) else ()
    return (*every_plugin.LAWS, *LAWS_OF[plugin.kind], *own)


def cases_for(plugin: Plugin) -> list[Case]:
    """Return every law of a plugin on every relevant device."""
    found = []
    for law in checks_for(plugin):
        if law in DEVICELESS or plugin.kind in ("schedule", "source", "preparation"):
            places: tuple[str, ...] = ("cpu",)
        elif law is solver_data.devices_agree:
            places = devices()[1:] or ("cpu",)
        else:
            places = devices()
        found += [Case(plugin, law, device) for device in places]
    return found


def check_plugin(plugin: Plugin) -> list[Outcome]:
    """Check every law for one plugin on every available device; nothing is raised."""
    return [case.outcome() for case in cases_for(plugin)]


def check_file(path: Path) -> list[Outcome]:
    """Check every plugin class that a Python file defines, with its default options.

    Raises InputError for a file that is absent, cannot be loaded, or defines no plugin.
    """
    if not path.is_file():
        raise InputError(f"{path} is not a file; give the Python file that defines the plugin")
    plugins = load_file(registry(), path)
    if not plugins:
        reason = registry().broken.get(str(path.resolve()), "it defines no plugin class")
        raise InputError(f"{path} cannot be loaded: {reason}")
    outcomes: list[Outcome] = []
    for cls in plugins:
        name = str(cls.model_fields["name"].default)
        try:
            plugin = cls(name=name)
        except ValidationError as error:
            advice = "give every option a default that works, or check it in a test with parametrize_with_checks"
            outcomes.append(Outcome("defaults_work", "failed", f"{listed(error, {})}: {advice}", name))
        else:
            outcomes += check_plugin(plugin)
    return outcomes


def parametrize_with_checks(plugins: Iterable[Plugin]) -> pytest.MarkDecorator:
    """Give a test one case per plugin, law and device; a law that a plugin waives is skipped with the reason.

    The test takes `check` and calls it:

        @parametrize_with_checks([Relax()])
        def test_contract(check):
            check()
    """
    import pytest

    cases = [case for plugin in plugins for case in cases_for(plugin)]
    return pytest.mark.parametrize("check", cases, ids=str)
