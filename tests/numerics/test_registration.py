"""Alignment undoes exactly what the data cannot fix, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from phasekit.numerics.registration import align, remove_relative_ramp
from phasekit.numerics.symmetry import twin
from phasekit.testing import reference_problem
from phasekit.testing.problems import truth_of

SHAPES = [(12, 10, 8), (15, 11)]


def _object(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Return a smooth object that is not its own twin."""
    return truth_of(reference_problem(shape, seed=seed, dtype=torch.float64)).numpy()


def _moved(object: np.ndarray, by: tuple[float, ...]) -> np.ndarray:
    """Move by fractions of a voxel, with numpy."""
    spectrum = np.fft.fftn(object)
    for axis, (n, b) in enumerate(zip(object.shape, by, strict=True)):
        wave = np.exp(-2j * np.pi * np.fft.fftfreq(n) * b)
        spectrum *= wave.reshape([-1 if a == axis else 1 for a in range(object.ndim)])
    return np.fft.ifftn(spectrum)


def _twin(object: np.ndarray) -> np.ndarray:
    """Write ρ*(−n) out index by index."""
    result = np.empty_like(object)
    for index in np.ndindex(*object.shape):
        result[index] = np.conj(object[tuple(-i % n for i, n in zip(index, object.shape, strict=True))])
    return result


def _away(one: torch.Tensor, other: np.ndarray) -> float:
    return float(np.linalg.norm(one.numpy() - other) / np.linalg.norm(other))


@settings(derandomize=True, deadline=None, max_examples=40)
@given(
    shape=st.sampled_from(SHAPES),
    by=st.lists(st.floats(-5, 5), min_size=3, max_size=3),
    phase=st.floats(-3.1, 3.1),
    factor=st.floats(0.1, 10),
    inverted=st.booleans(),
)
@example(shape=(15, 11), by=[0.5, -0.5, 0.0], phase=3.1, factor=1.0, inverted=True)
def test_translation_twin_phase_and_scale_are_undone(
    shape: tuple[int, ...], by: list[float], phase: float, factor: float, inverted: bool
) -> None:
    reference = _object(shape)
    moved = _moved(_twin(reference) if inverted else reference, tuple(by[: len(shape)]))
    object = torch.from_numpy(moved * factor * np.exp(1j * phase))
    found = align(object, torch.from_numpy(reference))
    assert found.twin == inverted
    assert found.correlation > 0.9999
    assert _away(found.apply(object, scale=True), reference) < 0.01
    assert _away(found.apply(object) / factor, reference) < 0.01


def test_the_shift_found_is_the_one_that_was_made() -> None:
    reference = _object((15, 11))
    for by in ((2.25, -3.5), (0.013, 0.4), (-7.0, 5.0)):
        found = align(torch.from_numpy(_moved(reference, by)), torch.from_numpy(reference))
        assert found.shift == pytest.approx([-b for b in by], abs=0.003)


def test_the_overlap_is_the_inner_product_of_the_moved_object() -> None:
    reference, object = _object((15, 11)), _object((15, 11), seed=3)
    found = align(torch.from_numpy(object), torch.from_numpy(reference))
    moved = _moved(_twin(object) if found.twin else object, found.shift)
    assert complex(found.overlap) == pytest.approx(np.vdot(reference, moved))
    norms = np.linalg.norm(reference) * np.linalg.norm(object)
    assert found.correlation == pytest.approx(abs(np.vdot(reference, moved)) / norms)
    for by in ((0.2, 0.0), (0.0, -0.2), (1.0, 0.0)):
        other = _moved(_twin(object) if found.twin else object, tuple(np.add(found.shift, by)))
        assert abs(np.vdot(reference, other)) < abs(np.vdot(reference, moved))


def test_whole_voxels_leave_the_values_alone() -> None:
    reference = torch.from_numpy(_object((15, 11)))
    object = torch.roll(reference, (3, -2), dims=(0, 1)) * -1j
    found = align(object, reference)
    torch.testing.assert_close(found.apply(object, whole=True), reference)
    assert torch.equal(found.apply_support(object != 0), reference != 0)


def test_a_support_turns_with_its_object() -> None:
    reference = torch.from_numpy(_object((12, 10, 8)))
    object = torch.roll(twin(reference), (1, 2, 3), dims=(0, 1, 2))
    found = align(object, reference)
    assert found.twin
    assert torch.equal(found.apply_support(object.abs() > 0), reference.abs() > 0)


def test_the_twin_is_left_where_it_is_not_asked_for() -> None:
    reference = torch.from_numpy(_object((15, 11)))
    assert not align(twin(reference), reference, try_twin=False).twin


def test_an_empty_object_agrees_with_nothing() -> None:
    reference = torch.from_numpy(_object((15, 11)))
    found = align(torch.zeros_like(reference), reference)
    assert found.correlation == 0
    assert bool(found.apply(torch.zeros_like(reference), scale=True).isfinite().all())


@pytest.mark.parametrize("shape", SHAPES)
def test_a_relative_ramp_is_undone(shape: tuple[int, ...]) -> None:
    reference = _object(shape)
    object = reference
    for axis, (n, by) in enumerate(zip(shape, (1.3, -0.6, 0.25), strict=False)):
        index = (np.arange(n) - n // 2).reshape([-1 if a == axis else 1 for a in range(len(shape))])
        object = object * np.exp(2j * np.pi * by * index / n)
    result = remove_relative_ramp(torch.from_numpy(object), torch.from_numpy(reference))
    ratio = result.numpy()[np.abs(reference) > 0] / reference[np.abs(reference) > 0]
    assert np.ptp(np.angle(ratio / ratio[0])) < 0.02
