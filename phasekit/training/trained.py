"""A cache of trained networks: each is read and built once for each file, device and dtype."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from warnings import warn

import torch
from torch import nn

from phasekit.runtime.errors import InputError
from phasekit.training.novelty import Novelty, feature_names
from phasekit.training.weights import Weights

KEPT = 8
"""Networks kept at most; the least recently used one is dropped."""


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """A network with its trained weights, ready to answer."""

    module: nn.Module
    weights: Weights
    novelty: Novelty | None
    """Whether data are like those of the training; None if the weights have no such detector."""

    @property
    def gate(self) -> Novelty | None:
        """The name of `novelty` in 0.1, which goes in 0.3."""
        warn("gate has a new name; write novelty", DeprecationWarning, stacklevel=2)
        return self.novelty


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
    stored = weights.about.get("gate")
    novelty = Novelty.from_plain(stored).to(device) if stored else None
    if novelty is not None and len(novelty.middle) != len(feature_names()):
        raise InputError(
            f"the novelty detector in {path} has {len(novelty.middle)} features, but this version of phasekit has "
            f"{len(feature_names())}; use weights of this version, or train again"
        )
    _cache[key] = TrainedNetwork(module, weights, novelty)
    while len(_cache) > KEPT:
        _cache.popitem(last=False)
    return _cache[key]


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, read again if its size or its time of modification has changed."""
    try:
        stat = path.stat()
    except OSError:
        return ""  # loading it raises the error
    place = (str(path.resolve()), stat.st_size, stat.st_mtime_ns)
    if place not in _hashes:
        _hashes[place] = hashlib.sha256(path.read_bytes()).hexdigest()
    return _hashes[place]
