"""The paper's network: its blocks, for any data and box; too many levels are refused."""

from __future__ import annotations

import re
from typing import Any, Literal

import pytest
import torch
from pydantic import ValidationError

from phasekit import fourier
from phasekit_plugins.networks.paper import Paper

DATA = [(9, 11), (13, 8), (4, 4), (8, 8, 8), (12, 10, 8), (7, 9, 5), (4, 17, 6)]


def _half(detector: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(side.stop - side.start for side in fourier.half_box(detector))


def _given(network: Paper, detector: tuple[int, ...], box: tuple[int, ...], count: int = 1) -> torch.Tensor:
    x = torch.rand((count, *network.input_shape(detector, box)), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        found: torch.Tensor = network.drawn(detector, box, 0)(x)
    return found


@pytest.mark.parametrize("detector", DATA)
@pytest.mark.parametrize("upsample", ["nearest", "linear"])
def test_data_of_any_size_give_an_object_in_the_half_box_at_every_depth_that_fits(
    detector: tuple[int, ...], upsample: Literal["nearest", "linear"]
) -> None:
    box = _half(detector)
    depths = [depth for depth in range(2, 9) if Paper(channels=(3,) * depth).refusal(detector, box) is None]
    assert depths[0] == 2
    for depth in depths:
        found = _given(Paper(channels=(3,) * depth, upsample=upsample), detector, box, 2)
        assert found.shape == (2, *box)
        assert bool((found != 0).all())
        assert bool(torch.isfinite(found).all())


@pytest.mark.parametrize("detector", [(12, 10, 8), (9, 11)])
@pytest.mark.parametrize("box", [(1, 1, 1), (3, 2, 4), (4, 5, 1)])
def test_a_box_smaller_than_half_the_data_is_the_middle_of_the_object(
    detector: tuple[int, ...], box: tuple[int, ...]
) -> None:
    box = box[: len(detector)]
    network = Paper(channels=(3, 4))
    small, half = _given(network, detector, box), _given(network, detector, _half(detector))
    for axis, n in enumerate(box):
        first = half.shape[axis + 1] // 2 - n // 2
        half = half.narrow(axis + 1, first, n)
    assert torch.equal(small, half)


@pytest.mark.parametrize("detector", DATA)
def test_a_refusal_names_the_depth_that_fits_and_it_does(detector: tuple[int, ...]) -> None:
    refusal = Paper(channels=(3,) * 8).refusal(detector, _half(detector))
    assert refusal is not None
    (fits,) = map(int, re.findall(r"at most (\d)", refusal))
    assert " × ".join(map(str, detector)) in refusal
    assert Paper(channels=(3,) * fits).refusal(detector, _half(detector)) is None
    assert Paper(channels=(3,) * (fits + 1)).refusal(detector, _half(detector)) is not None


def test_the_default_takes_the_papers_64_and_four_levels_are_too_many_for_8() -> None:
    assert Paper().refusal((64, 64, 64), (32, 32, 32)) is None
    assert "at most 3" in str(Paper(channels=(3,) * 4).refusal((12, 10, 8), (6, 5, 4)))


def test_data_too_small_for_any_depth_are_refused_with_what_to_do() -> None:
    assert "another network" in str(Paper(channels=(3, 4)).refusal((8, 8, 3), (4, 4, 1)))


@pytest.mark.parametrize(("ndim", "taps"), [(2, 9), (3, 27)])
def test_a_block_is_one_full_convolution_and_one_along_each_axis_with_a_norm_after_both(ndim: int, taps: int) -> None:
    widths = (2, 3, 5)

    def block(before: int, out: int) -> int:
        full = before * out * taps + out
        along: int = ndim * (3 * out * out + out)
        return full + along + 2 * 2 * out

    down = block(1, 2) + block(2, 3) + block(3, 5)
    up = block(5, 3) + 3 * taps + 1
    module = Paper(channels=widths).drawn((8,) * ndim, (4,) * ndim, 0)
    assert sum(parameter.numel() for parameter in module.parameters()) == down + 2 * up


def test_amplitude_and_phase_have_decoders_of_their_own() -> None:
    network, detector, box = Paper(channels=(3, 4, 5)), (12, 10, 8), (6, 5, 4)
    module = network.drawn(detector, box, 0)
    found = module(torch.rand((1, 1, *detector), generator=torch.Generator().manual_seed(1)))
    towards = torch.randn(found.shape, generator=torch.Generator().manual_seed(2))
    parameters = list(module.parameters())
    reached = [
        # Rounding apart, for the phase of a complex number turns a little of its modulus.
        [
            float(gradient.abs().max()) > 1e-4
            for gradient in torch.autograd.grad(
                (towards * part).sum(), parameters, retain_graph=True, materialize_grads=True
            )
        ]
        for part in (found.abs(), found.angle())
    ]
    amplitude, phase, both = (
        sum(pair == wanted for pair in zip(*reached, strict=True))
        for wanted in [(True, False), (False, True), (True, True)]
    )
    assert amplitude == phase > 0
    assert both > 0
    assert amplitude + phase + both == len(parameters)


def test_padding_of_odd_data_keeps_the_centre() -> None:
    # Zero frequency at n//2 is at n//2 of the padded data: the same as even data with a first row of zeros.
    network = Paper(channels=(3, 4))
    odd = torch.rand((1, 1, 9, 8), generator=torch.Generator().manual_seed(1))
    even = torch.zeros(1, 1, 10, 8)
    even[:, :, 1:] = odd
    with torch.no_grad():
        found = network.drawn((9, 8), (4, 4), 0)(odd)
        wanted = network.drawn((10, 8), (4, 4), 0)(even)
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("options", [{"channels": (3,)}, {"channels": (3, 0)}, {"upsample": "cubic"}])
def test_options_that_make_no_network_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Paper.model_validate(options)
