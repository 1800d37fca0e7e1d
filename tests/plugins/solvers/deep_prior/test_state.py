from __future__ import annotations

from pathlib import Path

import pytest
import torch

from phasekit import State
from phasekit.runtime import storage
from phasekit.testing import reference_problem
from phasekit_plugins.solvers.deep_prior.state import DeepPriorState

from .prior import SHAPE, deep_prior, run


@pytest.mark.parametrize(
    "options",
    [{"tries": 3, "cull_at": 0.9}, {"network": {"name": "paper", "channels": [3, 4]}, "nuisance": ["background"]}],
)
def test_it_comes_back_from_a_file_and_goes_on_to_the_last_bit(tmp_path: Path, options: dict[str, object]) -> None:
    problem, solver = reference_problem(SHAPE, gap=True), deep_prior(**options)
    whole = run(solver, problem)
    storage.save(tmp_path / "state.h5", whole[3])
    halfway = storage.restore(tmp_path / "state.h5", {one.__name__: one for one in (State, DeepPriorState)})
    assert isinstance(halfway, DeepPriorState)
    rest = run(solver, problem, halfway)
    assert [state.step for state in rest] == [5, 6, 7, 8]
    assert torch.equal(rest[-1].object, whole[-1].object)
    assert rest[-1].score == whole[-1].score


def test_its_tuples_have_one_entry_for_each_network() -> None:
    state = run(deep_prior(tries=3), reference_problem(SHAPE))[0]
    assert state.owner == (0, 0, 0, 1, 1, 1)
    assert state.attempt == (0, 1, 2, 0, 1, 2)
    per_network = (state.weights, state.moments, state.best, state.score, state.smoothed, state.best_step, state.rate)
    assert {len(of) for of in (*per_network, state.setbacks, state.stopped)} == {6}
    assert state.supports is not None
    assert state.supports.shape == (6, *SHAPE)
    assert state.object.shape == (2, *SHAPE)
