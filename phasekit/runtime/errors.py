"""What phasekit raises: errors whose text is a sentence that says what was got and what to do."""

from __future__ import annotations


class PhasekitError(Exception):
    """The parent of every error that phasekit raises on purpose."""


class InputError(PhasekitError, ValueError):
    """A recipe, a file or an argument that cannot be used. The command line exits with 2.

    `place` is the key of the recipe that it is about, where there is one: "source", "metrics".
    """

    def __init__(self, message: str, place: str | None = None) -> None:
        super().__init__(message)
        self.place = place


class RunError(PhasekitError, RuntimeError):
    """A run that started and could not finish. The command line exits with 1."""


def said(error: Exception) -> str:
    """Return what an error says, with its kind where phasekit did not raise it on purpose."""
    return str(error) if isinstance(error, PhasekitError) else f"{type(error).__name__}: {error}"
