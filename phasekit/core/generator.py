"""Generator: what draws objects."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from phasekit.core.plugin import Plugin


class Generator(Plugin):
    """A source of objects to simulate and to train on."""

    kind: ClassVar[str] = "generator"

    @abstractmethod
    def sample(self, grid: Tensor, count: int, rng: torch.Generator) -> Tensor:
        """Draw `count` objects.

        `grid` (*space, ndim) real says where each voxel lies in the laboratory, 1 = radius of the largest ball
        in the half-box. Returns (count, *space) complex: zero outside the sample, largest modulus 1.
        """
