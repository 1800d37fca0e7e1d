"""The processes that train together: one, or as many as `torchrun` has started."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor

from phasekit.runtime.errors import InputError


@dataclass(frozen=True)
class Processes:
    """How many processes train one network together, and which of them this is."""

    rank: int = 0
    count: int = 1
    local: int = 0
    """Which of this machine's it is: its GPU."""

    @property
    def leads(self) -> bool:
        """Tell whether this is the process that writes files and speaks."""
        return self.rank == 0

    def mean(self, value: Tensor) -> Tensor:
        """Return the mean of `value` over all processes."""
        if self.count > 1:
            value = value.clone()
            dist.all_reduce(value)
            value /= self.count
        return value

    def agree(self, word: bool) -> bool:
        """Return what the leading process says."""
        if self.count == 1:
            return word
        said = torch.tensor([float(word)])
        if dist.get_backend() == "nccl":
            said = said.cuda()
        dist.broadcast(said, 0)
        return bool(said.item())


@contextmanager
def processes(device: torch.device) -> Iterator[Processes]:
    """Join the processes that `torchrun` has started: NCCL between GPUs, Gloo between CPUs; one where it has not.

    Raises InputError where there are more of them on a machine than it has GPUs.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield Processes()
        return
    rank, local = int(os.environ["RANK"]), int(os.environ.get("LOCAL_RANK", "0"))
    if device.type == "cuda":
        if local >= torch.cuda.device_count():
            raise InputError(
                f"torchrun has started process {local + 1} on a machine with {torch.cuda.device_count()} GPUs; take "
                "--nproc-per-node as many as there are, or device: cpu",
                "device",
            )
        torch.cuda.set_device(local)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", rank=rank, world_size=count)
    try:
        yield Processes(rank, count, local)
    finally:
        dist.destroy_process_group()
