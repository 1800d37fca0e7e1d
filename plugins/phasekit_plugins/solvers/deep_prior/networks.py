"""Networks of a deep prior: their shapes, their weights, and a pass through them, one by one or all at once."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor, nn

from phasekit import Problem, fourier
from phasekit.training.weights import Weights

from .options import DeepPriorOptions

NUISANCE = "nuisance."
"""Prefix of the names of nuisance parameters among those of the network."""

CODE = "input.code"
"""Key of the noise code in a weights file."""
SPARE = 1.25
"""The estimated box over the extent from the autocorrelation: pointed ends are too faint to show there."""

Parameters = Mapping[str, Tensor]


def object_box(problem: Problem, which: Literal["half", "estimated"]) -> fourier.Box:
    """Return the region that the network fills: inside the support's box, the middle half, or the estimated box."""
    sizes = [side.stop - side.start for side in fourier.half_box(problem.space)]
    if which == "estimated":
        # Untrusted values are ignored.
        trusted = replace(problem, intensity=torch.where(problem.valid, problem.intensity, 0))
        extents = [n / ratio for n, ratio in zip(problem.space, trusted.oversampling(), strict=True)]
        sizes = [min(size, math.ceil(SPARE * e) + 2) if e > 0 else size for size, e in zip(sizes, extents, strict=True)]
    box: list[slice[int, int]] = []
    for n, size, tight in zip(problem.space, sizes, fourier.bounding_box(problem.support), strict=True):
        middle = slice(n // 2 - size // 2, n // 2 - size // 2 + size)
        first, last = max(tight.start, middle.start), min(tight.stop, middle.stop)
        box.append(slice(first, last) if last > first else middle)
    return tuple(box)


class Networks:
    """One network's form, and passes through copies of it with different weights."""

    def __init__(self, solver: DeepPriorOptions, problem: Problem) -> None:
        self.solver, self.problem = solver, problem
        self.box = object_box(problem, solver.box)
        self.sizes = tuple(side.stop - side.start for side in self.box)
        self.input_shape = solver.network.input_shape(problem.detector, self.sizes)
        # Its own weights are never used: every pass gets others.
        self.form = solver.network.drawn(problem.detector, self.sizes, 0).to(problem.device, problem.intensity.dtype)

        stored = None if solver.weights is None else Weights.load(solver.weights).tensors
        self.stored = stored
        self.code = None if stored is None or CODE not in stored else self._here(stored[CODE])

    def _here(self, tensor: Tensor) -> Tensor:
        return tensor.detach().to(self.problem.device, self.problem.intensity.dtype, copy=True)

    def drawn(self, seed: int) -> dict[str, Tensor]:
        """Return the initial weights: the file's, or those that `seed` draws, and the nuisance parameters."""
        if self.stored is not None:
            tensors = {name: self.stored[name] for name, _ in self.form.named_parameters()}
        else:
            tensors = dict(self.solver.network.drawn(self.problem.detector, self.sizes, seed).named_parameters())
        begin = {"coherence": [-1.0] * self.problem.ndim, "background": -6.0, "centre": [0.0] * self.problem.ndim}
        tensors |= {NUISANCE + name: torch.tensor(begin[name]) for name in self.solver.nuisance}
        return {name: self._here(tensor) for name, tensor in tensors.items()}

    def objects(self, parameters: Sequence[Parameters], inputs: Tensor) -> Tensor:
        """Apply networks: parameters of n of them, inputs (n, *input_shape) -> (n, *box) complex."""
        weights = [{k: v for k, v in one.items() if not k.startswith(NUISANCE)} for one in parameters]
        mixed = self.solver.precision == "mixed"
        with torch.autocast(inputs.device.type, torch.bfloat16, enabled=mixed):
            if len(weights) == 1:
                parts = self._one(weights[0], inputs)
            else:
                stacked = {name: torch.stack([one[name] for one in weights]) for name in weights[0]}
                parts = torch.func.vmap(self._one)(stacked, inputs[:, None])[:, 0]
        return parts.to(self.problem.complex_dtype)

    def _one(self, weights: Parameters, inputs: Tensor) -> Tensor:
        found: Tensor = torch.func.functional_call(self.form, dict(weights), (inputs,))
        return found

    def nuisance(self, parameters: Sequence[Parameters]) -> dict[str, Tensor]:
        """Return the nuisance from the parameters of n networks, with the background relative to the mean."""

        def stacked(name: str) -> Tensor:
            return torch.stack([one[NUISANCE + name] for one in parameters])

        read = {
            "coherence": nn.functional.softplus,
            "background": nn.functional.softplus,
            "centre": lambda centre: centre,
        }
        return {name: read[name](stacked(name)) for name in self.solver.nuisance}

    def bytes_needed(self) -> int:
        """Return roughly the memory of one network during an update."""
        kept = 0

        def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            nonlocal kept
            # The output and its gradient, and on a CPU the stacked slices of the input.
            kept += 2 * output.numel() + (3 * inputs[0].numel() if any(p.ndim > 3 for p in module.parameters()) else 0)

        form = copy.deepcopy(self.form).to("meta")
        for module in form.modules():
            if not any(module.children()):
                module.register_forward_hook(count)
        with torch.no_grad():
            form(torch.empty(1, *self.input_shape, device="meta", dtype=self.problem.intensity.dtype))
        weights = sum(parameter.numel() for parameter in form.parameters())
        size = self.problem.intensity.itemsize
        return size * (kept + 8 * weights + 16 * math.prod(self.problem.detector))
