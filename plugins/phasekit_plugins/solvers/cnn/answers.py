"""Answers of a trained network, with measures of their reliability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from phasekit import Geometry, Problem, fourier
from phasekit.training import novelty

from ...losses.sums import per

if TYPE_CHECKING:
    from phasekit import Learner
    from phasekit.training.trained import TrainedNetwork

NEIGHBOURS = 0.1
"""Fraction of the surroundings, 1.5 voxels around, that must be trusted to fill an untrusted voxel: where two
gaps of three voxels cross it is enough, beyond the measured frequencies it is not."""


@dataclass(frozen=True, eq=False)
class Answers:
    """A trained network's objects for n patterns."""

    object: Tensor
    """(n, *detector) complex: the objects on the network's grid, in the centre of the array, at the data's scale."""
    residual: Tensor
    """(n,) float64: χ² of the object's prediction against the data, trusted voxels."""
    strangeness: Tensor
    """(n,) float64: the fraction of the validation samples with less strange answers, 0 to 1; NaN if unknown."""
    outside: Tensor
    """(n,) bool: whether such data are outside the training; True if unknown."""

    @classmethod
    def of(
        cls, learner: Learner, network: TrainedNetwork, amplitude: Tensor, valid: Tensor, geometry: Geometry
    ) -> Answers:
        """Apply a network to amplitudes (n, *detector), zero frequency first, and judge its answers."""
        with torch.inference_mode():
            objects = learner.answers(network.module, amplitude, valid)
            made = judged(network.novelty, objects, amplitude, valid, geometry)
        # Out of inference mode: callers may modify the tensors or continue from them.
        return cls(*(tensor.clone() for tensor in made))

    @classmethod
    def joined(cls, parts: Sequence[Answers]) -> Answers:
        """Concatenate batches."""
        return cls(*(torch.cat([getattr(one, field.name) for one in parts]) for field in fields(cls)))

    def diagnostics(self, members: int, device: torch.device) -> dict[str, Tensor]:
        """Return the columns of the report's table, for all seeds."""
        columns = {"residual of the answer": self.residual[0]}
        if bool(self.strangeness[0].isfinite()):
            columns |= {"strangeness": self.strangeness[0], "outside the training": self.outside[0].double()}
        return {name: value.to(device).expand(members).clone() for name, value in columns.items()}


def judged(
    judge: novelty.Novelty | None, objects: Tensor, amplitude: Tensor, valid: Tensor, geometry: Geometry
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the fields of `Answers` for objects (n, *box) and amplitudes (n, *detector), without synchronising."""
    found = novelty.features(objects, amplitude, valid, geometry)
    if judge is None:
        strange, outside = torch.full_like(found[:, 0], torch.nan), torch.ones_like(found[:, 0], dtype=torch.bool)
    else:
        strange, outside = judge.strangeness(found), judge.outside(found)
    return placed(objects, tuple(amplitude.shape[1:])), found[:, 0].exp(), strange, outside


def placed(objects: Tensor, space: tuple[int, ...]) -> Tensor:
    """Put (n, *box) into the middle of (n, *space)."""
    return fourier.placed(objects, [side.start for side in fourier.half_box(space)], space)


def predicted(
    module: nn.Module, amplitude: Tensor, valid: Tensor, *, whole: bool | None = None
) -> tuple[Tensor, Tensor]:
    """Apply a module to amplitudes (n, *detector): its objects (n, *box) and predictions, at the data's scale.

    `whole` says whether all voxels are trusted, if that is known.
    Uses the far-field transform: a network works on the array, whatever its axes mean.
    """
    detector = tuple(amplitude.shape[1:])
    ndim = len(detector)
    measured = torch.where(valid, amplitude, 0)
    whole = bool(valid.all()) if whole is None else whole
    filled = measured if whole else _filled(measured, valid)
    largest = filled.flatten(1).amax(dim=1).clamp(min=torch.finfo(filled.dtype).tiny)
    inputs = fourier.centred(filled / largest.reshape(-1, *[1] * ndim), ndim)[:, None]
    objects = module(inputs)
    corner = [side.start for side in fourier.half_box(detector)]
    found = fourier.to_wave_within(objects, corner, detector).abs()
    scale = _scale(torch.where(valid, found, 0), measured, ndim)
    factor = scale.to(found.dtype).reshape(-1, *[1] * ndim)
    return objects * factor, found * factor


def _filled(measured: Tensor, valid: Tensor) -> Tensor:
    """Fill untrusted voxels of (n, *detector) from their neighbours; 0 if none of these is trusted."""
    ndim = measured.ndim - 1
    trust = fourier.smooth(valid.to(measured.dtype), 1.5, ndim)
    around = fourier.smooth(measured, 1.5, ndim).clamp(min=0) / trust.clamp(min=NEIGHBOURS)
    return torch.where(valid, measured, torch.where(trust >= NEIGHBOURS, around, 0))


def fitted(problem: Problem, object: Tensor) -> Tensor:
    """Scale an object (*space) so that what it predicts fits the trusted amplitudes best."""
    amplitude = torch.where(problem.valid, problem.predict(object), 0)
    measured = torch.where(problem.valid, problem.amplitude, 0)
    return object * _scale(amplitude, measured, problem.ndim).to(object.real.dtype)


def _scale(predicted: Tensor, measured: Tensor, ndim: int) -> Tensor:
    """Return by what (*batch, *detector) is to be multiplied to fit `measured` best: (*batch,) float64."""
    seen, axes = predicted.double(), fourier.axes(ndim)
    return per((seen * measured.double()).sum(dim=axes), seen.square().sum(dim=axes))
