"""Read a zipped folder as if it were unpacked."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from phasekit.reading.arrays import Arrays
from phasekit.reading.stored import Stored
from phasekit.runtime.errors import InputError


def read_zipped(path: Path, read: Callable[[Path], Arrays]) -> Arrays:
    """Unpack `path` into a temporary folder, `read` that, and remove it again; messages name the zip file.

    Raises InputError for other files, and for a damaged zip file.
    """
    with tempfile.TemporaryDirectory(prefix="phasekit-") as temporary:
        try:
            with zipfile.ZipFile(path) as packed:
                packed.extractall(temporary)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:  # RuntimeError: encrypted
            raise InputError(f"{path} cannot be unpacked ({error}); name a folder, or a whole zip file") from error
        folder, inside = Path(temporary), sorted(Path(temporary).iterdir())
        if len(inside) == 1 and inside[0].is_dir():
            folder = inside[0]
        try:
            found = read(folder)
        except InputError as error:
            raise InputError(str(error).replace(str(folder), str(path)), error.place) from error
    arrays = {name: part for name, part in vars(found).items() if isinstance(part, Stored)}
    renamed: dict[str, Any] = {
        name: replace(part, place=part.place.replace(str(folder), str(path))) for name, part in arrays.items()
    }
    return replace(found, notes=tuple(note.replace(str(folder), str(path)) for note in found.notes), **renamed)
