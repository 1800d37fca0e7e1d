"""The relative root mean square error against the truth."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from phasekit import InputError, Loss, Problem

from .sums import per, root, total

NO_TRUTH = "rmse needs the true object, but this problem has none; use chi2 or r-factor"


class RelativeError(Loss):
    """√Σ(p−g)² / √Σg² against the true object g, voxel by voxel: for simulations and training.

    The two are not aligned: a shift, a phase or the twin counts as an error. Source: Wu et al.,
    npj Comput. Mater. 7, 175 (2021), L1 and L2 of Eq. 6.
    """

    name: Literal["rmse"] = "rmse"
    of: Literal["amplitude", "phase", "complex"] = Field(
        "amplitude", description="What to compare; phase: wrapped differences where the truth is not 0."
    )

    sees_symmetry: ClassVar[str] = "it compares with the truth directly, not up to phase, shift and twin"

    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        """Return (*batch,) float64; see `Loss`. For a truth of zero length it is the error alone.

        Raises InputError if the truth is unknown.
        """
        if problem.truth is None:
            raise InputError(NO_TRUTH)
        found, truth = object.to(torch.complex128), problem.truth.to(torch.complex128)
        if self.of == "amplitude":
            error, reference = found.abs() - truth.abs(), truth.abs()
        elif self.of == "phase":
            # The phase of a zero is 0 here; its signed zeros could make it π.
            turn = torch.where(found == 0, 1, found) * truth.conj()
            error, reference = (torch.where(truth == 0, 0, of.angle()) for of in (turn, truth))
        else:
            error, reference = (found - truth).abs(), truth.abs()
        length = root(total(error.square(), problem.ndim))
        return per(length, root(total(reference.square(), problem.ndim)))

    def refusal(self, problem: Problem) -> str | None:
        """Refuse a problem without a truth."""
        return NO_TRUTH if problem.truth is None else None
