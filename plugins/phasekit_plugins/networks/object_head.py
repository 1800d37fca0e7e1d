"""From two channels to an object: the network's last layer as amplitude and phase."""

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
SPAN = "A tanh limits the phase to plus or minus this, radians; by default it is unlimited."


def as_object(channels: Tensor, output: Output, span: float | None) -> Tensor:
    """Turn (batch, 2, *box) real into a complex (batch, *box)."""
    first, second = channels.float().unbind(1) if channels.dtype == torch.bfloat16 else channels.unbind(1)
    if output == "real-imaginary":
        return torch.complex(first, second)
    if output == "softplus":
        amplitude = functional.softplus(first)
    else:
        amplitude = torch.sigmoid(first) if output == "sigmoid" else torch.relu(first)
    phase = math.pi * second if span is None else span * torch.tanh(second)
    return torch.polar(amplitude, phase)
