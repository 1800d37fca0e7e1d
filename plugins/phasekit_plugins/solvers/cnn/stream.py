"""Streams of patterns through a trained network: on a GPU, the same launch repeatedly."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from phasekit import Geometry, fourier
from phasekit.training.trained import TrainedNetwork

from .answers import Answers, judged, predicted
from .captured import Captured

Function = Callable[..., Sequence[Tensor]]

KEPT = 4
"""Captured graphs kept for each network, each with its own memory."""

_graphs: WeakKeyDictionary[TrainedNetwork, OrderedDict[tuple[object, ...], Captured | None]] = WeakKeyDictionary()
"""None if the network cannot be captured."""


def streamed(network: TrainedNetwork, counts: Tensor, believed: Tensor, geometry: Geometry) -> Answers:
    """Answer patterns (n, *detector) of a network's own shape, zero frequency at the centre, on their device.

    `believed` (n, *detector) bool says which counts to trust.
    """
    whole = bool(believed.all())

    def answer(counts: Tensor, believed: Tensor) -> Sequence[Tensor]:
        ndim = counts.ndim - 1
        valid = fourier.uncentred(believed, ndim)
        amplitude = fourier.uncentred(torch.where(believed, counts, 0).sqrt(), ndim)
        objects = predicted(network.module, amplitude, valid, whole=whole)[0]
        return judged(network.novelty, objects, amplitude, valid, geometry)

    with torch.inference_mode():
        function: Function = answer
        if counts.device.type == "cuda":
            key = (tuple(counts.shape), whole, geometry)
            function = _captured(network, key, answer, counts, believed)
        made = function(counts, believed)
    # Out of inference mode: callers may modify the tensors or continue from them.
    return Answers(*(tensor.clone() for tensor in made))


def _captured(network: TrainedNetwork, key: tuple[object, ...], answer: Function, *example: Tensor) -> Function:
    """Return the graph of this network for such patterns; the function itself if it cannot be captured."""
    graphs = _graphs.setdefault(network, OrderedDict())
    if key not in graphs:
        try:
            graphs[key] = Captured(answer, *example)
        except RuntimeError:  # a third-party network may synchronise during a pass
            torch.cuda.synchronize()
            graphs[key] = None
    graphs.move_to_end(key)
    while len(graphs) > KEPT:
        graphs.popitem(last=False)
    return graphs[key] or answer
