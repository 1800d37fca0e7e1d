"""Progress bars for every kind of run."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from phasekit.core.observer import Observer


class ProgressBars(Observer):
    """A bar with a description, `middle` columns, elapsed and remaining time; a context manager."""

    def __init__(self, console: Console, *middle: str) -> None:
        self.console = console
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            *(TextColumn(column) for column in middle),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=False),
            console=console,
        )
        self.task: TaskID | None = None

    def __enter__(self) -> Self:
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bars.stop()

    def warned(self, sentence: str) -> None:
        """Print a problem above the bars."""
        self.console.print(escape(sentence), style="yellow")
