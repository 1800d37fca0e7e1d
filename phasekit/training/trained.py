"""Trained networks that are kept between calls: read and built once for each file, device and dtype."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from phasekit.runtime.errors import InputError
from phasekit.training.novelty import Gate, feature_names
from phasekit.training.weights import Weights

KEPT = 8
"""Networks that are kept at the most; the one that was asked for longest ago is dropped."""


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """A network with its trained weights, ready to answer."""

    module: nn.Module
    weights: Weights
    gate: Gate | None
    """Whether data are like those that it was trained on; None where the weights do not tell."""


_cache: OrderedDict[tuple[str, str, torch.dtype], TrainedNetwork] = OrderedDict()
_hashes: dict[tuple[str, int, int], str] = {}


def trained_network(path: Path, device: torch.device, dtype: torch.dtype) -> TrainedNetwork:
    """Return the network of a weights file; the module must not be changed. Raises InputError for other files."""
    key = (file_hash(path), str(device), dtype)
    if key in _cache:
        _cache.move_to_end(key)
        return _cache[key]
    weights = Weights.load(path)
    module = weights.network.drawn(weights.detector, weights.box, 0)
    module.load_state_dict({name: weights.tensors[name] for name in module.state_dict()})
    module.to(device, dtype).eval().requires_grad_(False)
    told = weights.about.get("gate")
    gate = Gate.told(told).to(device) if told else None
    if gate is not None and len(gate.middle) != len(feature_names()):
        raise InputError(
            f"the gate of {path} is set by {len(gate.middle)} features and this phasekit tells {len(feature_names())}; "
            "take weights of this version, or train anew"
        )
    _cache[key] = TrainedNetwork(module, weights, gate)
    while len(_cache) > KEPT:
        _cache.popitem(last=False)
    return _cache[key]


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, read again where its size or its time of change is another."""
    try:
        stat = path.stat()
    except OSError:
        return ""  # loading it says what is wrong
    place = (str(path.resolve()), stat.st_size, stat.st_mtime_ns)
    if place not in _hashes:
        _hashes[place] = hashlib.sha256(path.read_bytes()).hexdigest()
    return _hashes[place]
