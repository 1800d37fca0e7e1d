"""A solver that writes two numbers gets an iteration on the wave, with the results of the step as written."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from torch import Tensor

from phasekit import Feedback, Problem, Solver, State
from phasekit.core.chain import ChainState
from phasekit.core.feedback import iteration_of, plain_reason, projected
from phasekit.core.state import FromWave
from phasekit.numerics.wave_iteration import compiled
from phasekit.runtime import storage
from phasekit.testing import reference_problem, start_state

PROBLEM = reference_problem((20, 18, 16), gap=True).hold_out(0.05, radius=1)
TYPES: dict[str, type] = {kind.__name__: kind for kind in (State, ChainState, FromWave)}


class Half(Feedback):
    """Keeps half of what lies outside."""

    name: Literal["half"] = "half"

    def outside(self, state: State) -> tuple[float, float]:
        """Return the weights."""
        return -0.2, 0.5 + 0.1 * state.step


def _last(solver: Solver, problem: Problem, start: State, every: int = 1) -> State:
    *_, state = solver.run(problem, start, every)
    return state


def _off(one: Tensor, other: Tensor) -> float:
    return float(torch.linalg.vector_norm(one - other) / torch.linalg.vector_norm(other))


def test_the_step_changes_only_the_outside() -> None:
    start = start_state(PROBLEM, (1, 2))
    fitted, old = PROBLEM.project(start.object).numpy(), start.object.numpy().copy()
    expected = np.where(start.support.numpy(), fitted, -0.2 * fitted + 0.5 * old)
    np.testing.assert_allclose(Half().step(PROBLEM, start).numpy(), expected, atol=1e-5 * np.abs(expected).max())
    np.testing.assert_array_equal(start.object.numpy(), old)


@pytest.mark.parametrize("centre", [False, True])
@pytest.mark.parametrize("name", ["er", "hio", "raar", "half"])
def test_both_paths_agree_over_five_steps(name: str, centre: bool) -> None:
    pytest.importorskip("numba")
    solver = Half(steps=5) if name == "half" else Solver.resolve({"name": name, "steps": 5})
    start = start_state(PROBLEM, (1, 2))
    if centre:
        start = start.changed(nuisance={"centre": torch.tensor([[0.3, -0.2, 0.1], [0.0, 0.5, 0.2]])})
    assert plain_reason(PROBLEM, start) is None
    found = _last(solver, PROBLEM, start, 3)
    assert isinstance(found.kept("object"), FromWave)
    estimate = solver.estimate(PROBLEM, found)
    with compiled(False):
        plain = _last(solver, PROBLEM, start, 3)
        assert not isinstance(plain.kept("object"), FromWave)
        assert _off(estimate, solver.estimate(PROBLEM, plain)) < 1e-4
    assert _off(found.object, plain.object) < 1e-4


@pytest.mark.parametrize(
    ("nuisance", "reason"),
    [("coherence", "the model has coherence"), ("background", "the model has background")],
)
def test_a_model_that_is_not_linear_takes_the_step_as_written(nuisance: str, reason: str) -> None:
    values = {"coherence": torch.full((1, 3), 0.5), "background": torch.full((1,), 0.1)}
    start = start_state(PROBLEM, (1,)).changed(nuisance={nuisance: values[nuisance]})
    assert plain_reason(PROBLEM, start) == reason
    assert not isinstance(_last(Half(steps=2), PROBLEM, start).kept("object"), FromWave)


def test_a_failed_member_keeps_its_object() -> None:
    start = start_state(PROBLEM, (1, 2)).changed(active=torch.tensor([True, False]))
    last = _last(Half(steps=3), PROBLEM, start)
    assert torch.equal(last.object[1], start.object[1])
    assert _off(last.object[0], start.object[0]) > 1e-3


def test_a_run_goes_on_from_a_file_and_every_array_is_in_it_once(tmp_path: Path) -> None:
    solver = Solver.resolve(
        [{"name": "hio", "steps": 7}, {"name": "shrinkwrap", "threshold": 0.1}, {"name": "er", "steps": 4}]
    )
    states = list(solver.run(PROBLEM, start_state(PROBLEM, (1, 2))))
    for at in (2, 7, 8, 10):
        path = tmp_path / f"{at}.h5"
        storage.save(path, states[at])
        once = sum(t.numel() * t.itemsize for t in (states[at].support, torch.view_as_real(states[at].object)))
        assert path.stat().st_size < 1.2 * once + 40_000
        back = storage.restore(path, TYPES)
        with pytest.raises(RuntimeError, match="geometry"):
            _ = back.changed().object
        last = _last(solver, PROBLEM, back.measured_by(PROBLEM.geometry))
        assert torch.equal(last.object, states[-1].object)
        assert torch.equal(last.support, states[-1].support)


def test_the_next_solver_takes_the_wave_over_without_a_transform() -> None:
    pytest.importorskip("numba")
    solver = Solver.resolve({"name": "hio", "steps": 3})
    end = _last(solver, PROBLEM, start_state(PROBLEM, (1,)))
    kept = end.handover().kept("object")
    assert kept is end.kept("object")
    assert kept._made is None  # nobody looked at the object
    assert _off(projected(PROBLEM, end), PROBLEM.project(end.object) * end.support) < 1e-5


def test_the_path_is_a_word_or_a_reason() -> None:
    chain = Solver.resolve([{"name": "hio", "steps": 3}, "shrinkwrap"])
    pytest.importorskip("numba")
    assert iteration_of(chain, PROBLEM) == "on the wave"
    assert iteration_of(Solver.resolve("dm"), PROBLEM) is None
    with compiled(False):
        assert iteration_of(chain, PROBLEM) == "step by step: compiled code is not allowed"
