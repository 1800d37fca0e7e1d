"""Laws that every plugin keeps, whatever its kind."""

from __future__ import annotations

import random

from phasekit.core.plugin import Plugin
from phasekit.testing.draw import draw_options
from phasekit.testing.laws import generator, geometry, loss, network, preparation, schedule, solver_data, solver_steps
from phasekit.testing.verdict import Law, LawBroken, LawWaived, require

QUICK: dict[str, tuple[Law, ...]] = {
    "generator": generator.CHEAP,
    "geometry": geometry.CHEAP,
    "loss": loss.CHEAP,
    "network": network.CHEAP,
    "preparation": preparation.CHEAP,
    "schedule": schedule.CHEAP,
    "solver": (*solver_data.CHEAP, *solver_steps.CHEAP),
}
"""The laws that are also checked with drawn options, by kind."""

DRAWS = 4


def has_docstring(plugin: Plugin, device: str) -> None:
    """The class describes itself in its own docstring."""
    docstring = (type(plugin).__dict__.get("__doc__") or "").strip()
    require(
        bool(docstring),
        f"{type(plugin).__qualname__} has no docstring; its first line is shown in lists of plugins",
    )


def options_are_described(plugin: Plugin, device: str) -> None:
    """Every option has a description."""
    fields = type(plugin).model_fields.items()
    bare = [key for key, field in fields if key != "name" and not (field.description or "").strip()]
    require(not bare, f"no description: {', '.join(bare)}; write Field(default, description=…)")


def survives_json(plugin: Plugin, device: str) -> None:
    """A plugin survives writing as JSON and reading back."""
    text = plugin.model_dump_json()
    again = type(plugin).model_validate_json(text)
    require(again == plugin, f"{text} reads back as {again!r}")


def drawn_options_keep_the_promises(plugin: Plugin, device: str) -> None:
    """With any options within its bounds, a plugin survives JSON and keeps the laws of its kind."""
    rng = random.Random(type(plugin).__qualname__)
    for _ in range(DRAWS):
        _keeps(survives_json, draw_options(plugin, rng, ramps=False), device)
        drawn = draw_options(plugin, rng)
        for law in QUICK.get(plugin.kind, ()):
            _keeps(law, drawn, device)


def _keeps(law: Law, plugin: Plugin, device: str) -> None:
    try:
        law(plugin, device)
    except LawWaived:
        return
    except LawBroken as broken:
        raise LawBroken(f"with {plugin!r}: {law.__name__}: {broken}") from None
    except Exception as error:
        error.add_note(f"with {plugin!r}: {law.__name__}")
        raise


LAWS = (has_docstring, options_are_described, survives_json, drawn_options_keep_the_promises)
