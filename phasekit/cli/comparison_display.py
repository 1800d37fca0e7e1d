"""The terminal display of a comparison: a bar over its units, then the ranking."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from phasekit.cli.progress_bars import ProgressBars
from phasekit.comparing.batch_task import Settled
from phasekit.comparing.comparison import Comparison
from phasekit.comparing.setup import Contest
from phasekit.report.comparison.story import story
from phasekit.report.comparison.tables import not_run, solver_cells


class ComparisonDisplay(ProgressBars):
    """A bar over all batches of starts; a context manager."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, "{task.completed:.0f} of {task.total:.0f} units")

    def began(self, work: Contest, total: int | None, done: int = 0) -> None:
        """Print what is compared, and which solvers refuse the data; start the bar."""
        starts = sum(len(seeds) for seeds in work.seeds.values()) * len(work.problems)
        counts = {"solver": len(work.solvers), "problem": len(work.problems), "start": starts}
        self.console.print(", ".join(f"{n} {word}{'s' * (n != 1)}" for word, n in counts.items()))
        for (problem, solver), reason in work.refusals.items():
            self.console.print(escape(f"{solver} refuses {problem}: {reason}"), style="yellow")
        self.task = self.bars.add_task("starts", total=total, completed=done)

    def moved(self, progress: Settled, done: int) -> None:
        """Move the bar; print why a batch failed."""
        if progress.reason is not None:
            message = f"{progress.pair.solver} on {progress.pair.problem}: {progress.reason}"
            self.console.print(escape(message), style="red")
        if progress.number is not None and self.task is not None:
            self.bars.update(self.task, completed=done, description=progress.pair.solver)


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Print the table of solvers over all problems, and the best solver in a sentence."""
    rows = {solver: solver_cells(comparison, solver, None) for solver in comparison.ranking()}
    head = list(dict.fromkeys(key for row in rows.values() for key in row))
    table = Table("solver", box=None, pad_edge=False)
    for heading in head:
        table.add_column(heading, justify="right", no_wrap=True)
    for solver, row in rows.items():
        table.add_row(escape(solver), *(row[key].text if key in row else "–" for key in head))
    console.print(table)
    for sentence in not_run(comparison):
        console.print(escape(sentence), style="yellow")
    console.print(escape(story(comparison)))
