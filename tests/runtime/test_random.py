"""The same key draws the same, in every process and version; another key draws something else."""

from __future__ import annotations

import pytest
import torch

from phasekit.runtime.random import keyed


def test_seeds_are_those_of_version_0_1() -> None:
    # Run folders of 0.1 are resumed and reproduced: whatever changes these numbers changes results.
    assert keyed().initial_seed() == 5460801731388113703
    assert keyed("order", 0, 3).initial_seed() == 6482107704680194513
    drawn = torch.rand(3, generator=keyed(7, (0, 2), "phase", 1))
    assert drawn.tolist() == [0.2025870680809021, 0.5961593389511108, 0.4455682635307312]


@pytest.mark.parametrize(
    "key", [("order", 0, 4), ("order", 1, 3), ("orders", 0, 3), ("order", (0, 3)), ("order", "0", 3)]
)
def test_another_key_has_another_seed(key: tuple[object, ...]) -> None:
    assert keyed(*key).initial_seed() != keyed("order", 0, 3).initial_seed()


def test_what_was_drawn_before_makes_no_difference() -> None:
    first = torch.rand(5, generator=keyed("a", 1))
    torch.rand(100, generator=keyed("a", 2))
    torch.rand(100)
    before = torch.random.get_rng_state()
    assert torch.equal(torch.rand(5, generator=keyed("a", 1)), first)
    assert torch.equal(torch.random.get_rng_state(), before)
