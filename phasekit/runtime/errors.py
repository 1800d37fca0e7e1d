"""The errors that phasekit raises; their text is a sentence that says what was given and what to do."""

from __future__ import annotations


class PhasekitError(Exception):
    """The base of every error that phasekit raises on purpose."""


class InputError(PhasekitError, ValueError):
    """An unusable recipe, file or argument. The command line exits with 2.

    `place` is the recipe key concerned, if any: "source", "metrics".
    """

    def __init__(self, message: str, place: str | None = None) -> None:
        super().__init__(message)
        self.place = place


class RunError(PhasekitError, RuntimeError):
    """A run that started and could not finish. The command line exits with 1."""


def said(error: Exception) -> str:
    """Return an error's text, with its type if phasekit did not raise it on purpose."""
    return str(error) if isinstance(error, PhasekitError) else f"{type(error).__name__}: {error}"
