"""Reproduction: the result of running a finished run again, and how it differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phasekit.runs.difference import AGREEMENT, RELATIVE, VERDICTS, Deviation


@dataclass(frozen=True)
class Reproduction:
    """Whether a finished run gives the same results when run again."""

    folder: Path
    """The finished run."""
    task: str
    """ "solve", "compare" or "train"."""
    deviations: tuple[Deviation, ...]
    """Every start, or every tensor of weights, including identical ones."""
    rank: str | None = None
    """The metric that ranks."""
    inputs: tuple[str, ...] = ()
    """Places of the input files, all unchanged."""
    changes: Mapping[str, tuple[str, str]] | None = None
    """What differs between then and now in versions, machine, threads and device: name -> (then, now)."""
    notes: tuple[str, ...] = ()
    """Notes for the reader."""
    out: Path | None = None
    """Folder of the second run, if kept."""

    @property
    def verdict(self) -> str:
        """ "identical", "within tolerance" or "different": that of the largest deviation."""
        found = [deviation.verdict for deviation in self.deviations]
        return max(found, key=VERDICTS.index, default=VERDICTS[0])

    def summary(self) -> str:
        """Return the result in one line."""
        of = "tensors and figures" if self.task == "train" else "starts"
        counts = [sum(one.verdict == word for one in self.deviations) for word in VERDICTS]
        numbers = ", ".join(f"{count} {word}" for count, word in zip(counts, VERDICTS, strict=True) if count)
        if self.verdict == VERDICTS[0]:
            return f"{VERDICTS[0]}: all {counts[0]} {of}, in every bit"
        alike = f"{self.rank} to {RELATIVE:g} of its value, agreement at least {AGREEMENT:g}"
        return f"{self.verdict}: of {len(self.deviations)} {of} {numbers} (tolerance: {alike})"

    def lines(self) -> list[str]:
        """Return what differs, a line for each."""
        lines = [f"{name}: {then} -> {now}" for name, (then, now) in (self.changes or {}).items()]
        lines += [f"note: {note}" for note in self.notes]
        lines += [deviation.line() for deviation in self.deviations if not deviation.identical]
        return lines

    def plain(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return {
            "folder": str(self.folder),
            "task": self.task,
            "verdict": self.verdict,
            "summary": self.summary(),
            "rank": self.rank,
            "tolerance": {"relative": RELATIVE, "agreement": AGREEMENT},
            "inputs": list(self.inputs),
            "changes": {name: list(pair) for name, pair in (self.changes or {}).items()},
            "notes": list(self.notes),
            "deviations": [deviation.plain() for deviation in self.deviations],
            "out": None if self.out is None else str(self.out),
        }
