"""From two channels to an object: how a network's last layer is read as amplitude and phase."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

Output = Literal["softplus", "sigmoid", "relu", "real-imaginary"]

OUTPUT = (
    "How the last layer becomes an object: as amplitude, through softplus, sigmoid or ReLU, and phase; or as real "
    "and imaginary part."
)
SPAN = "The phase is held between minus this and this by a tanh, radians; none lets it run free."


def as_object(channels: Tensor, output: Output, span: float | None) -> Tensor:
    """Make (batch, 2, *box) real a complex (batch, *box)."""
    first, second = channels.float().unbind(1) if channels.dtype == torch.bfloat16 else channels.unbind(1)
    if output == "real-imaginary":
        return torch.complex(first, second)
    if output == "softplus":
        amplitude = functional.softplus(first)
    else:
        amplitude = torch.sigmoid(first) if output == "sigmoid" else torch.relu(first)
    phase = math.pi * second if span is None else span * torch.tanh(second)
    return torch.polar(amplitude, phase)
