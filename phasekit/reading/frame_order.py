"""The order of frames that are one file each: by the one number that varies in their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from math import gcd
from pathlib import Path

from phasekit.runtime.errors import InputError

NUMBER = re.compile(r"(?:(?<![0-9A-Za-z)\]])-)?\d+(?:\.\d+)?")
"""A number in a name: whole or decimal, with a minus after anything but a letter or a digit."""


def in_order(files: Sequence[Path]) -> list[Path | str]:
    """Return files in the order of their frames; a name (text) stands for a whole number that is left out.

    Raises InputError for a name unlike the others, for a number that two files have, and if numbers vary that do not
    agree on one order.
    """
    if len(files) < 2:
        return list(files)
    words = {file: NUMBER.sub("#", file.stem) + file.suffix.lower() for file in files}
    usual = max(set(words.values()), key=lambda word: (list(words.values()).count(word), word))
    like = [file for file in files if words[file] == usual]
    if other := next((file for file in files if words[file] != usual), None):
        raise InputError(
            f"{other.parent}: {other.name} is not named as {like[0].name} and {len(like) - 1} others are; say with "
            f"frames which files are the frames, by a pattern such as '{_pattern(like)}'",
            "source.frames",
        )
    texts = {file: NUMBER.findall(file.stem) for file in files}
    varying = [k for k in range(len(texts[files[0]])) if len({texts[file][k] for file in files}) > 1]
    deciding = [k for k in varying if _orders_agree([texts[file][k] for file in files])]
    for k in deciding:
        ordered = sorted(files, key=lambda file: float(texts[file][k]))
        if all(_rises([float(texts[file][other]) for file in ordered]) for other in varying):
            return _with_gaps(ordered, [texts[file][k] for file in ordered])
    _refuse(files, [[texts[file][k] for file in files] for k in varying])
    raise AssertionError


def _orders_agree(texts: list[str]) -> bool:
    """Tell whether a number is different in every name, and means one order: 1.9 and 1.10 may be decimals or not."""
    values = [float(text) for text in texts]
    parts = [tuple(int(part) for part in text.lstrip("-").split(".")) for text in texts]
    decimals = {len(text.partition(".")[2]) for text in texts}
    if len(set(values)) < len(values):
        return False
    by_value, by_parts = (sorted(range(len(texts)), key=keys.__getitem__) for keys in (values, parts))
    return len(decimals) == 1 or min(values) < 0 or by_value == by_parts


def _rises(values: list[float]) -> bool:
    return all(one <= other for one, other in pairwise(values))


def _with_gaps(ordered: list[Path], texts: list[str]) -> list[Path | str]:
    """Return the files, with the expected name where a whole number of an otherwise even series is left out."""
    if not all(re.fullmatch(r"\d+", text) for text in texts):
        return list(ordered)
    numbers = [int(text) for text in texts]
    step = gcd(*(other - one for one, other in pairwise(numbers)))
    wanted = range(numbers[0], numbers[-1] + 1, step)
    if len(wanted) > 2 * len(numbers):
        return list(ordered)
    there = dict(zip(numbers, ordered, strict=True))
    return [there.get(number, f"number {number} (beside {ordered[0].name})") for number in wanted]


def _pattern(files: Sequence[Path]) -> str:
    """Return a pattern of names that these files have."""
    return re.sub(r"\*(?:[-.]?\*)+", "*", NUMBER.sub("*", files[0].stem)) + files[0].suffix


def _refuse(files: Sequence[Path], varying: list[list[str]]) -> None:
    """Raise InputError for numbers that do not say the order."""
    shown = " and ".join(f"{texts[0]} … {texts[-1]}" for texts in varying)
    what = f"{len(varying)} numbers vary" if len(varying) > 1 else "one number varies"
    raise InputError(
        f"{files[0].parent}: the order of {len(files)} frames, {files[0].name} to {files[-1].name}, is unknown: {what} "
        f"in their names ({shown}) and no one of them orders all; say with frames which files to use, by a pattern "
        "that leaves one number to vary, or rename them to end in a number",
        "source.frames",
    )
