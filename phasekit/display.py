"""What a run shows in the terminal: a bar per batch with the current error and the time left."""

from __future__ import annotations

from types import TracebackType

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from phasekit.batches import Plan
from phasekit.job import Job, Watch
from phasekit.job import Progress as Moved
from phasekit.result import Outcome


class Display(Watch):
    """Progress bars over all seeds; use it as a context."""

    def __init__(self, console: Console) -> None:
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[error]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=False),
            console=console,
        )
        self.task: TaskID | None = None
        self.rank, self.sizes, self.length = "", [1], 1
        self.done = 0

    def __enter__(self) -> Display:
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bars.stop()

    def planned(self, job: Job, plan: Plan) -> None:
        """Start the bar: one unit is one step of one seed."""
        self.rank, self.sizes = job.rank, [len(batch) for batch in plan.batches]
        self.length = job.solver.length() or 0
        total = self.length * len(job.seeds) or None
        self.task = self.bars.add_task(f"{len(job.seeds)} seeds", total=total, error="")

    def moved(self, progress: Moved) -> None:
        """Move the bar and show the best error of this batch."""
        if self.task is None:
            return
        latest = torch.tensor([row.metrics[self.rank] for row in progress.rows[-self.sizes[progress.batch] :]])
        steps = self.done + progress.state.step * self.sizes[progress.batch]
        label = f"batch {progress.batch + 1}/{len(self.sizes)}"
        best = float(latest.nan_to_num(nan=torch.inf).min())
        self.bars.update(self.task, completed=steps, description=label, error=f"{self.rank} {best:.3g}")

    def finished(self, batch: int, outcome: Outcome) -> None:
        """Count the batch as done."""
        self.done += self.length * self.sizes[batch] if batch < len(self.sizes) else 0
        if self.task is not None:
            self.bars.update(self.task, completed=self.done)
