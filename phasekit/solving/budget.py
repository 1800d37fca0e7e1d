"""Budget: what every solver of a comparison may spend on a start."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from phasekit.core.plugin import Options


class Budget(Options):
    """What a start may cost: either steps of the solver, or seconds of its own time."""

    owner: ClassVar[str] = "budget"
    steps: int | None = Field(None, ge=1, description="Steps (iterations) of the solver.")
    seconds: float | None = Field(
        None, gt=0, description="Seconds of the solver, a batch's divided by its size; measurements do not count."
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.steps is None) == (self.seconds is None):
            raise ValueError("a budget is in steps or in seconds; give one of the two")
        return self

    def spent(self, step: int, seconds: float) -> bool:
        """Return whether a start must stop after so many steps and seconds."""
        return step >= self.steps if self.steps is not None else seconds >= (self.seconds or 0)

    def stride(self, every: int) -> int:
        """Return the steps between two checks, `every` or fewer, so that none exceeds the budget."""
        if self.steps is None:
            return every
        return next(n for n in range(min(every, self.steps), 0, -1) if self.steps % n == 0)
