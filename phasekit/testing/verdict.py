"""The outcomes of a law: it returns, or raises LawBroken, or raises LawWaived."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from phasekit.core.plugin import Plugin

Law: TypeAlias = Callable[[Any, str], None]
"""A check of a plugin of its kind on a device; its name states the law, its docstring explains it."""


class LawBroken(AssertionError):  # noqa: N818  # a verdict, as LawWaived
    """A plugin broke a law; the text is a sentence on how."""


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
    """Waive a law for a plugin: `reason` is its own sentence, empty if it keeps the promise."""
    if reason:
        raise LawWaived(reason)


def require(kept: bool, sentence: str) -> None:
    """Raise LawBroken with `sentence` unless `kept`."""
    if not kept:
        raise LawBroken(sentence)
