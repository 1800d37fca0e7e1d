"""The terminal display of a training: a bar with the current loss, and a line with its curve after each epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from phasekit.cli.progress_bars import ProgressBars
from phasekit.training.figures import label
from phasekit.training.train import Trained, TrainingJob
from phasekit.training.trainer import TrainingState

BARS = "▁▂▃▄▅▆▇█"

WIDEST = 40
"""Characters of a curve; a longer one is thinned, but its end is kept."""


class TrainingDisplay(ProgressBars):
    """A progress bar over all updates; a context manager."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, "{task.percentage:>3.0f} %", "{task.fields[loss]}")
        self.epochs, self.printed = 1, 0

    def began(self, work: TrainingJob, total: int | None, done: int = 0) -> None:
        """Start the bar: one unit is one update."""
        self.epochs = work.options.epochs
        self.task = self.bars.add_task(f"epoch 1/{self.epochs}", total=total, completed=done, loss="")

    def moved(self, progress: TrainingState, done: int) -> None:
        """Move the bar, and print a line after each epoch."""
        state = progress
        if self.task is None:
            return
        loss = f"loss {state.summed / state.count:.3g}" if state.count else ""
        epoch = min(len(state.points) + 1, self.epochs)
        self.bars.update(self.task, completed=done, description=f"epoch {epoch}/{self.epochs}", loss=loss)
        if len(state.points) > self.printed:
            self.printed = len(state.points)
            self.console.print(escape(line(state)))


def line(state: TrainingState) -> str:
    """Return the last point of the curves as one line, with the curve of the validation loss."""
    point = state.points[-1]
    figures = point.figures
    way = sparkline([p.figures["validation_loss"] for p in state.points])
    words = [f"epoch {point.epoch}: loss {figures['loss']:.3g}, validation {figures['validation_loss']:.3g} {way}"]
    words += [f"{label(name)} {figures[name]:.3g}" for name in ("object_error", "phase_error") if name in figures]
    if state.best_epoch != point.epoch:
        words.append(f"not below epoch {state.best_epoch}")
    return ", ".join(words)


def sparkline(values: Sequence[float]) -> str:
    """Draw values as a line of bars, on a logarithmic scale from the lowest to the highest; "·" is not a number."""
    every = max(1, math.ceil(len(values) / WIDEST))
    few = list(values[::-1][::every][::-1])
    levels = [math.log(v) if math.isfinite(v) and v > 0 else None for v in few]
    known = [level for level in levels if level is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
    return "".join("·" if level is None else BARS[round((level - low) * scale)] for level in levels)


def print_training(console: Console, trained: Trained, path: Path, again: str) -> None:
    """Print the summary, and how to continue if the time limit was reached."""
    figures = trained.weights.about["figures"]
    if figures:
        floor = figures.get("floor", float("nan"))
        console.print(
            f"validation loss {figures['validation_loss']:.4g} (mean of object and twin: {floor:.3g}); medians over "
            f"the validation samples: object error {figures['object_error']:.3g} (flat phase "
            f"{figures['flat_phase_error']:.3g}), phase error {figures['phase_error']:.3g} rad (flat phase "
            f"{figures['flat_phase_phase_error']:.3g}); {trained.seconds:.0f} s"
        )
    console.print(escape(f"weights: {path / 'weights.safetensors'}"))
    if not trained.finished:
        console.print(escape(f"its time limit was reached. To continue: {again}"), style="yellow")
