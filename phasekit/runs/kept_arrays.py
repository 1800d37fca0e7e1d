"""Arrays given from Python, stored in the run folder, so that its recipe can name them as files."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import numpy as np

from phasekit.core.plugin import Plugin
from phasekit.core.source import Source, is_array
from phasekit.reading.in_memory import InMemory
from phasekit.runs.folder import ARRAYS
from phasekit.runtime import storage
from phasekit.runtime.errors import InputError


class KeptArrays:
    """Writes arrays into a run folder; a context that removes them if the run is refused."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / ARRAYS
        self.new: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Remove the arrays of a run that was refused before it began."""
        if kind is None or not issubclass(kind, InputError):
            return
        for path in self.new:
            path.unlink(missing_ok=True)
        for folder in (self.folder, self.folder.parent):
            with suppress(OSError):  # it has other files
                folder.rmdir()

    def named(self, source: Any) -> Any:
        """Return a source whose arrays are replaced by the paths of files; any other one unchanged."""
        source = Source.shorthand(source)
        if isinstance(source, Plugin):
            options = {key: getattr(source, key) for key in source.model_fields_set}
            if not any(isinstance(value, InMemory) for value in options.values()):
                return source
            source = {**options, "name": source.name}
        if not isinstance(source, Mapping):
            return source
        return {key: self._written(value, key) for key, value in source.items()}

    def _written(self, value: Any, option: str) -> Any:
        """Write an array to a file named after its content, and return the path; return anything else unchanged."""
        if not isinstance(value, InMemory) and not is_array(value):
            return value
        content = io.BytesIO()
        np.save(content, (value if isinstance(value, InMemory) else InMemory.of(value)).array, allow_pickle=False)
        path = (self.folder / f"{option}-{hashlib.sha256(content.getbuffer()).hexdigest()[:12]}.npy").resolve()
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            with storage.appearing(path) as unfinished:
                unfinished.write_bytes(content.getvalue())
            self.new.append(path)
        return str(path)
