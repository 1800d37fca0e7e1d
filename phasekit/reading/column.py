"""Read one number per frame from a text, CSV or numpy file."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from phasekit.reading.stored import NUMPY_ENDINGS, Stored, read_numpy
from phasekit.runtime.errors import InputError
from phasekit.runtime.suggest import near
from phasekit.runtime.text import read_text

SEPARATORS = re.compile(r"\s*[,;]\s*|\s+")


def read_column(path: Path, column: int | str = 0) -> Stored:
    """Read (frames,) numbers: those of an .npy file, or a column of a text file.

    Columns are separated by commas, semicolons or blanks; `column` counts from 0, or is a name in the first
    line, which may begin with #. Raises InputError for text that is not a number and for an absent column.
    """
    if path.suffix.lower() in NUMPY_ENDINGS:
        stored = read_numpy(path)
        if stored.array.ndim != 1:
            raise InputError(f"{path} has shape {stored.array.shape}; one number per frame is required")
        return stored
    rows = [SEPARATORS.split(line.strip()) for line in read_text(path).split("\n") if line.strip()]
    names: list[str] = []
    while rows and not _number(rows[0][0]):
        names = [name.lstrip("#") for name in rows.pop(0) if name != "#"]
    if isinstance(column, str):
        if column not in names:
            raise InputError(f"{path} has no column '{column}'; {near(column, names)}")
        column = names.index(column)
    values = []
    for number, row in enumerate(row for row in rows if not row[0].startswith("#")):
        if column >= len(row) or not _number(row[column]):
            found = f"'{row[column]}'" if column < len(row) else f"{len(row)} columns"
            raise InputError(f"{path}: row {number} has {found} where column {column} should be a number")
        values.append(float(row[column]))
    return Stored(f"{path}: column {column}", np.array(values))


def _number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
