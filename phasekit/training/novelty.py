"""Novelty: how much a trained network's answer differs from its answers to the validation samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from warnings import warn

import torch
from torch import Tensor

from phasekit.core.geometry import Geometry
from phasekit.numerics import fourier
from phasekit.runtime.errors import InputError

EDGES = (0.0, 0.06, 0.12, 0.2, 0.3, 1.0)
"""Edges of the shells of |Q| in which data and answer are compared, cycles per voxel."""

OUTSIDE = 0.95
"""Fraction of the validation samples nearer to their mean than answers that count as outside."""

LEAST = 1e-12
"""Lower bound of residuals and fractions, so that their logarithms are finite."""

RIDGE = 1e-3
"""Relative amount added to the variances: otherwise features that do not vary would decide alone."""

DAMAGED = "the novelty detector in these weights is damaged ({}); use other weights, or train again"


def feature_names() -> list[str]:
    """Return labels of the columns of `features`."""
    shells = [f"{low:g} ≤ |Q| < {high:g}" for low, high in pairwise(EDGES)]
    by_shell = (name for shell in shells for name in (f"residual, {shell}", f"fraction of the intensity, {shell}"))
    return ["residual, whole detector", "intensity over that of the brightest voxel", *by_shell]


def features(objects: Tensor, amplitude: Tensor, valid: Tensor, geometry: Geometry) -> Tensor:
    """Return the logarithms of features that distinguish answers, (n, k): χ² first, then those per shell of |Q|.

    `objects` (n, *box) lie in the middle half, at the scale of the data; `amplitude` (n, *detector) is the measured
    one. Only trusted voxels count.
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
class Novelty:
    """Decides from the features of an answer whether the training covered such data."""

    middle: Tensor
    """(k,) float64: mean of the features over the validation samples."""
    precision: Tensor
    """(k, k) float64: inverse of their covariance."""
    distances: Tensor
    """(101,) float64: percentiles of their Mahalanobis distances, from the nearest to the farthest."""

    @classmethod
    def of(cls, found: Tensor) -> Novelty:
        """Calibrate with the features (n, k) of the answers to the validation samples."""
        middle = found.mean(dim=0)
        off = found - middle
        covariance = off.T @ off / max(len(found) - 1, 1)
        spread = covariance.diagonal().clamp(min=1e-8)
        precision = torch.linalg.inv(covariance + RIDGE * torch.diag(spread))
        uncalibrated = cls(middle, precision, torch.zeros(101, dtype=torch.float64))
        reached = torch.quantile(uncalibrated.distance(found), torch.linspace(0, 1, 101, dtype=torch.float64))
        return cls(middle, precision, reached)

    def distance(self, found: Tensor) -> Tensor:
        """Return the Mahalanobis distance of features (n, k) from the mean of the validation samples: (n,)."""
        off = found.to(self.middle) - self.middle
        return ((off @ self.precision) * off).sum(dim=1).clamp(min=0).sqrt()

    def strangeness(self, found: Tensor) -> Tensor:
        """Return the fraction of the validation samples at a smaller distance than each answer: (n,), 0 to 1."""
        below = torch.searchsorted(self.distances, self.distance(found).contiguous())
        return below.clamp(max=100).double() / 100

    def outside(self, found: Tensor) -> Tensor:
        """Return (n,) bool: farther from the mean than 95 % of the validation samples."""
        return self.distance(found) > self.distances[round(100 * OUTSIDE)]

    def to(self, device: torch.device) -> Novelty:
        """Return a copy on a device."""
        return Novelty(*(value.to(device) for value in vars(self).values()))

    def plain(self) -> dict[str, Any]:
        """Return the numbers as JSON takes them."""
        return {name: [_rounded(row) for row in value.tolist()] for name, value in vars(self).items()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Novelty:
        """Restore what `plain` returned; raises InputError for anything else."""
        try:
            parts = [torch.tensor(plain[name], dtype=torch.float64) for name in ("middle", "precision", "distances")]
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(DAMAGED.format(repr(error))) from None
        k = len(parts[0]) if parts[0].ndim else 0
        if [tuple(part.shape) for part in parts] != [(k,), (k, k), (101,)]:
            raise InputError(DAMAGED.format("its shapes differ"))
        return cls(*parts)


def _rounded(row: Any) -> Any:
    return [float(f"{value:.9g}") for value in row] if isinstance(row, list) else float(f"{row:.9g}")


def __getattr__(name: str) -> Any:
    """Return Novelty under its name in 0.1, which goes in 0.3."""
    if name != "Gate":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warn("Gate has a new name; import Novelty", DeprecationWarning, stacklevel=2)
    return Novelty
