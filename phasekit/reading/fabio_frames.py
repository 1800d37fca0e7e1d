"""Read detector frames in EDF and CBF, packed by gzip or bzip2 or not, through fabio."""

from __future__ import annotations

import bz2
import gzip
import logging
import re
from pathlib import Path
from typing import Any

import numpy as np

from phasekit.runtime.errors import InputError

FABIO_ENDINGS = (".edf", ".cbf")
PACKED = (".gz", ".bz2")
CBF_BINARY = b"\x0c\x1a\x04\xd5"
"""What stands before the picture in a CBF file."""


def is_fabio(path: Path) -> bool:
    """Tell by its name whether a file is read through fabio."""
    name = path.with_suffix("") if path.suffix.lower() in PACKED else path
    return name.suffix.lower() in FABIO_ENDINGS


def fabio_pages(path: Path) -> tuple[list[np.ndarray[Any, Any] | str], bool]:
    """Return every frame of a file, or why it cannot be read, and whether the file is whole.

    fabio 2026 pads a truncated EDF file with zeros and says so in its log only, and does not return from some truncated
    CBF files.
    """
    import fabio

    try:
        if ".cbf" in path.name.lower() and (why := _cut_cbf(path)):
            return [why], True
        with _Warnings() as warnings, fabio.open(str(path)) as file:
            pages: list[np.ndarray[Any, Any] | str] = []
            for k in range(file.nframes):
                data = np.asarray(file.get_frame(k).data)
                pages.append(data.astype(data.dtype.newbyteorder("=")))
    except InputError:
        raise
    except Exception as error:  # fabio raises whatever its parsers do
        return [f"truncated or damaged ({error})"], True
    if any("incomplete" in text for text in warnings.texts):
        return [*pages[:-1], "it is truncated"], True
    return pages, True


def _cut_cbf(path: Path) -> str | None:
    """Return why a CBF file is no whole one; None if it is."""
    content = path.read_bytes()
    if path.suffix.lower() in PACKED:
        content = gzip.decompress(content) if path.suffix.lower() == ".gz" else bz2.decompress(content)
    at = content.find(CBF_BINARY)
    size = re.search(rb"X-Binary-Size:\s*(\d+)", content[:at]) if at >= 0 else None
    if size is None:
        return "truncated, or no CBF file (it has no picture)"
    return "it is truncated" if len(content) < at + len(CBF_BINARY) + int(size[1]) else None


class _Warnings(logging.Handler):
    """Collects what fabio logs, in place of a print."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())

    def __enter__(self) -> _Warnings:
        log = logging.getLogger("fabio")
        self.before = log.propagate
        log.addHandler(self)
        log.propagate = False
        return self

    def __exit__(self, *_: object) -> None:
        log = logging.getLogger("fabio")
        log.removeHandler(self)
        log.propagate = self.before
