"""How a law speaks: it returns, or says how it was broken, or why it does not apply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from phasekit.core.plugin import Plugin

Law: TypeAlias = Callable[[Any, str], None]
"""A check: takes a plugin of its kind and a device; its name says what must hold, its docstring how."""


class LawBroken(AssertionError):  # noqa: N818  # a verdict, as LawWaived
    """A plugin broke a law; the text says what it did, in a sentence."""


class LawWaived(Exception):  # noqa: N818  # a verdict, not an error
    """A law does not apply to a plugin; the text is the reason."""


def reason_to_waive(plugin: Plugin, promise: str) -> str:
    """Return why `plugin` does not keep `promise`: its own reason or that of a plugin of its kind inside."""
    reason = str(getattr(plugin, promise, ""))
    for key in type(plugin).model_fields:
        value = getattr(plugin, key)
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Plugin) and inner.kind == plugin.kind:
                reason = reason or reason_to_waive(inner, promise)
    return reason


def waive_if(reason: str) -> None:
    """Leave a law that the plugin waives: `reason` is its own sentence, empty where it keeps the promise."""
    if reason:
        raise LawWaived(reason)


def require(kept: bool, sentence: str) -> None:
    """Raise LawBroken with `sentence` unless `kept`."""
    if not kept:
        raise LawBroken(sentence)
