"""What a plugin can be, Generator to Network: subclass one of these to write one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import torch
from pydantic import Field, GetCoreSchemaHandler, ValidationInfo
from pydantic_core import core_schema
from torch import Tensor

from phasekit.errors import InputError
from phasekit.plugin import Plugin
from phasekit.state import State

if TYPE_CHECKING:
    from phasekit.measurement import Measurement
    from phasekit.problem import Problem


class Schedule(Plugin):
    """A number that changes as a solver runs: a weight, a rate, a β, a σ. A plain number is a constant one."""

    kind: ClassVar[str] = "schedule"

    @classmethod
    def shorthand(cls, value: Any) -> Any:
        """Take a plain number for the constant schedule."""
        if isinstance(value, Real) and not isinstance(value, bool):
            return {"name": "constant", "value": value}
        return value

    @abstractmethod
    def at(self, step: int, steps: int) -> float:
        """Return the value at `step` of `steps` (0 ≤ step < steps); `at(0, 1)` is the start."""


@dataclass(frozen=True)
class Between:
    """Bounds for an option annotated `Annotated[Schedule | float, Between(low, high)]`, both ends included.

    A number is checked as it is, a schedule at both of its ends.
    """

    low: float
    high: float

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Validate as a schedule, then look at the ends."""

        def check(value: Any, info: ValidationInfo) -> Schedule:
            schedule = Schedule.resolve(value, info.context)
            for end in (schedule.at(0, 1), schedule.at(0, 1000), schedule.at(999, 1000)):
                if not self.low <= end <= self.high:
                    raise ValueError(f"should lie between {self.low:g} and {self.high:g}, got {end:g}")
            return schedule

        dump = core_schema.plain_serializer_function_ser_schema(
            lambda schedule, info: schedule.model_dump(mode=info.mode), info_arg=True
        )
        return core_schema.with_info_plain_validator_function(check, serialization=dump)


class Generator(Plugin):
    """A source of objects to simulate and to train on."""

    kind: ClassVar[str] = "generator"

    @abstractmethod
    def sample(self, grid: Tensor, count: int, rng: torch.Generator) -> Tensor:
        """Draw `count` objects.

        `grid` (*space, ndim) real says where each voxel lies in the laboratory, 1 = radius of the largest ball
        in the half-box. Returns (count, *space) complex: zero outside the sample, largest modulus 1.
        """


@dataclass(frozen=True, eq=False)
class Setup:
    """A set-up whose matrices were computed elsewhere, to check a geometry against: `phasekit geometry --check`."""

    name: str
    source: str
    """What computed the matrices."""
    geometry: Geometry
    shape: tuple[int, ...]
    expected: Mapping[str, Any]
    """Key of `phasekit geometry --json` -> what it should be."""
    tolerance: float
    """Largest deviation over the largest entry that is still agreement."""


class Geometry(Plugin):
    """The linear map from an object to the wave on the detector, and where a voxel lies in space."""

    kind: ClassVar[str] = "geometry"
    ndim: Literal[2, 3] = Field(3, description="Dimensions of the data; a problem sets it from its arrays.")

    def for_data(self, ndim: int) -> Self:
        """Return this geometry for arrays of `ndim` dimensions; raises InputError where it cannot be."""
        return self if ndim == self.ndim else self.model_copy(update={"ndim": ndim})

    @abstractmethod
    def forward(self, object: Tensor) -> Tensor:
        """Map (*batch, *space) complex to the wave (*batch, *detector), zero frequency first, energy kept."""

    def forward_within(self, part: Tensor, corner: Sequence[int], space: Sequence[int]) -> Tensor:
        """Map an object that is zero outside a box: `forward` of it, cheaper where a geometry knows a way.

        `part` (*batch, *box) lies in the box whose first voxel is `corner` in an array of shape `space`.
        """
        edges: list[int] = []
        for n, first, inside in zip(space, corner, part.shape[-len(space) :], strict=True):
            edges = [first, n - first - inside, *edges]
        return self.forward(torch.nn.functional.pad(part, edges))

    @abstractmethod
    def adjoint(self, wave: Tensor) -> Tensor:
        """Map a wave (*batch, *detector) back to (*batch, *space)."""

    @abstractmethod
    def basis(self, space: tuple[int, ...]) -> Tensor:
        """Return (ndim, 3) float64: row i is the step of one voxel along array axis i, metres, laboratory frame."""

    def calibrated(self) -> bool:
        """Tell whether the lengths of `basis` are true metres, and not only right relative to one another."""
        return True

    def transfer(self) -> Tensor | None:
        """Return q at the array's centre, (3,) float64 in 1/m, where phase means displacement; else None.

        Like `basis`, `beam` and `reference` it is told in the laboratory frame, the sample standing as it does
        at the array's centre.
        """
        return None

    def reference(self) -> Tensor | None:
        """Return h_ref, (3,) float64 in 1/m, against which strain is told; by default `transfer`."""
        return self.transfer()

    def beam(self) -> Tensor | None:
        """Return the wave vectors k_i and k_f at the array's centre, (2, 3) float64 in 1/m; None if not known."""
        return None

    def frames(self) -> Mapping[str, Tensor]:
        """Return the frames that can be told: name -> (3, 3) float64 rotation R, v_frame = R v_laboratory."""
        return {"laboratory": torch.eye(3, dtype=torch.float64)}

    def windowed(self, centre: Sequence[float], factors: Sequence[int]) -> Self:
        """Return the geometry of prepared data.

        `centre` is the index, in the array as it was read, of the middle of the voxel that became the centre
        n//2; `factors` says how many voxels, per axis, were summed into one. Raises InputError for a geometry
        that cannot take that.
        """
        if any(factor != 1 for factor in factors):
            raise InputError(f"the geometry '{self.name}' does not take binned data; leave the step bin out")
        return self

    @classmethod
    def setups(cls) -> tuple[Setup, ...]:
        """Return reference set-ups that this geometry is to agree with."""
        return ()

    def remarks(self, space: tuple[int, ...]) -> tuple[str, ...]:
        """Say what looks wrong for an array of this shape, as sentences; raises InputError for what cannot be."""
        return ()


