"""Read a scan of a SPEC file: its command, the positions of the motors, its columns.

The lines are read here and not by silx 3, which turns a number like `nan` into 0, leaves out the line after a cut one,
and fails for any letter that is not UTF-8: frames would then be paired with the wrong points.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from pathlib import Path

import numpy as np

from phasekit.reading.rocking_positions import moving
from phasekit.reading.scan_command import scan_command
from phasekit.runtime.errors import InputError
from phasekit.runtime.suggest import near
from phasekit.runtime.text import read_text

Column = np.ndarray[tuple[int], np.dtype[np.float64]]

START = re.compile(r"^#(?:S[ \t]+\d+|[FE][ \t])", re.MULTILINE)
"""Where a scan (#S) or a header of the file (#F, #E) begins."""

APART = re.compile(r" {2,}|\t+")
"""What stands between two names; a name may have a blank in it."""

LOST = 0.75
"""Deviation of a step from the usual one, relative to it, from which a line of an incomplete scan is lost there."""


@dataclass(frozen=True, eq=False)
class SpecScan:
    """One scan as written by SPEC."""

    place: str
    """File and scan, for messages."""
    number: int
    command: str
    """The command: "ascan th 0 1 200 0.25"."""
    motors: Mapping[str, float]
    """Position of every motor before the scan, by its name in #O."""
    columns: Mapping[str, Column]
    """(points,) by its name in #L, of several of one name the first; NaN where a line is cut or has no number."""
    header: tuple[str, ...]
    """The lines of the scan's header."""
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """The names of all motors, those without a position too."""
    mnemonics: Mapping[str, str] = field(default_factory=dict)
    """Mnemonic of a motor, as in the command -> its name, as far as the file says (#o)."""
    doubt: str = ""
    """Why motors have no position here, though the file gives some; a sentence without its full stop."""

    @property
    def points(self) -> int:
        """The number of points in the file."""
        return len(next(iter(self.columns.values())))

    def moved(self) -> list[str]:
        """Return the motors that the scan moves, those of the command first; raises InputError if none moves.

        The command says which, else the columns before the first counter do. A motor that stands still, or moves by
        less than 2 % of the other's range, does not count.
        """
        names = [*takewhile(self._motor, self.columns)]
        commanded = scan_command(self.command)
        said = [] if commanded is None else [name for word in commanded.axes if (name := self._named(word, names))]
        if len(said) == 1 and len(names) == 1:
            return said
        names = moving({name: self.columns[name] for name in names}, said)
        if not names:
            raise InputError(f"{self.place} ({self.command}) moves no motor; a scan of one is needed", "source.scan")
        return sorted(names, key=lambda name: said.index(name) if name in said else len(said))

    def _motor(self, column: str) -> bool:
        return column in self.names

    def _named(self, word: str, names: list[str]) -> str | None:
        """Return the column that the command means: by mnemonic, by name, or by the beginning of a name."""
        if self.mnemonics.get(word) in names:
            return self.mnemonics[word]
        same = [name for name in names if name.lower() == word.lower()]
        begins = [name for name in names if name.lower().startswith(word.lower())]
        return next(iter(same), begins[0] if len(begins) == 1 else None)

    def unfinished(self, axis: str) -> tuple[str, ...]:
        """Return a note if the command has more points than the file.

        Raises InputError if the file has more points, or lacks one amid others, after which frames and points would
        no longer belong together.
        """
        commanded = scan_command(self.command)
        if commanded is None or commanded.points == self.points:
            return ()
        counts = f"{self.place} ({self.command}) has {self.points} of {commanded.points} points"
        if self.points > commanded.points:
            what = "more than commanded; remove the lines that are not of this scan"
            raise InputError(f"{counts}, {what}", "source.spec")
        at = self.columns[axis]
        steps = np.diff(at)
        usual = float(np.nanmedian(steps))
        lost = np.nan_to_num(np.abs(steps / usual - 1), nan=0.0) if usual else np.zeros(len(steps))
        if lost.max(initial=0.0) > LOST:
            k = int(lost.argmax())
            raise InputError(
                f"{counts}, and between points {k} and {k + 1} {axis} goes from {at[k]:g} to {at[k + 1]:g}, more than "
                "its step: lines are lost; insert one there for each, with nan for every number",
                "source.spec",
            )
        return (f"{counts}: was it stopped?",)

    def numbers(self, key: str, count: int) -> list[int] | None:
        """Return the first whole numbers of the header line that begins with `key`; None if they are absent."""
        for words in map(str.split, self.header):
            if words[:1] == [key] and len(words) > count:
                try:
                    return [int(float(word)) for word in words[1 : count + 1]]
                except ValueError:
                    return None
        return None

    def column(self, name: str) -> Column:
        """Return a column; raises InputError with suggestions."""
        if name not in self.columns:
            raise InputError(f"{self.place} has no column '{name}'; {near(name, self.columns)}", "source.monitor")
        return self.columns[name]


def read_spec(path: Path, number: int) -> SpecScan:
    """Read scan `number`; raises InputError for other files, and for absent or empty scans."""
    scans = [*_scans(read_text(path))]
    if not scans:
        raise InputError(f"{path} is not a SPEC file (no line begins with #S); name one written by SPEC", "source.spec")
    chosen = [(header, text) for found, header, text in scans if found == number]
    if not chosen:
        there = ", ".join(str(found) for found in dict.fromkeys(found for found, *_ in scans))
        raise InputError(f"{path} has no scan {number}; available scans: {there}", "source.scan")
    header, text = chosen[-1]
    place = f"{path}: scan {number}"
    lines = text.split("\n")
    command = " ".join(lines[0].split()[2:])
    labels, data, notes = _table(lines, f"{place} ({command})")
    if len(chosen) > 1:
        notes = (f"{place} stands {len(chosen)} times in the file: the last one is read", *notes)
    names = _motor_lines(lines, "O", APART) or _motor_lines(header.split("\n"), "O", APART)
    short = _motor_lines(lines, "o", None) or _motor_lines(header.split("\n"), "o", None)
    at = _motor_lines(lines, "P", None)
    doubt = ""
    if len(names) != len(at):
        doubt = (
            f"{place} names {len(names)} motors (#O) and has {len(at)} positions (#P), so which position is whose is "
            "unknown and none is used"
        )
    return SpecScan(
        place=place,
        number=number,
        command=command,
        motors={} if doubt else {name: x for name, word in zip(names, at, strict=True) if (x := _number(word)) == x},
        columns={name: data[:, labels.index(name)] for name in dict.fromkeys(labels)},
        header=tuple(line for line in lines if line.startswith("#")),
        notes=notes,
        names=tuple(names),
        mnemonics=dict(zip(short, names, strict=True)) if len(short) == len(names) else {},
        doubt=doubt,
    )


def _scans(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield every scan: its number, the header of the file that it belongs to, and its own lines."""
    starts = [*(match.start() for match in START.finditer(text)), len(text)]
    header, follows = text[: starts[0]], False
    for start, end in pairwise(starts):
        piece = text[start:end]
        if piece.startswith("#S"):
            yield int(piece.split(maxsplit=2)[1]), header, piece
            follows = True
        else:
            header, follows = piece if follows else header + piece, False


def _motor_lines(lines: list[str], key: str, apart: re.Pattern[str] | None) -> list[str]:
    """Return the words of the lines #O0, #O1 … in the order of these numbers."""
    found: dict[int, list[str]] = {}
    for line in lines:
        match = re.match(rf"#{key}(\d+)[ \t]*(.*)", line)
        if match:
            rest = match[2].strip()
            found[int(match[1])] = [*filter(None, apart.split(rest))] if apart else rest.split()
    return [word for index in sorted(found) for word in found[index]]


def _table(lines: list[str], place: str) -> tuple[list[str], np.ndarray, tuple[str, ...]]:
    """Return the names of the columns, (points, columns) numbers, and notes on names and lines."""
    label_lines = [line[2:].strip() for line in lines if line.startswith("#L")]
    labels = [*filter(None, APART.split(label_lines[-1]))] if label_lines else []
    rows = [*_data_lines(lines)]
    if not labels or not rows:
        raise InputError(f"{place} has no points; was it stopped before the first?", "source.scan")
    width = max(map(len, rows))
    if len(labels) != width:
        raise InputError(
            f"{place} names {len(labels)} columns (#L) but has {width}; was the file edited? "
            "Names are two spaces apart",
            "source.scan",
        )
    notes = [
        f"{place} has {count} columns called {name}: the first is used"
        for name, count in Counter(labels).items()
        if count > 1
    ]
    data = np.full((len(rows), width), np.nan)
    for k, row in enumerate(rows):
        whole = row if len(row) == width else row[:-1]  # the last word of a cut line is cut, too
        data[k, : len(whole)] = [_number(word) for word in whole]
        if len(row) < width:
            notes.append(f"{place}: the line of point {k} is cut after {len(row)} of {width} numbers")
    return labels, data, tuple(notes)


def _data_lines(lines: list[str]) -> Iterator[list[str]]:
    """Yield the words of each line of data; spectra (@A …) and their continued lines are not data."""
    spectrum = False
    for line in lines:
        words = line.split()
        spectrum = line.startswith("@") or spectrum
        if words and not spectrum and not line.startswith("#"):
            yield words
        spectrum = spectrum and line.rstrip().endswith("\\")


def _number(word: str) -> float:
    """Return a number; NaN for other words."""
    try:
        return float(word)
    except ValueError:
        return float("nan")
