"""A projection onto the data in plain numpy, and one step of a solver to compare with what is made of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from phasekit import Problem, Solver, State

Array = NDArray[np.complex128]


def one_step(problem: Problem, state: State, **options: Any) -> Array:
    """Return the iterates after a step of a solver."""
    *_, end = Solver.resolve({"steps": 1, **options}).run(problem, state)
    return array(end.object)


def array(object: torch.Tensor) -> Array:
    """Return complex128 as numpy has it."""
    found: Array = object.numpy()
    return found


def to_data(problem: Problem, rho: Array) -> Array:
    """Return Π_m ρ of (n, *space)."""
    wave = np.fft.ifftn(rho, axes=(1, 2, 3), norm="ortho")
    fitted = np.where(problem.valid.numpy(), problem.amplitude.numpy() * np.exp(1j * np.angle(wave)), wave)
    return np.fft.fftn(fitted, axes=(1, 2, 3), norm="ortho")
