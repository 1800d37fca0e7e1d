"""The common part of HIO and RAAR: they change only the outside of the support."""

from __future__ import annotations

import torch
from torch import Tensor

from phasekit.numerics import modulus


def change_outside(fitted: Tensor, object: Tensor, support: Tensor, gain: float, less: float) -> None:
    """Add gain · (object − less · fitted) to `fitted` outside the support, in place.

    All are (*batch, *space). `torch.where` on complex numbers costs more than this arithmetic on a CPU.
    """
    new, old, inside = fitted.view(-1), object.reshape(-1), support.reshape(-1)
    for part in modulus.blocks(new.numel(), new.device):
        change = torch.sub(old[part], new[part], alpha=less).mul_(~inside[part])
        new[part].add_(change, alpha=gain)
