"""Dataclasses of tensors to HDF5 and back, by field names, without pickle; files are written whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from torch import Tensor


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """Provide a temporary name beside `path`, and rename it to `path` if the block succeeds."""
    # Two containers that share a folder may have the same process number.
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(3)}")
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file completely or not at all."""
    with appearing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def save(path: Path, value: Any) -> None:
    """Write a dataclass of tensors, numbers, texts, None, tuples, mappings and such dataclasses."""
    with appearing(path) as temporary, h5py.File(temporary, "w") as file:
        _write(file, "value", value, {})


def restore(path: Path, types: Mapping[str, type], device: torch.device | str = "cpu") -> Any:
    """Read what `save` wrote; `types` are the dataclasses that may occur, by name."""
    with h5py.File(path, "r") as file:
        return _read(file["value"], types, torch.device(device), {})


def _write(group: h5py.Group, name: str, value: Any, known: dict[int, h5py.HLObject]) -> None:
    """Write a value; a tensor or dataclass that occurs again is a hard link to where it was written first."""
    if id(value) in known:
        group[name] = known[id(value)]
    elif isinstance(value, Tensor):
        item = group.create_dataset(name, data=value.detach().cpu().resolve_conj().resolve_neg().contiguous().numpy())
        item.attrs["kind"] = "tensor"
    elif value is None or isinstance(value, bool | int | float | str):
        item = group.create_dataset(name, data="" if value is None else value)
        item.attrs["kind"] = "none" if value is None else _word(value)
    elif isinstance(value, tuple | list) and value and all(_is_record(part) for part in value):
        # A table of thousands of measurements: one text is about a hundred times faster than a group for each.
        records = [[type(part).__name__, vars(part)] for part in value]
        item = group.create_dataset(name, data=json.dumps(records, default=dict))
        item.attrs["kind"] = "records"
    elif isinstance(value, tuple | list):
        item = group.create_group(name)
        item.attrs["kind"] = "tuple"
        for index, part in enumerate(value):
            _write(item, str(index), part, known)
    elif isinstance(value, Mapping):
        item = group.create_group(name, track_order=True)
        item.attrs["kind"] = "mapping"
        for key, part in value.items():
            # A name with a slash would be a path to HDF5.
            _write(item, str(key).replace("/", "∕"), part, known)
    elif is_dataclass(value):
        item = group.create_group(name)
        item.attrs["kind"] = f"dataclass {type(value).__name__}"
        for part in fields(value):
            # A field that is made when asked for is stored as it is kept.
            _write(item, part.name, vars(value).get(part.name, getattr(type(value), part.name, None)), known)
    else:
        raise TypeError(f"{name}: a {type(value).__name__} cannot be stored; use tensors, numbers, texts, mappings")
    if isinstance(value, Tensor) or (is_dataclass(value) and not _is_record(value)):
        known[id(value)] = group[name]


def _word(value: bool | int | float | str) -> str:
    """Return the name of the plain type of `value`, or of its base."""
    return next(kind.__name__ for kind in (bool, int, float, str) if isinstance(value, kind))


def _is_record(value: Any) -> bool:
    """Return whether `value` is a dataclass of plain values and mappings of plain values."""
    if not is_dataclass(value):
        return False
    parts = [getattr(value, part.name) for part in fields(value)]
    flat = [item for part in parts for item in (part.values() if isinstance(part, Mapping) else (part,))]
    return all(item is None or isinstance(item, bool | int | float | str) for item in flat)


def _read(item: Any, types: Mapping[str, type], device: torch.device, known: dict[Any, Any]) -> Any:
    """Read a value; what was stored once is one object again."""
    place = h5py.h5o.get_info(item.id).addr
    if place not in known:
        known[place] = _read_anew(item, types, device, known)
    return known[place]


def _read_anew(item: Any, types: Mapping[str, type], device: torch.device, known: dict[Any, Any]) -> Any:
    kind = str(item.attrs["kind"])
    if kind == "tensor":
        return torch.from_numpy(np.asarray(item[()])).to(device)
    if kind == "records":
        return tuple(types[name](**parts) for name, parts in json.loads(item[()]))
    if kind == "tuple":
        return tuple(_read(item[str(index)], types, device, known) for index in range(len(item)))
    if kind == "mapping":
        return {key.replace("∕", "/"): _read(part, types, device, known) for key, part in item.items()}
    if kind.startswith("dataclass "):
        parts = {key: _read(part, types, device, known) for key, part in item.items()}
        return types[kind.removeprefix("dataclass ")](**parts)
    make: dict[str, Callable[[Any], Any]] = {
        "bool": bool,
        "int": int,
        "float": float,
        "str": lambda v: v.decode(),
    }
    return None if kind == "none" else make[kind](item[()])
