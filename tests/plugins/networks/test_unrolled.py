"""The unrolled network: its stages get the autocorrelation and the step that error reduction would take."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from phasekit_plugins.networks.unrolled import Unrolled

SMALL = Unrolled(channels=4, deep_channels=4)
DATA = [((9, 11), (4, 5)), ((8, 8), (1, 1)), ((12, 10, 8), (6, 5, 4)), ((7, 9, 16), (3, 2, 8))]


def _amplitudes(detector: tuple[int, ...], count: int = 2) -> torch.Tensor:
    rng = torch.Generator().manual_seed(1)
    return torch.rand((count, 1, *detector), dtype=torch.float64, generator=rng)


def _stage_inputs(module: nn.Module, x: torch.Tensor) -> list[NDArray[np.float64]]:
    """Return what each stage of a module is given, the first stage first."""
    given: list[NDArray[np.float64]] = []
    assert isinstance(module.first, nn.Module)
    assert isinstance(module.refinements, nn.ModuleList)
    for stage in (module.first, *module.refinements):
        stage.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0].numpy()))
    with torch.no_grad():
        module(x)
    return given


def _placed(part: NDArray[np.complex128], space: tuple[int, ...]) -> NDArray[np.complex128]:
    """Lay the middle of one array over the middle of an empty one, both at n//2."""
    for axis, new in enumerate(space, start=part.ndim - len(space)):
        places = np.arange(new) - new // 2 + part.shape[axis] // 2
        there = (places >= 0) & (places < part.shape[axis])
        line = np.expand_dims(there, tuple(range(1, part.ndim - axis)))
        part = np.where(line, part.take(np.where(there, places, 0), axis), 0)
    return part


@pytest.mark.parametrize(("detector", "box"), DATA)
def test_data_of_any_size_give_an_object_of_any_box(detector: tuple[int, ...], box: tuple[int, ...]) -> None:
    assert SMALL.refusal(detector, box) is None
    assert SMALL.input_shape(detector, box) == (1, *detector)
    with torch.no_grad():
        found = SMALL.drawn(detector, box, 0).double()(_amplitudes(detector))
    assert found.shape == (2, *box)
    assert found.dtype == torch.complex128
    assert bool(torch.isfinite(found).all())
    assert bool(found.any())


@pytest.mark.parametrize(("detector", "box"), DATA)
def test_the_first_stage_gets_the_autocorrelation_1_at_the_centre(
    detector: tuple[int, ...], box: tuple[int, ...]
) -> None:
    x = _amplitudes(detector)
    first = _stage_inputs(SMALL.drawn(detector, box, 0).double(), x)[0]
    space = tuple(range(1, len(detector) + 1))
    correlation = np.fft.fftshift(np.fft.fftn(np.fft.ifftshift(x[:, 0].numpy() ** 2, space), axes=space), space)
    correlation /= correlation.real.max(axis=space, keepdims=True)
    expected = _placed(correlation, first.shape[2:])
    np.testing.assert_allclose(first[:, 0] + 1j * first[:, 1], expected, atol=1e-12)
    assert first[(0, 0, *(n // 2 for n in first.shape[2:]))] == pytest.approx(1)


@pytest.mark.parametrize(("detector", "box"), DATA)
def test_each_refinement_gets_the_step_that_error_reduction_would_take(
    detector: tuple[int, ...], box: tuple[int, ...]
) -> None:
    x = _amplitudes(detector, count=1)
    amplitude = np.fft.ifftshift(x[0, 0].numpy())
    # An even object with a flat phase would have the modulus 1.
    amplitude = amplitude / (np.sum(amplitude**2) / (amplitude.max() * np.sqrt(amplitude.size)))
    refinements = _stage_inputs(SMALL.drawn(detector, box, 0).double(), x)[1:]
    assert len(refinements) == SMALL.stages
    for real, imaginary, *change in (given[0] for given in refinements):
        object = real + 1j * imaginary
        wave = np.fft.ifftn(_placed(_placed(object, box), detector), norm="ortho")
        fitted = np.fft.fftn(amplitude * wave / np.abs(wave), norm="ortho")
        np.testing.assert_allclose(change[0] + 1j * change[1], _placed(fitted, object.shape) - object, atol=2e-3)


def test_the_brightness_of_the_data_changes_nothing() -> None:
    module, x = SMALL.drawn((12, 10, 8), (6, 5, 4), 0).double(), _amplitudes((12, 10, 8))
    with torch.no_grad():
        torch.testing.assert_close(module(1e3 * x), module(x))


@pytest.mark.parametrize("stages", [0, 2])
def test_every_refinement_has_weights_of_its_own(stages: int) -> None:
    module = Unrolled(stages=stages, channels=4, deep_channels=4).drawn((12, 10, 8), (6, 5, 4), 0)
    assert len(_stage_inputs(module, _amplitudes((12, 10, 8)).float())) == 1 + stages
    answers = [parameter for name, parameter in module.named_parameters() if name.endswith("exit.weight")]
    assert len({float(weight.detach().std()) for weight in answers}) == 1 + stages
