"""The error of the object itself."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from phasekit import Loss, Problem
from phasekit.numerics import registration
from phasekit.numerics.symmetry import twin


class ObjectError(Loss):
    """‖ρ − g‖ / ‖g‖ against the true object g, after translation, twin and global phase are removed.

    Compare it with the flat-phase figure: the true shape without phase scores about 0.2 on weak phases.
    """

    name: Literal["object-error"] = "object-error"
    scale: bool = Field(False, description="Remove a scale factor too, for data that are not absolute.")

    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        """Return (*batch,) float64."""
        members = object.reshape(-1, *problem.space)
        return torch.stack([self._one(problem, member) for member in members]).reshape(object.shape[: -problem.ndim])

    def _one(self, problem: Problem, object: Tensor) -> Tensor:
        truth = self._truth(problem).to(object.device, object.dtype)
        turn = registration.align(object.detach(), truth)
        # The norms and the overlap say it all, so nothing is resampled and the gradient stays exact.
        moved = torch.fft.fftn(twin(object) if turn.twin else object).to(torch.complex128)
        cross = torch.fft.fftn(truth).to(torch.complex128).conj() * moved
        at = [torch.tensor([shift]) for shift in turn.shift]
        overlap = registration.overlaps(cross, at).reshape(()).abs() / cross.numel()
        ours = torch.view_as_real(object.resolve_conj()).double().square().sum()
        theirs = torch.view_as_real(truth).double().square().sum().clamp(min=1e-300)
        if self.scale:
            squared = 1 - overlap.square() / (ours * theirs).clamp(min=1e-300)
        else:
            squared = (ours + theirs - 2 * overlap) / theirs
        error: Tensor = squared.clamp(min=1e-16).sqrt()
        return error

    def refusal(self, problem: Problem) -> str | None:
        """Refuse a problem without a truth."""
        return None if problem.truth is not None else "object-error needs the true object, but this problem has none"

    @staticmethod
    def _truth(problem: Problem) -> Tensor:
        if problem.truth is None:
            raise ValueError("object-error needs the true object, but this problem has none")
        return problem.truth
