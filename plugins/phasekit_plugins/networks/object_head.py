"""From two channels to an object: how a network's last layer is read as amplitude and phase."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

Output = Literal["softplus", "sigmoid", "relu", "real-imaginary"]

OUTPUT = (
    "How the last layer becomes an object: its amplitude through softplus, sigmoid or ReLU with the phase through "
    "tanh, or its real and imaginary part."
)
SPAN = "The phase runs from minus this to this, radians; does not matter for real-imaginary."


def as_object(channels: Tensor, output: Output, span: float) -> Tensor:
    """Make (batch, 2, *box) real a complex (batch, *box)."""
    first, second = channels.float().unbind(1) if channels.dtype == torch.bfloat16 else channels.unbind(1)
    if output == "real-imaginary":
        return torch.complex(first, second)
    if output == "softplus":
        amplitude = functional.softplus(first)
    else:
        amplitude = torch.sigmoid(first) if output == "sigmoid" else torch.relu(first)
    return torch.polar(amplitude, span * torch.tanh(second))


DEFAULT_SPAN = math.pi
