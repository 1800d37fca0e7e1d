"""What a model has besides the object: blur, background and centre act as written down, and lend a gradient."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit import Problem, fourier
from phasekit.numerics.detector_model import NAMES, detected, ramp
from phasekit.testing import reference_problem
from phasekit.testing.problems import truth_of

SHAPES = [(12, 10, 8), (9, 11)]
DOUBLE = torch.float64


def _problem(shape: tuple[int, ...]) -> Problem:
    return reference_problem(shape, gap=True, dtype=DOUBLE)


def _object(problem: Problem, *batch: int, seed: int = 0) -> torch.Tensor:
    rng = torch.Generator().manual_seed(seed)
    return torch.randn((*batch, *problem.space), dtype=torch.complex128, generator=rng) * problem.support


def _wave(object: torch.Tensor, ndim: int) -> np.ndarray:
    return np.fft.ifftn(object.numpy(), axes=range(-ndim, 0), norm="ortho")


def _all(problem: Problem, *batch: int) -> dict[str, torch.Tensor]:
    rng = torch.Generator().manual_seed(3)
    return {
        "coherence": 0.3 + torch.rand((*batch, problem.ndim), generator=rng, dtype=DOUBLE),
        "background": torch.rand(batch, generator=rng, dtype=DOUBLE),
        "centre": torch.rand((*batch, problem.ndim), generator=rng, dtype=DOUBLE) - 0.5,
    }


def _blurred(intensity: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """Convolve with a periodic Gaussian: sampled on the voxels, summed over its periods."""
    for axis, (n, width) in enumerate(zip(intensity.shape, widths, strict=True)):
        apart = np.arange(n)[:, None] - np.arange(n)[None] + n * np.arange(-20, 21)[:, None, None]
        matrix = np.exp(-(apart**2) / (2 * width**2)).sum(axis=0)
        intensity = np.moveaxis(np.tensordot(matrix / matrix.sum(axis=1), intensity, (1, axis)), 0, axis)
    return intensity


@pytest.mark.parametrize("shape", SHAPES)
def test_coherence_blurs_the_intensity_with_a_periodic_gaussian_of_that_width_per_axis(shape: tuple[int, ...]) -> None:
    # Widths at which a Gaussian sampled on voxels and one sampled in frequency agree.
    problem, widths = _problem(shape), torch.tensor([[1.2, 1.6, 1.4], [1.5, 1.3, 1.7]], dtype=DOUBLE)[:, : len(shape)]
    object = _object(problem, 2)
    found = problem.predict(object, {"coherence": widths}).square()
    for member in range(2):
        expected = _blurred(np.abs(_wave(object[member], len(shape))) ** 2, widths[member].numpy())
        np.testing.assert_allclose(found[member].numpy(), expected, rtol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_blur_keeps_the_photons_and_one_of_no_width_changes_nothing(shape: tuple[int, ...]) -> None:
    problem = _problem(shape)
    intensity = problem.predict(_object(problem, 2)).square()
    widths = torch.tensor([[0.7] * len(shape), [0.0] * len(shape)], dtype=DOUBLE)
    found = detected(intensity, {"coherence": widths}, len(shape))
    torch.testing.assert_close(found.flatten(1).sum(1), intensity.flatten(1).sum(1))
    torch.testing.assert_close(found[1], intensity[1], rtol=1e-9, atol=1e-9 * float(intensity.max()))
    assert float((found[0] - intensity[0]).abs().max()) > 0.1 * float(intensity.std())


@pytest.mark.parametrize("shape", SHAPES)
def test_a_background_is_added_to_every_voxel_of_its_member(shape: tuple[int, ...]) -> None:
    problem = _problem(shape)
    object, background = _object(problem, 2), torch.tensor([0.25, 3.0], dtype=DOUBLE)
    expected = np.sqrt(np.abs(_wave(object, len(shape))) ** 2 + background.numpy().reshape(2, *[1] * len(shape)))
    np.testing.assert_allclose(problem.predict(object, {"background": background}).numpy(), expected, rtol=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_background_is_not_blurred_and_comes_after_the_blur(shape: tuple[int, ...]) -> None:
    problem = _problem(shape)
    object, both = (
        _object(problem),
        {"coherence": torch.ones(len(shape), dtype=DOUBLE), "background": torch.tensor(2.0)},
    )
    blurred = problem.predict(object, {"coherence": both["coherence"]}).square()
    torch.testing.assert_close(problem.predict(object, both).square(), blurred + 2)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_centre_of_whole_voxels_moves_the_wave_by_them(shape: tuple[int, ...]) -> None:
    problem, by = _problem(shape), (2, -1, 3)[: len(shape)]
    object = _object(problem)
    found = problem.predict(object, {"centre": torch.tensor(by, dtype=DOUBLE)})
    expected = np.roll(np.abs(_wave(object, len(shape))), by, axis=range(len(shape)))
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-10 * expected.max())


@pytest.mark.parametrize("shape", SHAPES)
def test_a_centre_between_voxels_moves_the_wave_between_them(shape: tuple[int, ...]) -> None:
    problem, by = _problem(shape), np.array([0.3, -0.45, 0.2])[: len(shape)]
    object = _object(problem)
    found = problem.predict(object, {"centre": torch.from_numpy(by)}).numpy()
    # The wave at k − by, the sum over voxels written out.
    places = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1).reshape(-1, len(shape))
    asked = (places - by) / np.array(shape)
    centred = places - np.array(shape) // 2
    expected = np.abs(np.exp(2j * np.pi * asked @ centred.T) @ object.numpy().ravel()) / np.sqrt(object.numel())
    np.testing.assert_allclose(found.ravel(), expected, atol=1e-10 * expected.max())


@pytest.mark.parametrize("shape", SHAPES)
def test_a_centre_there_and_back_gives_the_object_back(shape: tuple[int, ...]) -> None:
    problem = _problem(shape)
    object = _object(problem, 2)
    centre = torch.tensor([[0.3, -1.7, 2.0], [0.0, 0.5, -0.2]], dtype=DOUBLE)[:, : len(shape)]
    there = ramp(centre, shape)
    torch.testing.assert_close(there.abs(), torch.ones_like(there.real))
    torch.testing.assert_close(object * there * ramp(-centre, shape), object)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("names", [(), ("centre",), ("coherence",), ("background", "coherence"), NAMES])
def test_an_object_in_a_box_predicts_what_it_predicts_in_the_whole_array(
    shape: tuple[int, ...], names: tuple[str, ...]
) -> None:
    problem = _problem(shape)
    object, nuisance = _object(problem, 2), {name: _all(problem, 2)[name] for name in names}
    box = fourier.half_box(shape)
    found = problem.predict(object[fourier.inside(box)], nuisance, box)
    torch.testing.assert_close(found, problem.predict(object, nuisance))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_batch_with_nuisance_of_its_own_predicts_and_projects_as_its_members(shape: tuple[int, ...]) -> None:
    problem = _problem(shape)
    object, nuisance = _object(problem, 3), _all(problem, 3)
    for door in (problem.predict, problem.project):
        whole = door(object, nuisance)
        for i in range(3):
            torch.testing.assert_close(whole[i], door(object[i], {name: v[i] for name, v in nuisance.items()}))


@pytest.mark.parametrize("shape", SHAPES)
def test_gradients_reach_the_object_and_all_nuisance_and_are_the_slopes(shape: tuple[int, ...]) -> None:
    problem = _problem(shape)
    told = {"object": _object(problem, 2), **_all(problem, 2)}
    names, values = list(told), tuple(value.requires_grad_() for value in told.values())
    towards = torch.randn((2, *shape), dtype=DOUBLE, generator=torch.Generator().manual_seed(5))

    def number(*values: torch.Tensor) -> torch.Tensor:
        object, *rest = values
        return (problem.predict(object, dict(zip(names[1:], rest, strict=True))) * towards).sum()

    gradients = torch.autograd.grad(number(*values), values)
    for index, (name, gradient) in enumerate(zip(names, gradients, strict=True)):
        assert float(gradient.abs().min() if name != "object" else gradient.abs().max()) > 0, name
        along = gradient / torch.linalg.vector_norm(gradient)
        with torch.no_grad():
            ends = [
                number(*[value + sign * 1e-6 * along if i == index else value for i, value in enumerate(values)])
                for sign in (1, -1)
            ]
        assert float(ends[0] - ends[1]) / 2e-6 == pytest.approx(float(torch.linalg.vector_norm(gradient)), rel=1e-4), (
            name
        )


def test_a_wave_of_nothing_gives_finite_gradients() -> None:
    problem = _problem((9, 11))
    told = {name: value.requires_grad_() for name, value in _all(problem).items() if name != "background"}
    object = torch.zeros((9, 11), dtype=torch.complex128, requires_grad=True)
    gradients = torch.autograd.grad(problem.predict(object, told).sum(), (object, *told.values()))
    assert all(bool(gradient.isfinite().all()) for gradient in gradients)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_projection_with_a_centre_fits_trusted_voxels_and_leaves_the_others(shape: tuple[int, ...]) -> None:
    problem = _problem(shape)
    object, centre = _object(problem, 2), {"centre": _all(problem, 2)["centre"]}
    before = problem.predict(object, centre)
    after = problem.predict(problem.project(object, centre), centre)
    measured = problem.amplitude.expand_as(after)[:, problem.valid]
    torch.testing.assert_close(after[:, problem.valid], measured, rtol=1e-9, atol=1e-9 * float(measured.max()))
    torch.testing.assert_close(after[:, ~problem.valid], before[:, ~problem.valid])


@pytest.mark.parametrize("shape", SHAPES)
def test_a_projection_with_blur_or_background_scales_the_wave_by_measured_over_predicted(
    shape: tuple[int, ...],
) -> None:
    problem, ndim = _problem(shape), len(shape)
    object, nuisance = _object(problem), _all(problem)
    wave = _wave(object * ramp(nuisance["centre"], shape), ndim)
    arriving = np.abs(wave) ** 2
    for axis, width in enumerate(nuisance["coherence"].numpy()):
        gauss = np.exp(-2 * (np.pi * width * np.fft.fftfreq(shape[axis])) ** 2)
        gauss = gauss.reshape([-1 if other == axis else 1 for other in range(ndim)])
        arriving = np.fft.ifft(np.fft.fft(arriving, axis=axis) * gauss, axis=axis).real
    arriving = np.sqrt(np.maximum(arriving, 0) + float(nuisance["background"]))
    expected = np.where(problem.valid.numpy(), wave * problem.amplitude.numpy() / arriving, wave)
    found = problem.project(object, nuisance)
    np.testing.assert_allclose(
        _wave(found * ramp(nuisance["centre"], shape), ndim), expected, atol=1e-7 * np.abs(expected).max()
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_the_truth_stays_where_it_is_under_the_nuisance_that_the_data_have(shape: tuple[int, ...]) -> None:
    problem = _problem(shape)
    truth, nuisance = truth_of(problem), _all(problem)
    for names in (NAMES, ("centre",)):
        mine = {name: nuisance[name] for name in names}
        seen = problem.predict(truth, mine) * problem.valid
        theirs = replace(problem, intensity=seen.square(), amplitude=seen)
        torch.testing.assert_close(theirs.project(truth, mine), truth, atol=1e-6 * float(truth.abs().max()), rtol=0)


def test_projecting_writes_to_nothing_that_it_is_given() -> None:
    problem = _problem((9, 11))
    object, nuisance = _object(problem, 2), _all(problem, 2)
    before = [value.clone() for value in (object, problem.amplitude, *nuisance.values())]
    problem.project(object, nuisance).zero_()
    assert all(map(torch.equal, before, (object, problem.amplitude, *nuisance.values())))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_voxel_in_the_middle_is_not_turned_by_a_centre(shape: tuple[int, ...]) -> None:
    turned = ramp(_all(_problem(shape), 2)["centre"], shape)
    index: tuple[slice | int, ...] = (slice(None), *(n // 2 for n in shape))
    middle = turned[index]
    torch.testing.assert_close(middle, torch.ones(2, dtype=torch.complex128), rtol=0, atol=1e-15)
