"""What a comparison shows in the terminal: a bar over its units, then who stands where."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from phasekit.cli.progress_bars import ProgressBars
from phasekit.comparing.comparison import Comparison
from phasekit.comparing.setup import Contest, Pair
from phasekit.report.comparison import story
from phasekit.report.comparison.tables import not_run, solver_cells
from phasekit.runs.comparison_run import CompareWatch


class ComparisonDisplay(ProgressBars, CompareWatch):
    """A bar over all units; use it as a context."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, "{task.completed:.0f} of {task.total:.0f} batches")

    def began(self, contest: Contest) -> None:
        """Say what is compared, and which solvers do not take the data."""
        starts = sum(len(seeds) for seeds in contest.seeds.values()) * len(contest.problems)
        counts = {"solver": len(contest.solvers), "problem": len(contest.problems), "start": starts}
        self.console.print(", ".join(f"{n} {word}{'s' * (n != 1)}" for word, n in counts.items()))
        for (problem, solver), reason in contest.refusals.items():
            self.console.print(escape(f"{solver} does not take {problem}: {reason}"), style="yellow")

    def counted(self, units: int, done: int) -> None:
        """Start the bar."""
        self.task = self.bars.add_task("starts", total=units, completed=done)

    def settled(self, pair: Pair, number: int | None, reason: str | None) -> None:
        """Move the bar; say why a unit failed."""
        if reason is not None:
            self.console.print(escape(f"{pair.solver} on {pair.problem}: {reason}"), style="red")
        if number is not None and self.task is not None:
            self.bars.update(self.task, advance=1, description=pair.solver)


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Print the table of solvers over all problems, and in words who came first."""
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
