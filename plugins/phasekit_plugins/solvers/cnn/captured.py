"""A function of tensors as a CUDA graph: one launch instead of hundreds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

Function = Callable[..., Sequence[Tensor]]

WARMUP = 3
"""Calls before the capture, in which libraries choose algorithms and allocate workspaces."""


class Captured:
    """A function of tensors of fixed shapes on one GPU, recorded once and replayed with other values.

    The function must not synchronise (no `item`, no copy to the CPU). Raises RuntimeError if it
    does. Source: PyTorch's notes on CUDA semantics, "CUDA Graphs".
    """

    def __init__(self, function: Function, *example: Tensor) -> None:
        self.inputs = [tensor.clone() for tensor in example]
        device = self.inputs[0].device
        with torch.cuda.device(device):
            stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # torch has no type for it
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                for _ in range(WARMUP):
                    function(*self.inputs)
            torch.cuda.current_stream().wait_stream(stream)
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph):
                self.outputs = [*function(*self.inputs)]

    def __call__(self, *given: Tensor) -> list[Tensor]:
        """Return the function's result for tensors like those of the example."""
        for mine, theirs in zip(self.inputs, given, strict=True):
            mine.copy_(theirs)
        self.graph.replay()
        return [output.clone() for output in self.outputs]
