"""Observer: follows a reconstruction, a training or a comparison."""

from __future__ import annotations

from typing import Any

from phasekit.runtime.errors import InputError


class Observer:
    """Follows the work: a progress bar, a live plot. Every method is optional.

    The same class serves all three tasks; `work` and `progress` show which one it is. An observer returns nothing and
    changes nothing; an exception that it raises ends the run, which keeps its state.
    """

    def began(self, work: Any, total: int | None, done: int = 0) -> None:
        """Called before the first step.

        `work` is a `phasekit.solving.job.Job`, a `phasekit.training.train.TrainingJob` or a
        `phasekit.comparing.setup.Contest`. `total` counts the steps of all seeds, the updates, or the batches of
        starts, None if it is open; `done` those of an earlier run.
        """

    def moved(self, progress: Any, done: int) -> None:
        """Called on progress: `done` of `total`.

        `progress` is a `phasekit.solving.job.Progress`, a `phasekit.training.trainer.TrainingState` or a
        `phasekit.comparing.batch_task.Settled`; it may be kept, because it never changes again.
        """

    def warned(self, sentence: str) -> None:
        """Called for a problem that does not end the work."""


def checked_observer(observer: Observer | None) -> Observer:
    """Return `observer`, or one that does nothing for None; raises InputError for anything else."""
    if observer is None:
        return Observer()
    if not isinstance(observer, Observer):
        raise InputError(f"observer must be a phasekit.Observer, got {observer!r}; subclass it", "observer")
    return observer
