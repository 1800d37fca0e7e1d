"""The modulus projection's arithmetic, written for memory bandwidth."""

from __future__ import annotations

import torch
from torch import Tensor

BLOCK = 1 << 18
"""Voxels worked on at a time on a CPU, so that what lies between two operations stays in its cache."""


def blocks(count: int, device: torch.device) -> list[slice]:
    """Cut `count` voxels into pieces that fit a CPU's cache; a GPU takes them whole."""
    size = BLOCK if device.type == "cpu" else max(count, 1)
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def impose_modulus(wave: Tensor, amplitude: Tensor, untrusted: Tensor) -> None:
    """Give `wave` (*batch, *detector) the modulus `amplitude` (*detector), in place, its phase kept.

    The voxels with the flat indices `untrusted` stay as they are; a wave of exactly zero stays zero.
    """
    flat = amplitude.reshape(-1)
    for member in wave.view(-1, flat.numel()):
        kept = member[untrusted]
        for part in blocks(flat.numel(), wave.device):
            torch.sgn(member[part], out=member[part]).mul_(flat[part])
        member[untrusted] = kept
