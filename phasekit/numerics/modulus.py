"""The arithmetic of the modulus projection, optimised for memory bandwidth."""

from __future__ import annotations

import torch
from torch import Tensor

BLOCK = 1 << 18
"""Voxels per chunk on a CPU, so that intermediate results stay in its cache."""


def blocks(count: int, device: torch.device) -> list[slice]:
    """Divide `count` voxels into chunks that fit a CPU's cache; a GPU gets a single chunk."""
    size = BLOCK if device.type == "cpu" else max(count, 1)
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def impose_modulus(wave: Tensor, amplitude: Tensor, untrusted: Tensor) -> None:
    """Set the modulus of `wave` (*batch, *detector) to `amplitude` (*detector) in place, keeping its phase.

    Voxels with the flat indices `untrusted` are not changed; a wave of exactly zero stays zero.
    """
    flat = amplitude.reshape(-1)
    for member in wave.view(-1, flat.numel()):
        kept = member[untrusted]
        for part in blocks(flat.numel(), wave.device):
            torch.sgn(member[part], out=member[part]).mul_(flat[part])
        member[untrusted] = kept
