"""What the deep prior needs to continue: every network's weights, optimiser and record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from phasekit import State


@dataclass(frozen=True, eq=False)
class DeepPriorState(State):
    """A batch of objects and their networks; the tuples have one entry per network."""

    owner: tuple[int, ...] = ()
    """The network's member of the batch."""
    attempt: tuple[int, ...] = ()
    """The number of the try within its member."""
    weights: tuple[Mapping[str, Tensor], ...] = ()
    """Parameter -> value, including the nuisance parameters."""
    moments: tuple[Mapping[str, Tensor], ...] = ()
    """The optimiser's moments: "exp_avg.PARAMETER" and the like."""
    best: tuple[Mapping[str, Tensor], ...] = ()
    """The weights at the step with the best score."""
    score: tuple[float, ...] = ()
    """The best score: χ², or the smoothed likelihood of the validation voxels."""
    smoothed: tuple[float, ...] = ()
    """The current score, averaged over the last steps."""
    best_step: tuple[int, ...] = ()
    rate: tuple[float, ...] = ()
    """Factor on the rate, smaller after each setback."""
    setbacks: tuple[int, ...] = ()
    """How often it ran into NaN and went back."""
    stopped: tuple[bool, ...] = ()
    """Whether it is out of patience, or failed."""
    supports: Tensor | None = None
    """(networks, *space) bool: where each network's object may be."""
    best_supports: Tensor | None = None
    """(networks, *space) bool: those of the weights with the best score."""
    unmeasured: Tensor | None = None
    """(networks, k) real: the network's own prediction at the k untrusted voxels, used in place of data."""
    best_unmeasured: Tensor | None = None
    """(networks, k) real: those used to judge the weights with the best score."""
    target: Tensor | None = None
    """(*batch, *space) complex: the object to begin from, if any."""
    curve: Tensor | None = None
    """(*batch, points) real: the smoothed score during the run, constant after the current step."""
    given: Mapping[str, Tensor] = field(default_factory=dict)
    """Nuisance from the start, which stays fixed."""
