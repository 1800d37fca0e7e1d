"""How a law speaks: it returns, or says how it was broken, or why it does not apply."""

from __future__ import annotations


class LawBroken(AssertionError):
    """A plugin broke a law; the text says what it did, in a sentence."""


class LawWaived(Exception):  # noqa: N818  # a verdict, not an error
    """A law does not apply to a plugin; the text is the reason."""


def waive_if(reason: str) -> None:
    """Leave a law where the plugin waives it: `reason` is its own sentence, empty where it keeps the promise."""
    if reason:
        raise LawWaived(reason)


def require(kept: bool, sentence: str) -> None:
    """Raise LawBroken with `sentence` unless `kept`."""
    if not kept:
        raise LawBroken(sentence)
