"""The processes that train together: one, or those started by `torchrun`."""

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
    """The number of processes that train one network together, and the rank of this one."""

    rank: int = 0
    count: int = 1
    local: int = 0
    """The rank on this machine, which is the index of its GPU."""

    @property
    def leads(self) -> bool:
        """Return whether this is the process that writes files and prints."""
        return self.rank == 0

    def mean(self, value: Tensor) -> Tensor:
        """Return the mean of `value` over all processes."""
        if self.count > 1:
            value = value.clone()
            dist.all_reduce(value)
            value /= self.count
        return value

    def agree(self, word: bool) -> bool:
        """Return the value of the leading process."""
        if self.count == 1:
            return word
        said = torch.tensor([float(word)])
        if dist.get_backend() == "nccl":
            said = said.cuda()
        dist.broadcast(said, 0)
        return bool(said.item())


@contextmanager
def processes(device: torch.device) -> Iterator[Processes]:
    """Join the processes started by `torchrun`: NCCL between GPUs, Gloo between CPUs; a single one without torchrun.

    Raises InputError if a machine has more processes than GPUs.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield Processes()
        return
    rank, local = int(os.environ["RANK"]), int(os.environ.get("LOCAL_RANK", "0"))
    if device.type == "cuda":
        if local >= torch.cuda.device_count():
            raise InputError(
                f"torchrun has started process {local + 1} on a machine with {torch.cuda.device_count()} GPUs; set "
                "--nproc-per-node to that number, or device: cpu",
                "device",
            )
        torch.cuda.set_device(local)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", rank=rank, world_size=count)
    try:
        yield Processes(rank, count, local)
    finally:
        dist.destroy_process_group()
