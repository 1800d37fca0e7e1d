"""Layers are what torch's own are, on the quick path and the slow; sizes go where they are told."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from phasekit_plugins.networks.layers import Convolution, Norm, cut_or_padded, folded, resized, unfolded

KERNELS = [
    *[(3, 3), (3, 1), (1, 3), (1, 1), (5, 3)],
    *[(3, 3, 3), (3, 1, 1), (1, 3, 1), (1, 1, 3), (1, 1, 1), (5, 1, 3), (1, 5, 5)],
]
SIZES = {2: (7, 4), 3: (5, 4, 7)}


def _noise(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def _torchs_own(own: Convolution, kernel: tuple[int, ...]) -> nn.Conv2d | nn.Conv3d:
    """Return torch's layer with the same weights."""
    out, channels = own.weight.shape[:2]
    other: nn.Conv2d | nn.Conv3d
    if len(kernel) == 3:
        i, j, k = kernel
        other = nn.Conv3d(channels, out, (i, j, k), padding=(i // 2, j // 2, k // 2), bias=own.bias is not None)
    else:
        i, j = kernel
        other = nn.Conv2d(channels, out, (i, j), padding=(i // 2, j // 2), bias=own.bias is not None)
    other = other.to(own.weight.dtype)
    other.load_state_dict(own.state_dict())
    return other


def _gradients(
    layer: Convolution | nn.Conv2d | nn.Conv3d, x: torch.Tensor, towards: torch.Tensor
) -> list[torch.Tensor]:
    assert layer.bias is not None
    return list(torch.autograd.grad(layer(x), [x, layer.weight, layer.bias], towards))


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kernel", KERNELS)
def test_a_convolution_is_torchs_own(kernel: tuple[int, ...], bias: bool, count: int) -> None:
    own = Convolution(2, 3, kernel, bias=bias)
    x = _noise(count, 2, *SIZES[len(kernel)])
    torch.testing.assert_close(own(x), _torchs_own(own, kernel)(x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("kernel", KERNELS)
def test_the_gradients_of_a_convolution_are_torchs_own_in_float64(kernel: tuple[int, ...], count: int) -> None:
    own = Convolution(2, 3, kernel).double()
    other = _torchs_own(own, kernel)
    x = _noise(count, 2, *SIZES[len(kernel)], dtype=torch.float64).requires_grad_()
    towards = _noise(count, 3, *SIZES[len(kernel)], seed=1, dtype=torch.float64)
    for one, two in zip(_gradients(own, x, towards), _gradients(other, x, towards), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-10, atol=1e-10)


def test_a_convolution_of_one_slice_by_slice_is_the_explicit_sum() -> None:
    layer = Convolution(2, 3, (3, 3, 3)).double()
    assert layer.bias is not None
    x = _noise(1, 2, 3, 4, 5, dtype=torch.float64)
    padded = np.pad(x[0].numpy(), [(0, 0), (1, 1), (1, 1), (1, 1)])
    weight = layer.weight.detach().numpy()
    expected = np.zeros((3, 3, 4, 5)) + layer.bias.detach().numpy()[:, None, None, None]
    for i, j, k in itertools.product(range(3), repeat=3):
        expected += np.einsum("oc,cxyz->oxyz", weight[:, :, i, j, k], padded[:, i : i + 3, j : j + 4, k : k + 5])
    np.testing.assert_allclose(layer(x)[0].detach().numpy(), expected, atol=1e-12)


def test_a_convolution_begins_with_the_spread_that_torchs_own_begins_with() -> None:
    torch.manual_seed(0)
    own, other = Convolution(8, 64, (3, 3, 3)), nn.Conv3d(8, 64, 3)
    for name, wanted in other.state_dict().items():
        parameter = own.state_dict()[name]
        assert float(parameter.abs().max()) == pytest.approx(float(wanted.abs().max()), rel=0.1)
        assert float(parameter.std()) == pytest.approx(float(wanted.std()), rel=0.2)


@pytest.mark.parametrize("shape", [(3, 2, 5, 4), (1, 4, 3, 4, 5)])
def test_a_norm_leaves_each_channel_of_each_member_mean_0_and_variance_1(shape: tuple[int, ...]) -> None:
    x = 5 + 3 * _noise(*shape, dtype=torch.float64)
    norm = Norm(shape[1]).double()
    with torch.no_grad():
        norm.weight.copy_(torch.arange(1.0, shape[1] + 1))
        norm.bias.fill_(0.5)
    found = norm(x).detach().flatten(2).numpy()
    scale = np.broadcast_to(np.arange(1, shape[1] + 1), shape[:2])
    np.testing.assert_allclose(found.mean(axis=2), 0.5, atol=1e-12)
    np.testing.assert_allclose(found.std(axis=2), scale, rtol=1e-5)


@pytest.mark.parametrize("sizes", [(4, 6), (5, 7), (9, 3)])
def test_nearest_takes_the_voxel_that_lies_there(sizes: tuple[int, ...]) -> None:
    x = _noise(2, 3, 4, 5)
    rows, columns = ([n * i // new for i in range(new)] for n, new in zip((4, 5), sizes, strict=True))
    assert torch.equal(resized(x, sizes, "nearest"), x[:, :, rows][:, :, :, columns])


@pytest.mark.parametrize("sizes", [(8, 10), (8, 10, 6), (7, 9, 5)])
def test_linear_gives_a_straight_line_back_between_the_outer_voxels(sizes: tuple[int, ...]) -> None:
    old = (4, 5, 3)[: len(sizes)]
    lines = [torch.arange(n, dtype=torch.float64) for n in old]
    x = torch.stack(torch.meshgrid(*lines, indexing="ij")).sum(dim=0)[None, None]
    # Voxels are centred at half numbers; beyond the centre of the outermost the value stays.
    places = [np.clip((np.arange(new) + 0.5) * n / new - 0.5, 0, n - 1) for n, new in zip(old, sizes, strict=True)]
    expected = sum(np.meshgrid(*places, indexing="ij"))
    np.testing.assert_allclose(resized(x, sizes, "linear")[0, 0].numpy(), expected, atol=1e-12)


@pytest.mark.parametrize(("old", "new"), [*itertools.product([1, 4, 5, 8], [1, 3, 4, 7, 8])])
def test_cutting_and_padding_keep_the_centre_where_n_over_2_is(old: int, new: int) -> None:
    line = torch.arange(1.0, old + 1)
    expected = np.zeros(new)
    for place in range(new):
        source = place - new // 2 + old // 2
        if 0 <= source < old:
            expected[place] = source + 1
    found = cut_or_padded(line.expand(2, 3, old), (new,))
    np.testing.assert_array_equal(found.numpy(), np.broadcast_to(expected, (2, 3, new)))


def test_one_axis_may_be_cut_and_another_padded_and_complex_numbers_too() -> None:
    x = torch.complex(_noise(2, 3, 8, 5), _noise(2, 3, 8, 5, seed=1))
    expected = torch.zeros(2, 3, 5, 6, dtype=x.dtype)
    expected[..., 1:6] = x[..., 2:7, :]
    assert torch.equal(cut_or_padded(x, (5, 6)), expected)


@pytest.mark.parametrize("sizes", [(4, 6), (6, 2, 4)])
def test_folding_makes_channels_of_the_voxels_of_each_cell(sizes: tuple[int, ...]) -> None:
    x = _noise(2, 3, *sizes)
    corners = list(itertools.product(range(2), repeat=len(sizes)))
    cells = folded(x).reshape(2, 3, len(corners), *(n // 2 for n in sizes))
    for number, corner in enumerate(corners):
        places = (slice(None), slice(None), *(slice(first, None, 2) for first in corner))
        assert torch.equal(cells[:, :, number], x[places])
    assert torch.equal(unfolded(folded(x)), x)
