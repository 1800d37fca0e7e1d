"""State: everything that a solver needs to continue, for a batch of seeds; schedules over spans; keyed draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from typing import Any, Self

import torch
from torch import Tensor

from phasekit.core.geometry import Geometry
from phasekit.core.schedule import Schedule
from phasekit.numerics.detector_model import ramp
from phasekit.runtime.random import keyed

GAVE_UP = "its solver gave up"
"""The reason for a failure without a known cause."""


class _Object:
    """The field `object` of a state: a tensor, or a `FromWave`, which is asked when the tensor is needed."""

    def __get__(self, state: State | None, owner: type[State]) -> Tensor:
        if state is None:
            raise AttributeError("the field has no default")
        value = vars(state)["object"]
        return value.tensor() if isinstance(value, FromWave) else value

    def __set__(self, state: State, value: Tensor | FromWave) -> None:
        vars(state)["object"] = value


@dataclass(eq=False)
class FromWave:
    """An object that is kept as its wave on the detector, and transformed when it is looked at."""

    wave: Tensor
    """(*batch, *detector) complex."""
    centre: Tensor | None = None
    """(*batch, ndim): the offset of zero frequency in `wave`, voxels; None if there is none."""
    still: Tensor | None = None
    """(members, *space) complex: objects of members that had failed before there was a wave; None if none had."""
    which: Tensor | None = None
    """(*batch,) bool: the members of `still`."""

    def __post_init__(self) -> None:
        self._geometry: Geometry | None = None
        self._made: Tensor | None = None

    def measured_by(self, geometry: Geometry) -> FromWave:
        """Say which map leads back to the object; returns itself."""
        self._geometry = geometry
        return self

    def tensor(self) -> Tensor:
        """Return the object (*batch, *space)."""
        if self._made is None:
            if self._geometry is None:
                raise RuntimeError("a state that was read from a file is told its geometry by State.measured_by")
            with torch.no_grad():
                object = self._geometry.adjoint(self.wave).contiguous()
                if self.centre is not None:
                    object = object * ramp(-self.centre, tuple(object.shape[1:]))
                if self.still is not None and self.which is not None:
                    object[self.which] = self.still
            self._made = object
        return self._made


@dataclass(frozen=True, eq=False)
class State:
    """A batch of objects during a run: a complete continuation, stored by its field names.

    Every field of this class and its subclasses is a tensor, number, string, None, another State, or a tuple
    or mapping of these. A yielded state never changes again.
    """

    object: Tensor
    """(*batch, *space) complex: the iterate, which may differ from the estimate. A solver may hand over its wave
    in place of it, see `phasekit.core.feedback`; whoever reads `object` gets the tensor."""
    support: Tensor
    """(*batch, *space) bool: where the object may be."""
    seeds: tuple[int, ...]
    """One seed per batch member."""
    step: int = 0
    """Steps done by the running solver."""
    span: tuple[int, int] = (0, 1)
    """(lap, laps): which part of its schedules this run covers."""
    place: tuple[int, ...] = ()
    """Position of the running solver in its chains; distinguishes the random draws of equal solvers."""
    active: Tensor | None = None
    """(*batch,) bool: members that have not failed; None means all. Set it by `failing`."""
    reasons: tuple[str, ...] = ()
    """Why each member failed, "" if it did not; () if none did."""
    nuisance: Mapping[str, Tensor] = field(default_factory=dict)
    """The model besides the object: coherence, background, centre; see phasekit.numerics.detector_model."""
    diagnostics: Mapping[str, Tensor] = field(default_factory=dict)
    """What the solver wants plotted: (*batch,) numbers or (*batch, *any) arrays by name."""

    def at(self, schedule: Schedule | float, step: int, steps: int) -> float:
        """Read a schedule at `step` of `steps` of this run, stretched over all the laps of its span."""
        if isinstance(schedule, int | float):
            return float(schedule)
        lap, laps = self.span
        return schedule.at(lap * steps + step, laps * steps)

    def draw(self, sampler: Callable[..., Tensor], shape: tuple[int, ...], purpose: str, step: int = 0) -> Tensor:
        """Draw `sampler(shape, generator=…)` for each member: (*batch, *shape), float32, on the object's device.

        Keyed by seed, place, span, purpose and step: seed 7 draws the same numbers alone or in a batch, resumed or
        not, on CPU or GPU. `sampler` is `torch.rand`, `torch.randn` or similar.
        """
        keys = [(seed, self.place, self.span, purpose, step) for seed in self.seeds]
        return torch.stack([sampler(shape, generator=keyed(*key)) for key in keys]).to(self.object.device)

    def handover(self, span: tuple[int, int] | None = None, place: tuple[int, ...] | None = None) -> State:
        """Return the state that the next solver starts from: object, support, seeds, nuisance and failures stay."""
        return State(
            object=self.kept("object"),
            support=self.support,
            seeds=self.seeds,
            span=self.span if span is None else span,
            place=self.place if place is None else place,
            active=self.active,
            reasons=self.reasons,
            nuisance=self.nuisance,
        )

    @classmethod
    def around(cls, outer: State, inner: State | None, /, **fields: Any) -> Self:
        """Return the state of a solver that runs another: the objects of `inner`, the seeds and the place of `outer`.

        `fields` are those that this class adds, and `step`; without `inner` the objects are the outer ones.
        """
        shown = outer if inner is None else inner
        own: dict[str, Any] = {
            "object": shown.kept("object"),
            "support": shown.support,
            "seeds": outer.seeds,
            "span": outer.span,
            "place": outer.place,
            "active": shown.active,
            "reasons": shown.reasons,
            "nuisance": shown.nuisance,
            "diagnostics": {**outer.diagnostics, **shown.diagnostics},
        }
        return cls(**own, **fields)

    def changed(self, **fields: Any) -> Self:
        """Return a copy with some fields replaced."""
        return type(self)(**{**{part.name: self.kept(part.name) for part in dataclass_fields(self)}, **fields})

    def kept(self, name: str) -> Any:
        """Return a field as it is kept: an object that is kept as its wave is not transformed."""
        return vars(self)[name]

    def measured_by(self, geometry: Geometry) -> Self:
        """Say which map leads from kept waves to objects, after a state was read from a file; returns itself."""
        for value in vars(self).values():
            if isinstance(value, FromWave | State):
                value.measured_by(geometry)
        return self

    def failing(self, members: Tensor, reason: str) -> Self:
        """Return a copy in which `members` (*batch,) bool have failed, for a reason that a table can show.

        Earlier failures keep their reason. If there are no new ones, the state itself is returned.
        """
        new = members & self.running()
        if not bool(new.any()):
            return self
        known = self.reasons or ("",) * len(self.seeds)
        reasons = tuple(reason if fails else old for fails, old in zip(new.tolist(), known, strict=True))
        return self.changed(active=self.running() & ~new, reasons=reasons)

    def reason(self, member: int) -> str | None:
        """Return why a member failed; None if it has not."""
        if bool(self.running()[member]):
            return None
        return (self.reasons[member] if self.reasons else "") or GAVE_UP

    def running(self) -> Tensor:
        """Return (*batch,) bool: the members that have not failed."""
        if self.active is not None:
            return self.active
        return torch.ones(len(self.seeds), dtype=torch.bool, device=self.object.device)


State.object = _Object()  # type: ignore[assignment]  # after the class is made, or it would be a default
