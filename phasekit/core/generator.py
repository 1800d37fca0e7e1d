"""Generator: draws objects."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from phasekit.core.plugin import Plugin


class Generator(Plugin):
    """Draws objects for simulation and training."""

    kind: ClassVar[str] = "generator"

    @abstractmethod
    def sample(self, grid: Tensor, count: int, rng: torch.Generator) -> Tensor:
        """Draw `count` objects.

        `grid` (*space, ndim) real is the position of each voxel in the laboratory, 1 = radius of the largest ball
        in the half-box. Returns (count, *space) complex: zero outside the sample, largest modulus 1.
        """
