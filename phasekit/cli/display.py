"""The terminal display of a run: a bar per batch with the current error and the time left."""

from __future__ import annotations

import torch
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from phasekit.cli.progress_bars import ProgressBars
from phasekit.core.result import Result
from phasekit.core.state import GAVE_UP
from phasekit.solving.job import Job, Progress


class Display(ProgressBars):
    """Progress bars over all seeds; a context manager."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, "{task.percentage:>3.0f} %", "{task.fields[error]}")
        self.rank, self.count = "", 0

    def began(self, work: Job, total: int | None, done: int = 0) -> None:
        """Start the bar: one unit is one step of one seed."""
        self.rank, self.count = work.rank, len(work.seeds)
        self.task = self.bars.add_task(f"{self.count} seeds", total=total or None, completed=done, error="")

    def moved(self, progress: Progress, done: int) -> None:
        """Move the bar and show the best error of this batch."""
        if self.task is None:
            return
        seeds = progress.state.seeds
        latest = torch.tensor([row.metrics[self.rank] for row in progress.rows[-len(seeds) :]])
        best = float(latest.nan_to_num(nan=torch.inf).min())
        label = f"{len(seeds)} of {self.count} seeds" if len(seeds) < self.count else f"{self.count} seeds"
        self.bars.update(self.task, completed=done, description=label, error=f"{self.rank} {best:.3g}")


def print_result(console: Console, result: Result) -> None:
    """Print the summary."""
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
    for seed in result.failed[:10]:
        console.print(escape(f"seed {seed} failed: {result.reasons.get(seed, GAVE_UP)}"), style="yellow")
    for name, value in result.references.items():
        console.print(f"for comparison: {name} {value:.3f}")
