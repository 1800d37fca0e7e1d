"""The decoder: any box, from a code that is halved once per level; too many levels are refused."""

from __future__ import annotations

import itertools
import math
import re
from typing import Any, Literal, get_args

import pytest
import torch
from pydantic import ValidationError

from phasekit_plugins.networks.decoder import Decoder
from phasekit_plugins.networks.object_head import Output

BOXES = [(1, 2), (5, 4), (9, 2), (2, 1, 1), (4, 4, 4), (7, 3, 6), (1, 8, 5)]
OUTPUTS = get_args(Output)


def _given(network: Decoder, box: tuple[int, ...], count: int = 1, seed: int = 0) -> torch.Tensor:
    detector = tuple(2 * n for n in box)
    code = torch.randn((count, *network.input_shape(detector, box)), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        found: torch.Tensor = network.drawn(detector, box, seed)(code)
    return found


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("upsample", ["nearest", "linear"])
@pytest.mark.parametrize("norm", ["instance", "none"])
def test_every_box_is_filled_at_every_depth_that_is_not_refused(
    box: tuple[int, ...], upsample: Literal["nearest", "linear"], norm: Literal["instance", "none"]
) -> None:
    depths = [
        depth for depth in range(1, 9) if Decoder(channels=(3,) * depth).refusal(tuple(2 * n for n in box), box) is None
    ]
    assert depths == list(range(1, math.ceil(math.log2(max(box))) + 1))
    for depth in depths:
        found = _given(Decoder(channels=(3,) * depth, upsample=upsample, norm=norm), box)
        assert found.shape == (1, *box)
        assert bool(torch.isfinite(found).all())


@pytest.mark.parametrize("box", BOXES)
def test_a_refusal_names_the_depth_that_fits_and_it_does(box: tuple[int, ...]) -> None:
    detector = tuple(2 * n for n in box)
    refusal = Decoder(channels=(3,) * 8).refusal(detector, box)
    assert refusal is not None
    (fits,) = map(int, re.findall(r"at most (\d)", refusal))
    assert " × ".join(map(str, box)) in refusal
    assert Decoder(channels=(3,) * fits).refusal(detector, box) is None
    assert Decoder(channels=(3,) * (fits + 1)).refusal(detector, box) is not None


def test_a_box_of_one_voxel_is_refused_with_what_to_do() -> None:
    assert "larger support" in str(Decoder(channels=(3,)).refusal((4, 4), (1, 1)))


@pytest.mark.parametrize("box", BOXES)
def test_the_code_is_the_box_halved_before_every_level_but_the_last_rounded_up(box: tuple[int, ...]) -> None:
    for depth in (1, 2, 3):
        network = Decoder(channels=(5, *[3] * (depth - 1)))
        assert network.input_shape((16,) * len(box), box) == (5, *[math.ceil(n / 2 ** (depth - 1)) for n in box])


def test_more_channels_are_more_weights_and_a_norm_takes_the_place_of_the_bias() -> None:
    box, detector = (4, 4), (8, 8)
    norms: tuple[tuple[Literal["instance", "none"], int], ...] = (("instance", 2), ("none", 1))
    for norm, extra in norms:
        module = Decoder(channels=(3, 5), norm=norm).drawn(detector, box, 0)
        # Kernels of 9, then for each channel a bias, or a norm's factor and offset; the head always has a bias.
        wanted = 9 * (3 * 3 + 3 * 5 + 5 * 2) + extra * (3 + 5) + 2
        assert sum(parameter.numel() for parameter in module.parameters()) == wanted


@pytest.mark.parametrize("output", OUTPUTS)
def test_amplitude_and_phase_keep_to_the_range_that_the_output_promises(output: Output) -> None:
    found = _given(Decoder(channels=(4, 4), output=output, span=0.5), (6, 5, 4), count=3)
    if output != "real-imaginary":
        assert float(found.angle().abs().max()) <= 0.5 + 1e-6
    if output == "sigmoid":
        assert float(found.abs().max()) <= 1 + 1e-6


def test_the_code_matters_everywhere_in_the_object() -> None:
    network, box = Decoder(channels=(4, 4)), (6, 5, 4)
    module = network.drawn((12, 10, 8), box, 0)
    shape = network.input_shape((12, 10, 8), box)
    reached = torch.zeros(box, dtype=torch.bool)
    with torch.no_grad():
        zero = module(torch.zeros(1, *shape))
        for place in itertools.product(*map(range, shape)):
            code = torch.zeros(1, *shape)
            code[(0, *place)] = 1
            reached |= (module(code) != zero)[0]
    assert bool(reached.all())


@pytest.mark.parametrize(
    "options", [{"channels": ()}, {"channels": (0,)}, {"channels": (3,) * 9}, {"span": 0}, {"output": "tanh"}]
)
def test_options_that_make_no_network_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Decoder.model_validate(options)
