"""Open HDF5 files; "being written", "damaged" and "not HDF5" are different reasons."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import h5py

from phasekit.runtime.errors import InputError

SIGNATURE = b"\x89HDF\r\n\x1a\n"
SIGNATURE_PLACES = (0, 512, 1024, 2048, 4096, 8192)
"""Where the signature may stand: a user block, as in MATLAB files, comes before it."""
MATLAB_5 = b"MATLAB 5.0 MAT-file"
LOCKED = (errno.EAGAIN, errno.EACCES)
MARKED = "already open for"
"""What HDF5 says of a file whose writer has left its mark in it: of one in SWMR mode too."""
DRIVER = "phasekit"
"""Reads the rows of a region one by one where they are not stored in chunks, not all that lies between them."""
CACHE = 2**18
"""Bytes. HDF5 reads smaller chunks whole, which is faster; of larger ones without compression, what is asked for."""


def _set_driver(access: h5py.h5p.PropFAID) -> None:
    access.set_fapl_sec2()
    access.set_sieve_buf_size(1)


@contextmanager
def opened_hdf5(path: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file; raises InputError with the reason if that fails.

    A file that is being written in SWMR mode is opened, and holds what has been written so far.
    """
    with _open(path) as file:
        yield file


@contextmanager
def hdf5_errors(place: str) -> Iterator[None]:
    """Turn errors of h5py and numpy into an InputError about `place`."""
    try:
        yield
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(f"{place} is larger than the free memory ({error}); read a part of it") from error
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise InputError(f"{place} is unreadable ({error}); the file is damaged: copy it again") from error


def names_in(group: h5py.Group) -> list[str]:
    """Return the names in a group; raises InputError if it is damaged."""
    with hdf5_errors(f"{group.file.filename}: '{group.name}'"):
        return list(group)


def _open(path: Path) -> h5py.File:
    import hdf5plugin  # noqa: F401  # lets h5py read bitshuffle, LZ4, zstd …; takes 0.2 s

    if DRIVER not in h5py.registered_drivers():
        h5py.register_driver(DRIVER, _set_driver)
    try:
        return h5py.File(path, "r", driver=DRIVER, rdcc_nbytes=CACHE)
    except (OSError, RuntimeError, ValueError) as error:
        if MARKED in str(error):  # of a damaged file, SWMR mode would read every piece again and again
            with suppress(OSError, RuntimeError, ValueError):
                return h5py.File(path, "r", driver=DRIVER, rdcc_nbytes=CACHE, swmr=True)
        raise InputError(f"{path} cannot be read: {_reason(path, error)}") from error


def _reason(path: Path, error: Exception) -> str:
    """Return why a file could not be opened, and what to do."""
    text = str(error)
    if "unable to lock" in text and getattr(error, "errno", None) in LOCKED:
        return "it is still being written, by a program that has locked it; wait until that has closed it"
    if MARKED in text:
        return (
            "it was not closed by the program that writes it; wait until it is, or, if that program has ended, mend "
            f"the file with HDF5's tool: h5clear --status {path}"
        )
    if isinstance(error, PermissionError) or "Permission denied" in text:
        return "you have no permission to read it; ask its owner"
    if path.is_dir():
        return "it is a folder; name a file"
    if not path.is_file():
        return "it is not there"
    return _content(path, text)


def _content(path: Path, text: str) -> str:
    """Return what is wrong with the content of a file."""
    try:
        with path.open("rb") as file:
            start = file.read(SIGNATURE_PLACES[-1] + len(SIGNATURE))
    except OSError as error:
        return f"{error}; copy it again"
    if any(start[place : place + len(SIGNATURE)] == SIGNATURE for place in SIGNATURE_PLACES):
        what = "it is truncated" if "truncated" in text else "it is damaged"
        return f"{what} ({text}); copy it again"
    if start.startswith(MATLAB_5):
        return "it is a MATLAB file of an older format, not an HDF5 file; save it in MATLAB with the option -v7.3"
    return "it is not an HDF5 file, but empty; copy it again" if not start else "it is not an HDF5 file"
