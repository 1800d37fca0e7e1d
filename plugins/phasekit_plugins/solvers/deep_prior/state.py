"""What the deep prior needs to go on: every network's weights, optimiser and record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from phasekit import State


@dataclass(frozen=True, eq=False)
class DeepPriorState(State):
    """A batch of objects and the networks that they came from; the tuples have one entry per network."""

    owner: tuple[int, ...] = ()
    """Which member of the batch a network works for."""
    attempt: tuple[int, ...] = ()
    """Which of its member's tries it is."""
    weights: tuple[Mapping[str, Tensor], ...] = ()
    """Parameter -> value, the nuisance parameters among them."""
    moments: tuple[Mapping[str, Tensor], ...] = ()
    """What the optimiser remembers: "exp_avg.PARAMETER" and the like."""
    best: tuple[Mapping[str, Tensor], ...] = ()
    """The weights at the step with the best score."""
    score: tuple[float, ...] = ()
    """The best score: χ², or the smoothed likelihood of the validation voxels."""
    smoothed: tuple[float, ...] = ()
    """The score now, averaged over the last steps."""
    best_step: tuple[int, ...] = ()
    rate: tuple[float, ...] = ()
    """Factor on the rate, smaller after each setback."""
    setbacks: tuple[int, ...] = ()
    """How often it ran into NaN and went back."""
    stopped: tuple[bool, ...] = ()
    """Whether it has run out of patience, or failed."""
    supports: Tensor | None = None
    """(networks, *space) bool: where each network's object may be."""
    best_supports: Tensor | None = None
    """(networks, *space) bool: those of the weights with the best score."""
    unmeasured: Tensor | None = None
    """(networks, k) real: the network's own prediction at the k untrusted voxels, put in for the data."""
    best_unmeasured: Tensor | None = None
    """(networks, k) real: those that the weights with the best score were judged by."""
    target: Tensor | None = None
    """(*batch, *space) complex: the object to begin from, where there is one."""
    curve: Tensor | None = None
    """(*batch, points) real: the smoothed score on the way, kept at its last value from where the run is."""
    given: Mapping[str, Tensor] = field(default_factory=dict)
    """Nuisance that the start came with and that stays as it is."""
