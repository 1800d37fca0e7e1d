"""Follow the links of HDF5 files to what they lead to; a link that leads nowhere says to where."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import h5py

from phasekit.reading.hdf5_file import hdf5_errors, names_in, opened_hdf5
from phasekit.runtime.errors import InputError

MOST_LINKS = 32
"""Links that are followed one after the other before they count as a circle."""


@dataclass(frozen=True, eq=False)
class Found:
    """What a name leads to."""

    item: h5py.Dataset | h5py.Group | None
    lost: str = ""
    """For None, if a link is broken: part of a sentence, ": it is a link to lima.h5, which is not there"."""


@contextmanager
def followed(group: h5py.Group, name: str) -> Iterator[Found]:
    """Follow hard, soft and external links; files opened on the way are open as long as the context."""
    with ExitStack() as files:
        with hdf5_errors(f"{group.file.filename}: '{name}'"):
            found = _walk(group, name, files, 0)
        yield found


def _walk(group: h5py.Group, name: str, files: ExitStack, links: int) -> Found:
    here: Any = group.file["/"] if name.startswith("/") else group
    for part in name.split("/"):
        if part in ("", "."):
            continue
        link = here.get(part, getlink=True) if isinstance(here, h5py.Group) else None
        if link is None:
            return Found(None)
        if isinstance(link, h5py.SoftLink | h5py.ExternalLink):
            found = _through(here, link, files, links + 1)
            if found.item is None:
                return found
            here = found.item
        else:
            here = here[part]
    return Found(here if isinstance(here, h5py.Dataset | h5py.Group) else None)


def _through(group: h5py.Group, link: h5py.SoftLink | h5py.ExternalLink, files: ExitStack, links: int) -> Found:
    """Follow one link of a group."""
    external = isinstance(link, h5py.ExternalLink)
    target = f": it is a link to '{link.path}'" + (f" in {link.filename}" if external else "")
    if links > MOST_LINKS:
        return Found(None, f"{target}, in a circle")
    if external:
        file = source_file(link.filename, Path(group.file.filename), "HDF5_EXT_PREFIX")
        if file is None:
            return Found(None, f": it is a link to {link.filename}, which is not there{where_to_copy(link.filename)}")
        try:
            group = files.enter_context(opened_hdf5(file))["/"]
        except InputError as error:
            return Found(None, f"{target}: {error}")
    found = _walk(group, link.path, files, links)
    return found if found.item is not None else Found(None, target + (found.lost or ", which is absent"))


def source_file(name: str, beside: Path, variable: str) -> Path | None:
    """Return the file that another one, `beside`, names; None if it is absent.

    It is looked for as HDF5 does: by an absolute name, in the folders of the environment `variable`, beside the
    file, in the working folder, and beside the file to which `beside` is a symbolic link.
    """
    if Path(name).is_absolute() and Path(name).is_file():
        return Path(name)
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).is_absolute():
        name = PureWindowsPath(name).name
    for folder in folders(beside, variable):
        for spelling in (name, name.replace("\\", "/")):
            if (folder / spelling).is_file():
                return folder / spelling
    return None


def where_to_copy(name: str) -> str:
    """Return the advice for a source file that is absent."""
    named = PurePosixPath(name.replace("\\", "/"))
    relative = not (PurePosixPath(name).is_absolute() or PureWindowsPath(name).is_absolute())
    return f"; copy it to {named} beside the file" if relative and len(named.parts) > 1 else "; copy it beside the file"


def folders(beside: Path, variable: str) -> list[Path]:
    """Return the folders in which files that are named in `beside` are looked for, in order."""
    given = [part for part in os.environ.get(variable, "").split(os.pathsep) if part]
    prefixes = [Path(part.replace("${ORIGIN}", str(beside.parent))) for part in given]
    return [*prefixes, beside.parent, Path(), beside.resolve().parent]


class DataSets(Mapping[str, tuple[int, ...]]):
    """The data sets of an open file or group, name -> shape, with those behind links; read when asked for."""

    def __init__(self, group: h5py.Group) -> None:
        self._group = group

    def __getitem__(self, name: str) -> tuple[int, ...]:
        with followed(self._group, name) as found:
            if isinstance(found.item, h5py.Dataset):
                return tuple(found.item.shape or ())
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (name for name, text in listed(self._group) if not text.startswith(":"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def listed(group: h5py.Group, prefix: str = "", above: tuple[h5py.Group, ...] = ()) -> Iterator[tuple[str, str]]:
    """Yield names of data sets with their shapes as text, and those of broken links with the reason, after ":"."""
    for key in names_in(group):
        with hdf5_errors(f"{group.file.filename}: '{prefix}{key}'"):
            link = group.get(key, getlink=True)
        with followed(group, key) as found:
            if isinstance(found.item, h5py.Dataset):
                yield f"{prefix}{key}", str(tuple(found.item.shape or ()))
            elif found.item is None and found.lost:
                yield f"{prefix}{key}", found.lost
            elif found.item is not None and not isinstance(link, h5py.SoftLink):
                inner = (*above, group)
                if found.item not in inner:
                    yield from listed(found.item, f"{prefix}{key}/", inner)
