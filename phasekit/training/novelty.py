"""The gate: whether a trained network's answer is like those to the samples that it was validated on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from phasekit.core.geometry import Geometry
from phasekit.numerics import fourier
from phasekit.runtime.errors import InputError

EDGES = (0.0, 0.06, 0.12, 0.2, 0.3, 1.0)
"""Edges of the shells of |Q| in which data and answer are compared, cycles per voxel."""

OUTSIDE = 0.95
"""Part of the validation samples that is nearer to their middle than what counts as outside; 5 % of them are not."""

LEAST = 1e-12
"""What residuals and parts are held above, so that their logarithms stay finite."""

RIDGE = 1e-3
"""What is added to the variances, in their own units: features that do not vary would decide alone."""


def feature_names() -> list[str]:
    """Return what the columns of `features` are, in words."""
    shells = [f"{low:g} ≤ |Q| < {high:g}" for low, high in pairwise(EDGES)]
    told = (name for shell in shells for name in (f"residual, {shell}", f"part of the intensity, {shell}"))
    return ["residual, whole detector", "intensity over that of the brightest voxel", *told]


def features(objects: Tensor, amplitude: Tensor, valid: Tensor, geometry: Geometry) -> Tensor:
    """Return logarithms of what tells answers apart, (n, k): χ² first, then residual and strength per shell of |Q|.

    `objects` (n, *box) lie in the middle half, at the scale of the data; `amplitude` (n, *detector) is the measured
    one. Only trusted voxels are looked at.
    """
    space = tuple(amplitude.shape[1:])
    corner = [side.start for side in fourier.half_box(space)]
    predicted = geometry.forward_within(objects, corner, space).abs()
    measured = torch.where(valid, amplitude, 0)
    difference = torch.where(valid, predicted - measured, 0).square()
    energy = measured.square()
    total = _sum(energy).clamp(min=LEAST)
    found = [_sum(difference) / total, total / measured.flatten(1).amax(dim=1).square().clamp(min=LEAST)]
    radius = torch.zeros_like(measured[0])
    for frequency in fourier.frequencies(space, radius):
        radius = radius + frequency.square()
    radius = radius.sqrt()
    for low, high in pairwise(EDGES):
        shell = (radius >= low) & (radius < high)
        inside = _sum(energy * shell)
        found += [_sum(difference * shell) / inside.clamp(min=LEAST * total), inside / total]
    return torch.stack(found, dim=1).double().clamp(min=LEAST, max=1 / LEAST).log()


def _sum(values: Tensor) -> Tensor:
    return values.flatten(1).sum(dim=1, dtype=torch.float64)


@dataclass(frozen=True, eq=False)
class Gate:
    """Tells from the features of an answer whether the training covered such data."""

    middle: Tensor
    """(k,) float64: mean of the features of the validation samples."""
    precision: Tensor
    """(k, k) float64: inverse of their covariance."""
    distances: Tensor
    """(101,) float64: percentiles of their Mahalanobis distances, from the nearest to the farthest."""

    @classmethod
    def of(cls, found: Tensor) -> Gate:
        """Set the gate by the features (n, k) of the answers to validation samples."""
        middle = found.mean(dim=0)
        off = found - middle
        covariance = off.T @ off / max(len(found) - 1, 1)
        spread = covariance.diagonal().clamp(min=1e-8)
        precision = torch.linalg.inv(covariance + RIDGE * torch.diag(spread))
        gate = cls(middle, precision, torch.zeros(101, dtype=torch.float64))
        reached = torch.quantile(gate.distance(found), torch.linspace(0, 1, 101, dtype=torch.float64))
        return cls(middle, precision, reached)

    def distance(self, found: Tensor) -> Tensor:
        """Return the Mahalanobis distance of features (n, k) from the middle of the validation samples: (n,)."""
        off = found.to(self.middle) - self.middle
        return ((off @ self.precision) * off).sum(dim=1).clamp(min=0).sqrt()

    def strangeness(self, found: Tensor) -> Tensor:
        """Return the part of the validation samples that was less strange than each answer: (n,), 0 to 1."""
        below = torch.searchsorted(self.distances, self.distance(found).contiguous())
        return below.clamp(max=100).double() / 100

    def outside(self, found: Tensor) -> Tensor:
        """Return (n,) bool: stranger than all but 5 % of the validation samples."""
        return self.distance(found) > self.distances[round(100 * OUTSIDE)]

    def to(self, device: torch.device) -> Gate:
        """Return the gate on a device, where it then judges."""
        return Gate(*(value.to(device) for value in vars(self).values()))

    def plain(self) -> dict[str, Any]:
        """Return the gate as JSON takes it."""
        return {name: [_rounded(row) for row in value.tolist()] for name, value in vars(self).items()}

    @classmethod
    def told(cls, plain: Mapping[str, Any]) -> Gate:
        """Return the gate that `plain` gave; raises InputError for anything else."""
        try:
            parts = [torch.tensor(plain[name], dtype=torch.float64) for name in ("middle", "precision", "distances")]
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"the gate of these weights is damaged ({error!r}); take others, or train anew") from None
        k = len(parts[0]) if parts[0].ndim else 0
        if [tuple(part.shape) for part in parts] != [(k,), (k, k), (101,)]:
            raise InputError("the gate of these weights is damaged (its shapes differ); take others, or train anew")
        return cls(*parts)


def _rounded(row: Any) -> Any:
    return [float(f"{value:.9g}") for value in row] if isinstance(row, list) else float(f"{row:.9g}")
