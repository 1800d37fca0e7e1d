"""Stores in a run folder what a training needs to continue after a kill, and its curves."""

from __future__ import annotations

import csv
import io
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from phasekit.core.observer import Observer
from phasekit.runs.folder import RunFolder
from phasekit.runtime import storage
from phasekit.runtime.errors import InputError
from phasekit.training.figures import keyed_figures
from phasekit.training.train import TrainingCheckpoints, TrainingJob
from phasekit.training.trainer import Point, TrainingState

CHECKPOINT_S = 60.0
"""Seconds of work between two checkpoints."""

TYPES = {kind.__name__: kind for kind in (TrainingState, Point)}


class TrainingRecorder(TrainingCheckpoints):
    """Writes checkpoints and curves to a run folder; `observer` receives a message if that fails.

    In processes that do not lead, `leads` False, it only reads.
    """

    def __init__(self, folder: RunFolder, observer: Observer | None = None, *, leads: bool = True) -> None:
        self.folder, self.observer, self.leads = folder, observer or Observer(), leads
        self.saved_at, self.points = time.monotonic(), 0
        self.board: Any = None

    @property
    def checkpoint(self) -> Path:
        """The file from which training continues."""
        return self.folder.path / "checkpoint.h5"

    def began(self, job: TrainingJob) -> None:
        """Begin the curves for TensorBoard, if requested."""
        if self.leads and job.options.tensorboard:
            self.board = event_writer(self.folder.path / "tensorboard")
        self.saved_at = time.monotonic()

    def state(self) -> TrainingState | None:
        """Return the last checkpoint."""
        if not self.checkpoint.is_file():
            return None
        try:
            state: TrainingState = storage.restore(self.checkpoint, TYPES)
        except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
            raise InputError(
                f"{self.checkpoint} is damaged ({error}); restore a copy of it, or start again with --force"
            ) from None
        points = tuple(replace(point, figures=keyed_figures(point.figures)) for point in state.points)
        state = replace(state, points=points)
        self.points = len(points)
        if self.leads:
            self.folder.log(f"continues from the checkpoint at step {state.step}")
        return state

    def moved(self, state: TrainingState) -> None:
        """Write new points of the curves, and the state if the last checkpoint is old."""
        if self.leads and len(state.points) > self.points:
            self._note(state)
        if self.leads and time.monotonic() - self.saved_at >= CHECKPOINT_S:
            self._keep(state)

    def stopped(self, state: TrainingState) -> None:
        """Store the last state."""
        if self.leads:
            self._keep(state)
        if self.board is not None:
            self.board.close()

    def _note(self, state: TrainingState) -> None:
        try:
            for point in state.points[self.points :]:
                self.folder.log(
                    f"epoch {point.epoch}, step {point.step}: validation loss {point.figures['validation_loss']:.4g}"
                )
                if self.board is not None:
                    self._show(point)
            write_curves(self.folder.path / "history.csv", state.points)
        except OSError as error:
            self.observer.warned(f"the curves could not be written ({error}); free disk space: training continues")
        self.points = len(state.points)

    def _show(self, point: Point) -> None:
        for name, value in {**point.figures, "rate": point.rate}.items():
            self.board.add_scalar(name, value, point.step)
        self.board.flush()

    def _keep(self, state: TrainingState) -> None:
        """Write the checkpoint; if the disk is full the last one stays, and training continues."""
        self.saved_at = time.monotonic()
        try:
            storage.save(self.checkpoint, state)
            self.folder.log(f"kept, step {state.step}")
        except (OSError, RuntimeError) as error:
            self.observer.warned(
                f"the checkpoint at step {state.step} could not be written ({error}); the last one stays. Free disk "
                "space: without a newer one, an interruption loses what was learnt since"
            )


def write_curves(path: Path, points: tuple[Point, ...]) -> None:
    """Write one row per epoch: epoch, step, seconds, rate and every figure."""
    names = list(dict.fromkeys(name for point in points for name in point.figures))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["epoch", "step", "seconds", "rate", *names])
    for point in points:
        values = (f"{point.figures[name]:.9g}" if name in point.figures else "" for name in names)
        table.writerow([point.epoch, point.step, f"{point.seconds:.2f}", f"{point.rate:.6g}", *values])
    storage.write_text(path, text.getvalue())


def event_writer(folder: Path) -> Any:
    """Return TensorBoard's writer; raises InputError if the package is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise InputError(
            "tensorboard: true needs the package tensorboard, which is not installed; install it (pip install "
            "tensorboard) or leave the option out",
            "training.tensorboard",
        ) from None
    return SummaryWriter(str(folder))
