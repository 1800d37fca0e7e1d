"""Observer: what looks on while a reconstruction, a training or a comparison goes."""

from __future__ import annotations

from typing import Any

from phasekit.runtime.errors import InputError


class Observer:
    """Looks on while work is done: a progress bar, a live plot. Every method may be left as it is.

    The same class serves all three tasks; `work` and `progress` say which one it is. An observer returns nothing and
    changes nothing; an exception that it raises ends the run, which keeps its state.
    """

    def began(self, work: Any, total: int | None, done: int = 0) -> None:
        """See the work before its first step.

        `work` is a `phasekit.solving.job.Job`, a `phasekit.training.train.TrainingJob` or a
        `phasekit.comparing.setup.Contest`. `total` counts the steps of all seeds, the updates, or the batches of
        starts, None where it is open; `done` those that an earlier run has done.
        """

    def moved(self, progress: Any, done: int) -> None:
        """See how far it is: `done` of `total`.

        `progress` is a `phasekit.solving.job.Progress`, a `phasekit.training.trainer.TrainingState` or a
        `phasekit.comparing.batch_task.Settled`; it may be kept, it is never written to again.
        """

    def warned(self, sentence: str) -> None:
        """Hear of what went wrong without ending the work."""


def checked_observer(observer: Observer | None) -> Observer:
    """Return `observer`, or one that does nothing for None; raises InputError for anything else."""
    if observer is None:
        return Observer()
    if not isinstance(observer, Observer):
        raise InputError(f"observer takes a phasekit.Observer, got {observer!r}; subclass it", "observer")
    return observer
