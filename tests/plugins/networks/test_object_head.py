from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
import torch

from phasekit_plugins.networks.object_head import Output, as_object

OUTPUTS = get_args(Output)


@pytest.mark.parametrize("output", OUTPUTS)
def test_the_last_layer_is_read_as_the_option_says(output: Output) -> None:
    channels = torch.randn((2, 2, 4, 3), dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    first, second = channels[:, 0].numpy(), channels[:, 1].numpy()
    amplitude = {
        "softplus": np.log1p(np.exp(first)),
        "sigmoid": 1 / (1 + np.exp(-first)),
        "relu": np.maximum(first, 0),
    }
    straight = first + 1j * second
    expected = straight if output == "real-imaginary" else amplitude[output] * np.exp(2j * np.tanh(second))
    np.testing.assert_allclose(as_object(channels, output, 2.0).numpy(), expected, atol=1e-14)


@pytest.mark.parametrize("output", OUTPUTS)
def test_half_precision_channels_give_an_object_in_single_precision(output: Output) -> None:
    channels = torch.randn((1, 2, 3, 3), generator=torch.Generator().manual_seed(0)).to(torch.bfloat16)
    found = as_object(channels, output, math.pi)
    assert found.dtype == torch.complex64
    torch.testing.assert_close(found, as_object(channels.float(), output, math.pi))


def test_without_a_span_the_phase_runs_free() -> None:
    second = torch.linspace(-5, 5, 23, dtype=torch.float64)
    turned = as_object(torch.stack([torch.zeros_like(second), second])[None], "sigmoid", None)[0]
    np.testing.assert_allclose(turned.numpy(), np.exp(1j * np.pi * second.numpy()) / 2, atol=1e-14)
