"""The solver keeps phasekit's laws, is found by its name, and does what it is for."""

from __future__ import annotations

import torch
from phasekit_relax import Relax

from phasekit import Solver
from phasekit.testing import parametrize_with_checks, reference_problem, start_state


@parametrize_with_checks([Relax()])
def test_contract(check) -> None:
    check()


def test_the_solver_is_found_by_its_name() -> None:
    assert Solver.resolve({"name": "relax", "beta": 1.2}) == Relax(beta=1.2)


def test_beta_of_one_is_error_reduction() -> None:
    problem = reference_problem()
    start = start_state(problem)
    (state,) = Relax(steps=1, beta=1.0).run(problem, start)
    wave = problem.amplitude * torch.exp(1j * torch.fft.ifftn(start.object, dim=(1, 2, 3), norm="ortho").angle())
    wanted = torch.fft.fftn(wave, dim=(1, 2, 3), norm="ortho") * problem.support
    assert torch.allclose(state.object, wanted, atol=1e-3)
