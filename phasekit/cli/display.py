"""What a run shows in the terminal: a bar per batch with the current error and the time left."""

from __future__ import annotations

import torch
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from phasekit.cli.progress_bars import ProgressBars
from phasekit.core.result import Outcome, Result
from phasekit.solving.batches import Plan
from phasekit.solving.job import Job, Watch
from phasekit.solving.job import Progress as Moved


class Display(ProgressBars, Watch):
    """Progress bars over all seeds; use it as a context."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, "{task.percentage:>3.0f} %", "{task.fields[error]}")
        self.rank, self.sizes, self.length = "", [1], 1
        self.done = 0

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


def print_result(console: Console, result: Result) -> None:
    """Print what a reader wants to know first."""
    for note in result.problem.notes:
        console.print(escape(f"note: {note}"), style="yellow")
    table = Table(box=None, pad_edge=False)
    for heading in ("seed", *result.final, "agreement", "support"):
        table.add_column(heading, justify="right", no_wrap=True)
    for i, seed in enumerate(result.seeds[:10]):
        failed = seed in result.failed
        values = [f"{float(column[i]):.4g}" for column in result.final.values()]
        volume = f"{100 * float(result.support[i].float().mean()):.2f} %"
        table.add_row(str(seed), *values, "failed" if failed else f"{float(result.agreement[i]):.3f}", volume)
    console.print(table)
    if len(result.seeds) > 10:
        console.print(f"… and {len(result.seeds) - 10} more in the report")
    console.print(
        f"ranked by {result.rank}; {len(result.agreeing)} of {len(result.seeds)} starts agree with the best; "
        f"solver time {result.seconds:.1f} s"
    )
    for name, value in result.references.items():
        console.print(f"for comparison: {name} {value:.3f}")