class Loss(Plugin):
    """How badly an estimate explains a measurement. A metric is a loss that nobody minimises; lower is better."""

    kind: ClassVar[str] = "loss"
    sees_symmetry: ClassVar[str] = ""  # waives "unchanged by phase, shift and twin", with the reason
    weight: Annotated[Schedule | float, Between(0, float("inf"))] = Field(
        1.0, description="Factor of this loss in a weighted sum; a metric ignores it."
    )

    @abstractmethod
    def __call__(self, problem: Problem, object: Tensor, amplitude: Tensor) -> Tensor:
        """Return (*batch,) real for objects (*batch, *space).

        `amplitude` (*batch, *detector) is the predicted one, computed once for all losses.
        """

    def label(self) -> str:
        """Return what this loss is called where it is used as a metric: in tables, in `rank`."""
        return self.name

    def refusal(self, problem: Problem) -> str | None:
        """Say in a sentence why this loss cannot judge `problem` (no truth, no held-out voxels); None if it can."""
        return None


class Solver(Plugin):
    """A method that turns a problem into an object, one improved state at a time. A list of solvers is a chain."""

    kind: ClassVar[str] = "solver"
    state_type: ClassVar[type[State]] = State
    moves_truth: ClassVar[str] = ""  # waives "the truth of clean data stays", with the reason
    scales: ClassVar[str] = ""  # waives "4 × the photons, 2 × the object", with the reason

    @classmethod
    def shorthand(cls, value: Any) -> Any:
        """Take a list for a chain, and a mapping without a name that has `solvers` for one too."""
        if isinstance(value, list | tuple):
            return {"name": "chain", "solvers": value}
        if isinstance(value, Mapping) and "name" not in value and "solvers" in value:
            return {"name": "chain", **value}
        return value

    @abstractmethod
    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Run the steps from `start.step` to the end.

        Yields a state after every `every` steps, counted from `start.step`, and at the end; a finished `start`
        yields nothing. A yielded state is a complete continuation and is never written to again.
        """

    def estimate(self, problem: Problem, state: State) -> Tensor:
        """Return the object (*batch, *space) that `state` stands for: what is measured, ranked and kept."""
        return state.object * state.support

    def length(self) -> int | None:
        """Return how many steps a whole run takes, None where that is open."""
        return None

    def memory(self, problem: Problem) -> int:
        """Return the bytes that one member of a batch needs while running."""
        return 6 * problem.valid.numel() * problem.complex_dtype.itemsize

    def refusal(self, problem: Problem) -> str | None:
        """Say in a sentence why this solver cannot take `problem`; None if it can."""
        return None


class Source(Plugin):
    """Where a problem comes from: a simulation, a file, a beamline's scan."""

    kind: ClassVar[str] = "source"

    @abstractmethod
    def load(self, geometry: Geometry | None, rng: torch.Generator) -> Problem:
        """Read or make the problem; `geometry`, where given, overrides what a file says.

        Raises `phasekit.InputError` with a sentence for data that cannot be used.
        """

    def raw(self) -> Measurement | None:
        """Return what was read, before any preparation, for `phasekit doctor`; None where there is no such thing."""
        return None


class Preparation(Plugin):
    """One step that makes raw counts ready to be phased; sources that read files take a list of them."""

    kind: ClassVar[str] = "preparation"

    @abstractmethod
    def apply(self, measured: Measurement) -> Measurement:
        """Return the measurement after this step, with a sentence in `steps` that says what was done.

        Writes to nothing that it is given. Raises `phasekit.InputError` with a sentence where it cannot be done.
        """


class Network(Plugin):
    """A map with weights whose output is an object: what the deep prior optimises, and what a learner trains."""

    kind: ClassVar[str] = "network"
    reads: ClassVar[Literal["amplitude", "noise"]] = "amplitude"
    """What is put in: the measured amplitudes, zero frequency centred, largest 1; or noise, a code of its own."""
    mixes_batch: ClassVar[str] = ""  # waives "what a member of a batch gives does not depend on the others"

    @abstractmethod
    def build(self, detector: tuple[int, ...], box: tuple[int, ...]) -> torch.nn.Module:
        """Return an untrained module: (batch, *input_shape) real -> (batch, *box) complex, at any scale.

        `detector` is the shape of the data, `box` that of the part of space that the object may fill. The
        weights are drawn from torch's global generator, which the caller has seeded and restores.
        """

    @abstractmethod
    def input_shape(self, detector: tuple[int, ...], box: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of what is put in, channels first: (1, *detector) for a network that reads amplitudes."""

    def drawn(self, detector: tuple[int, ...], box: tuple[int, ...], seed: int) -> torch.nn.Module:
        """Build the module with the weights that `seed` draws; torch's global generator stays as it was."""
        with torch.random.fork_rng(devices=[]):
            # Not torch.manual_seed, which would seed the GPUs too, and those are not put back.
            torch.default_generator.manual_seed(seed)
            return self.build(detector, box)

    def refusal(self, detector: tuple[int, ...], box: tuple[int, ...]) -> str | None:
        """Say in a sentence why this network cannot be built for these shapes, and what would fit; else None."""
        return None


INTERFACES: dict[str, type[Plugin]] = {
    kind.kind: kind for kind in (Generator, Geometry, Solver, Loss, Schedule, Source, Preparation, Network)
}
