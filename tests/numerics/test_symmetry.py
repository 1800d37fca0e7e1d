"""Mirror images and the twin, against what their formulas say index by index."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from phasekit.numerics.symmetry import Centre, mirrored, twin
from phasekit.testing import reference_problem
from phasekit.testing.problems import truth_of

SIZES = st.lists(st.integers(2, 7), min_size=2, max_size=3)


@pytest.mark.parametrize("shape", [(12, 10, 8), (15, 11)])
def test_the_twin_is_the_conjugate_inversion_and_diffracts_alike(shape: tuple[int, ...]) -> None:
    object = truth_of(reference_problem(shape, dtype=torch.float64)).numpy()
    inverted = twin(torch.from_numpy(object))
    expected = np.empty_like(object)
    for index in np.ndindex(*shape):
        expected[index] = np.conj(object[tuple(-i % n for i, n in zip(index, shape, strict=True))])
    np.testing.assert_array_equal(inverted.numpy(), expected)
    np.testing.assert_allclose(np.abs(np.fft.ifftn(inverted.numpy())), np.abs(np.fft.ifftn(object)), atol=1e-9)
    assert torch.equal(twin(inverted), torch.from_numpy(object))


@settings(deadline=None)
@given(SIZES, st.integers(0, 100))
def test_mirroring_keeps_the_centre_and_turns_the_rest_about_it(sizes: list[int], seed: int) -> None:
    object = torch.randn(sizes, generator=torch.Generator().manual_seed(seed))
    turned = mirrored(object, [*range(len(sizes))])
    assert torch.equal(turned[tuple(n // 2 for n in sizes)], object[tuple(n // 2 for n in sizes)])
    assert torch.equal(mirrored(turned, [*range(len(sizes))]), object)
    for index in np.ndindex(*sizes):
        partner = tuple(2 * (n // 2) - i for n, i in zip(sizes, index, strict=True))
        if all(0 <= p < n for p, n in zip(partner, sizes, strict=True)):
            assert turned[partner] == object[index]


@settings(deadline=None)
@given(SIZES, st.integers(0, 100), st.sampled_from(["first", "middle"]))
def test_the_twins_of_a_batch_are_those_of_its_members(sizes: list[int], seed: int, about: Centre) -> None:
    objects = torch.randn(2, *sizes, dtype=torch.complex64, generator=torch.Generator().manual_seed(seed))
    alone = torch.stack([twin(object, about=about) for object in objects])
    assert torch.equal(twin(objects, len(sizes), about), alone)
    assert not alone.is_conj()  # a kernel may be handed it as it lies in memory


@settings(deadline=None)
@given(st.integers(1, 5), st.integers(0, 100))
def test_about_which_index_makes_no_difference_for_even_lengths(half: int, seed: int) -> None:
    object = torch.randn(2 * half, 4, generator=torch.Generator().manual_seed(seed))
    assert torch.equal(mirrored(object, [0], "first"), mirrored(object, [0], "middle"))


def test_along_no_axis_nothing_is_mirrored_and_a_support_has_a_twin_too() -> None:
    support = torch.tensor([[True, False, False], [False, True, False]])
    assert torch.equal(mirrored(support, []), support)
    assert twin(support).tolist() == [[True, False, False], [False, False, True]]
