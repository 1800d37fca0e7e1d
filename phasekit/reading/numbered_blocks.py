"""Join the numbered data sets of a group, data_000001, data_000002 …, as one scan."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from phasekit.reading.hdf5_box import Box, Labels, Region, shape_of
from phasekit.reading.hdf5_file import names_in
from phasekit.reading.hdf5_links import followed
from phasekit.reading.hdf5_selection import shape_of_data
from phasekit.reading.hdf5_virtual import read_region
from phasekit.runtime.errors import InputError

NUMBERED = re.compile(r"(.*?)(\d+)")
DETECTOR = "entry/instrument/detector/detectorSpecific"
"""Where Eiger's master files give the number of images."""


@dataclass(frozen=True)
class Block:
    """One of the data sets, in a group."""

    name: str
    first: int
    """Its first frame, in the scan."""
    frames: int
    lost: str = ""
    """Why it cannot be read."""


@dataclass(frozen=True, eq=False)
class Series:
    """The blocks of a scan, in order and without gaps."""

    group: h5py.Group
    blocks: tuple[Block, ...]
    frame: tuple[int, ...]
    """The shape of a frame."""
    dtype: np.dtype[Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """(frames, rows, columns)."""
        return (self.blocks[-1].first + self.blocks[-1].frames, *self.frame)

    def read(self, region: Region) -> Box:
        """Read a region of the scan."""
        array, labels, frames = np.zeros(shape_of(region), self.dtype), Labels(shape_of(region)), region[0]
        for block in self.blocks:
            low, high = max(block.first, frames.start), min(block.first + block.frames, frames.stop)
            if low >= high:
                continue
            place = slice(low - frames.start, high - frames.start)
            if block.lost:
                labels.mark(place, block.lost)
                continue
            with followed(self.group, block.name) as found:
                part = (slice(low - block.first, high - block.first), *region[1:])
                box = read_region(found.item, part, self.dtype)
            array[place] = box.array
            labels.take(place, box, box.labels)
        return labels.box(array)


@dataclass(frozen=True, eq=False)
class _Seen:
    """A numbered name of a group."""

    name: str
    shape: tuple[int, ...] = ()
    dtype: np.dtype[Any] | None = None
    low: int | None = None
    """Number of its first image, from 1, if the file states it."""
    lost: str = ""


def series(group: h5py.Group) -> Series | None:
    """Return the numbered blocks of frames in a group; None if there are none, or several series.

    Raises InputError for blocks of different frames, and if the length of an absent block is unknown.
    """
    found: dict[str, dict[int, _Seen]] = {}
    for name in names_in(group):
        if match := NUMBERED.fullmatch(name):
            found.setdefault(match[1], {})[int(match[2])] = _seen(group, name)
    stacks = [
        numbered
        for numbered in found.values()
        if all(seen.lost or len(seen.shape) == 3 for seen in numbered.values())
        and not all(seen.lost for seen in numbered.values())
    ]
    if len(stacks) != 1:
        return None
    numbered = dict(sorted(stacks[0].items()))
    frames = {(seen.shape[1:], seen.dtype) for seen in numbered.values() if not seen.lost}
    if len(frames) > 1:
        kinds = ", ".join(f"{seen.name} {seen.shape} {seen.dtype}" for seen in numbered.values() if not seen.lost)
        raise InputError(f"{_place(group)} has blocks of different frames: {kinds}; name one of them")
    frame, dtype = frames.pop()
    return Series(group, tuple(_placed(group, numbered)), frame, np.dtype(dtype))


def _seen(group: h5py.Group, name: str) -> _Seen:
    with followed(group, name) as found:
        if isinstance(found.item, h5py.Dataset):
            low = found.item.attrs.get("image_nr_low")
            number = None if low is None else int(np.ravel(low)[0])
            return _Seen(name, shape_of_data(found.item), found.item.dtype, number)
        return _Seen(name, lost=found.lost.removeprefix(": "))


def _placed(group: h5py.Group, numbered: Mapping[int, _Seen]) -> list[Block]:
    """Return the blocks with their places, and the absent ones between them."""
    stated = _by_image_number(numbered)
    usual = _usual(numbered)
    blocks: list[Block] = []
    at = 0
    for number in range(min(numbered), max(numbered) + 1):
        seen = numbered.get(number) or _Seen(_name(numbered, number), lost="absent")
        first = stated.get(number, at)
        if first > at and not (blocks and blocks[-1].lost):
            blocks.append(Block(seen.name, at, first - at, "absent"))
        frames = seen.shape[0] if not seen.lost else _length(group, numbered, number, at, stated, usual)
        blocks.append(Block(seen.name, first, frames, f"{seen.name} {_reason(seen)}" if seen.lost else ""))
        at = first + frames
    return blocks


def _reason(seen: _Seen) -> str:
    return "is absent" if seen.lost == "absent" else f"cannot be read: {seen.lost}"


def _length(
    group: h5py.Group, numbered: Mapping[int, _Seen], number: int, at: int, stated: Mapping[int, int], usual: int | None
) -> int:
    """Return the number of frames in an absent block; raises InputError if it is unknown."""
    later = [k for k in numbered if k > number and not numbered[k].lost]
    lost = sum(1 for k in range(number, later[0]) if k not in numbered or numbered[k].lost) if later else 0
    if later and later[0] in stated:
        return (stated[later[0]] - at) // lost
    if later and usual is not None:
        return usual
    total = None if later else _total(group)
    if total is not None and max(numbered) == number and total > at:
        return total - at
    seen = numbered.get(number) or _Seen(_name(numbered, number), lost="absent")
    present = next(other.name for other in numbered.values() if not other.lost)
    raise InputError(
        f"{_place(group)}: {seen.name} {_reason(seen)}, and how many frames it has is unknown; copy its file beside "
        f"the others, or name one block: {group.name.strip('/')}/{present}"
    )


def _by_image_number(numbered: Mapping[int, _Seen]) -> dict[int, int]:
    """Return the first frame of each block by the image numbers in the files, if all have them and they fit."""
    present = {number: seen for number, seen in numbered.items() if not seen.lost}
    places: dict[int, int] = {}
    end = 0
    for number, seen in present.items():
        if seen.low is None or seen.low - 1 < end:
            return {}
        places[number] = seen.low - 1
        end = places[number] + seen.shape[0]
    return places


def _usual(numbered: Mapping[int, _Seen]) -> int | None:
    """Return the number of frames that all blocks but the last have; None if they differ."""
    lengths = [seen.shape[0] for number, seen in numbered.items() if not seen.lost and number != max(numbered)]
    counted = Counter(lengths)
    return next(iter(counted)) if len(counted) == 1 else None


def _total(group: h5py.Group) -> int | None:
    """Return the number of frames that a master file of Eiger states."""
    numbers = []
    for name in ("nimages", "ntrigger"):
        with followed(group, f"/{DETECTOR}/{name}") as found:
            if not isinstance(found.item, h5py.Dataset) or found.item.size != 1:
                return None
            numbers.append(int(np.ravel(found.item[()])[0]))
    return numbers[0] * numbers[1]


def _name(numbered: Mapping[int, _Seen], number: int) -> str:
    model = next(iter(numbered.values())).name
    return re.sub(r"\d+$", lambda digits: f"{number:0{len(digits[0])}d}", model)


def _place(group: h5py.Group) -> str:
    return f"{group.file.filename}: '{group.name.strip('/')}'"


def shortened(names: Sequence[tuple[str, str]]) -> list[str]:
    """Return names and texts for a message; a numbered series takes one entry."""
    entries: dict[str, list[tuple[str, str]]] = {}
    for name, text in names:
        match = NUMBERED.fullmatch(name)
        entries.setdefault(f"{match[1]}#" if match else name, []).append((name, text))
    lines = []
    for several in entries.values():
        (first, text), (last, _) = several[0], several[-1]
        lost = [f"{name}{why}" for name, why in several if why.startswith(":")]
        if len(several) < 3 and not (len(several) == 2 and "/" in first and not lost):
            lines += [f"{name}{why}" if why.startswith(":") else f"{name} {why}" for name, why in several]
        else:
            lines += [f"{first} … {last.rpartition('/')[2]} {text}", *lost[:1]]
    return lines
