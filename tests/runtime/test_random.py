"""A key alone decides what is drawn, now and in runs that were stored long ago."""

from __future__ import annotations

import hashlib

import pytest
import torch

from phasekit.runtime.random import keyed

KEYS = [(7,), (8,), (7, "noise"), (7, "noise", 0), (7, (0,), "noise"), ("7",), ()]


@pytest.mark.parametrize("key", KEYS)
def test_the_same_key_draws_the_same_whatever_was_drawn_before(key: tuple[object, ...]) -> None:
    first = torch.rand(20, generator=keyed(*key))
    torch.rand(3, generator=keyed(*key))
    assert torch.equal(torch.rand(20, generator=keyed(*key)), first)


def test_other_keys_draw_other_numbers_that_do_not_follow_one_another() -> None:
    rows = torch.stack([torch.rand(2000, generator=keyed(*key)) for key in KEYS])
    assert float((torch.corrcoef(rows) - torch.eye(len(KEYS))).abs().max()) < 0.1


def test_the_seed_of_a_key_is_its_blake2b_hash_without_the_lowest_bit() -> None:
    digest = hashlib.blake2b(b"(7, (0, 1), 'noise', 3)", digest_size=8).hexdigest()
    assert keyed(7, (0, 1), "noise", 3).initial_seed() == int(digest, 16) // 2


def test_drawing_by_key_leaves_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    torch.rand(5, generator=keyed(1))
    assert torch.equal(torch.get_rng_state(), before)
