"""The supervised network: trained once, an answer in milliseconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from phasekit import Between, Geometry, InputError, Learner, Network, Problem, Schedule, Solver, State, fourier
from phasekit.core.chain import Constant
from phasekit.runtime.device import choose_device
from phasekit.training import object_error
from phasekit.training.regrid import Refit
from phasekit.training.samples import Samples
from phasekit.training.trained import trained_network

from ...networks.unrolled import Unrolled
from .answers import Answers, fitted, predicted
from .stream import streamed
from .supervision import Weighing, compared

Weight = Annotated[Schedule | float, Between(0, float("inf"))]

PAPER: Mapping[str, Any] = {
    # Wu et al., npj Comput. Mater. 7, 175 (2021), Methods: α1 = α2 = α3 = 1, one right answer.
    "network": {"name": "paper", "output": "relu"},
    "object_weight": 0.0,
    "amplitude_weight": 1.0,
    "phase_weight": 1.0,
    "diffraction_weight": 1.0,
    "twin": "plain",
}


@dataclass(frozen=True, eq=False)
class CnnState(State):
    """The network's answer, or the state of the solver that runs if it is unreliable."""

    inner: State | None = None


class Cnn(Learner):
    """A trained network gives the object in one step, and says whether its training covered such data.

    Every seed gets the same answer, at the scale of the data, with its residual and the fraction of
    validation samples that are less strange; `then` runs if that is too high. Data of another box are converted to the
    network's in Fourier-consistent ways. Train one with `task: train`. Source: Wu et al., npj Comput. Mater. 7, 175
    (2021), supervised mode.
    """

    name: Literal["cnn"] = "cnn"
    protocol: Literal["own", "paper"] = Field(
        "own",
        description="Defaults of network, losses and twin: phasekit's, or the paper's (for `task: train`).",
    )
    network: Network = Field(default_factory=Unrolled, description="The network to train; weights state their network.")
    then: Solver | None = Field(
        None, description="Solver that continues from the answer if the training did not cover such data."
    )
    fit: Literal["auto", "reciprocal"] = Field(
        "auto",
        description="How data of another box are converted to the network's: cropped or padded in real space too, so "
        "that the object fills the array as in training; or only in reciprocal space.",
    )
    object_weight: Weight = Field(1.0, description="Weight of the object error (global phase removed) in training.")
    amplitude_weight: Weight = Field(0.0, description="α1 of Eq. 6: of the relative rms error of the amplitude.")
    phase_weight: Weight = Field(
        0.0, description="α2 of Eq. 6: of that of the phase; a network without phase cannot reduce it."
    )
    diffraction_weight: Weight = Field(
        0.0, description="α3 of Eq. 6: of the modified Pearson correlation of the diffraction amplitudes."
    )
    twin: Literal["nearer", "plain"] = Field(
        "nearer",
        description="What an answer is compared with in training: the nearer of object and twin, or the object.",
    )

    state_type: ClassVar[type[State]] = CnnState
    moves_truth = "it uses only the data, as well as it was trained"
    example: ClassVar[Mapping[str, Any]] = {"weights": "superellipsoid-32", "then": "er"}

    @model_validator(mode="before")
    @classmethod
    def _fill_in_protocol(cls, options: Any) -> Any:
        if not isinstance(options, Mapping) or options.get("protocol", "own") != "paper":
            return options
        return {**PAPER, **options}

    @model_validator(mode="after")
    def _weighs_something(self) -> Cnn:
        if all(weight in (0, Constant(value=0)) for weight in self._weights_of_losses()):
            raise ValueError("the weights of object, amplitude, phase and diffraction are all 0; set at least one")
        return self

    def _weights_of_losses(self) -> tuple[Schedule | float, ...]:
        return self.object_weight, self.amplitude_weight, self.phase_weight, self.diffraction_weight

    # --- solving --------------------------------------------------------------------------------------------

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Answer in one step; if `then` has to continue, its steps follow. See `Solver.run`."""
        state, inner = start, start.inner if isinstance(start, CnnState) else None
        first = latest = start.step
        if state.step == 0:
            state, outside = self._answered(problem, start)
            if self.then is not None and outside:
                inner = state.handover(place=(*start.place, 0))
                state = state.changed(inner=inner)
            if every == 1 or inner is None:
                latest = state.step
                yield state
        if self.then is None or inner is None:
            return
        for following in self.then.run(problem, inner, 1):
            state = CnnState.around(state, following, step=1 + following.step, inner=following)
            if (state.step - first) % every == 0:
                latest = state.step
                yield state
        if state.step > latest:
            yield state

    def _answered(self, problem: Problem, start: State) -> tuple[CnnState, bool]:
        """Return the state with the network's answer, and whether it is unreliable."""
        found, refit = self._asked(problem)
        object = refit.object(found.object)[0].to(problem.complex_dtype)
        object = fitted(problem, object * problem.support)
        members = len(start.seeds)
        alive = start.running().reshape(-1, *[1] * problem.ndim)
        diagnostics = found.diagnostics(members, problem.device)
        if not refit.is_identity():
            ratios = enumerate(refit.voxels())
            diagnostics |= {f"network's voxel / data's, axis {a}": torch.full((members,), r) for a, r in ratios}
        state = CnnState(
            object=torch.where(alive, object.expand(members, *problem.space), start.object),
            support=start.support,
            seeds=start.seeds,
            step=1,
            span=start.span,
            place=start.place,
            active=start.active,
            reasons=start.reasons,
            nuisance=start.nuisance,
            diagnostics=diagnostics,
        )
        return state, bool(found.outside[0])

    def _asked(self, problem: Problem) -> tuple[Answers, Refit]:
        """Apply the network to one measurement: return its answer on its own grid, and the way back."""
        assert self.weights is not None  # `refusal` checks it
        dtype = problem.intensity.dtype
        network = trained_network(self.weights, problem.device, dtype)
        refit = self._refit(problem, network.weights.detector, network.weights.about)
        amplitude = refit.amplitude(problem.filled()[0])[None]
        valid = refit.trusted(problem.valid)[None]
        return Answers.of(self, network, amplitude, valid, problem.geometry), refit

    def _refit(self, problem: Problem, target: tuple[int, ...], about: Mapping[str, Any]) -> Refit:
        covered = np.asarray(about.get("oversampling") or (), dtype=object)
        if self.fit == "reciprocal" or covered.shape != (3, len(target)):
            return Refit.choose(problem, target, None)
        low, median, high = covered.tolist()
        if not all(isinstance(ratio, int | float) and ratio > 0 for ratio in (*low, *median, *high)):
            return Refit.choose(problem, target, None)
        chosen = Refit.choose(problem, target, tuple(1 / ratio for ratio in median))
        # Data within the training stay unchanged.
        rows = zip(problem.detector, chosen.window, problem.oversampling(), low, high, strict=True)
        window = tuple(n if least <= ratio <= most else other for n, other, ratio, least, most in rows)
        return replace(chosen, window=window)

    @staticmethod
    def _trained_on(about: Mapping[str, Any], ndim: int) -> Geometry:
        return Geometry.resolve(about.get("geometry", "far-field")).for_data(ndim)

    def estimate(self, problem: Problem, state: State) -> Tensor:
        """Return the answer inside the support, or the estimate of `then`."""
        if isinstance(state, CnnState) and state.inner is not None and self.then is not None and state.inner.step:
            return self.then.estimate(problem, state.inner)
        return state.object * state.support

    def length(self) -> int | None:
        """Return 1; None if `then` may follow."""
        return 1 if self.then is None else None

    def memory(self, problem: Problem) -> int:
        """Return roughly the memory of one pass, or of `then`, if that is more."""
        own = super().memory(problem) + 64 * problem.valid.numel() * problem.intensity.itemsize
        return own if self.then is None else max(own, self.then.memory(problem))

    def refusal(self, problem: Problem) -> str | None:
        """Refuse to run without weights, or on data that cannot be converted to the network's box."""
        if self.weights is None:
            return "cnn has no weights; name some (`phasekit weights` lists them), or train them with task: train"
        try:
            network = trained_network(self.weights, problem.device, problem.intensity.dtype)
            self._refit(problem, network.weights.detector, network.weights.about)
        except InputError as error:
            return str(error)
        return None if self.then is None else self.then.refusal(problem)

    def reconstruct(self, patterns: Any, valid: Any = None, *, batch: int = 64, device: str = "auto") -> Answers:
        """Answer many patterns of the network's own shape at once: a stream, in shots per second.

        `patterns` (n, *detector) are counts as in files, zero frequency at the centre n//2, a tensor or an
        array; `valid`, if given, is bool, True for trust, (*detector) or (n, *detector). Returns the objects (n,
        *detector), complex64, in the centre of the array, with residuals and verdicts, all on that device. Raises
        InputError for patterns of another shape, for none, and for an unavailable device.
        """
        if self.weights is None:
            raise InputError("cnn has no weights; name some: phasekit weights lists them", "weights")
        where = choose_device(device)
        network = trained_network(self.weights, where, torch.float32)
        shape = network.weights.detector
        counts = torch.as_tensor(np.asarray(patterns) if not isinstance(patterns, Tensor) else patterns)
        if batch < 1:
            raise InputError(f"batch is {batch}; it must be at least 1", "batch")
        if len(counts) == 0:
            raise InputError("no patterns were given; give at least one")
        if tuple(counts.shape[1:]) != shape:
            raise InputError(f"the patterns have shape {tuple(counts.shape)}; the network needs (n, {str(shape)[1:]}")
        trust = torch.ones(shape, dtype=torch.bool) if valid is None else torch.as_tensor(valid)
        if tuple(trust.shape) not in (shape, tuple(counts.shape)):
            raise InputError(f"valid has shape {tuple(trust.shape)}; {shape} or {tuple(counts.shape)} is required")
        trust = trust.expand(counts.shape)
        geometry = self._trained_on(network.weights.about, len(shape))
        parts = []
        for first in range(0, len(counts), batch):
            one = counts[first : first + batch].to(where, torch.float32)
            believed = trust[first : first + batch].to(where) & one.isfinite() & (one >= 0)
            parts.append(streamed(network, one, believed, geometry))
        return Answers.joined(parts)

    # --- training -------------------------------------------------------------------------------------------

    def answers(self, module: nn.Module, amplitude: Tensor, valid: Tensor) -> Tensor:
        """Return the network's objects at the scale of the data; see `Learner.answers`."""
        return predicted(module, amplitude, valid)[0]

    def loss(self, module: nn.Module, samples: Samples, step: int, steps: int) -> Tensor:
        """Return (n,): the mean, by their weights, of object error, L1, L2 and L3 (Eq. 6)."""
        objects, amplitude = predicted(module, samples.amplitude, samples.valid)
        return self._compared(objects, amplitude, samples, step, steps)

    def _compared(self, objects: Tensor, amplitude: Tensor, samples: Samples, step: int, steps: int) -> Tensor:
        def now(weight: Schedule | float) -> float:
            return weight if isinstance(weight, int | float) else weight.at(step, steps)

        weights = Weighing(*map(now, self._weights_of_losses()))
        return compared(objects, amplitude, samples, weights, nearer=self.twin == "nearer")

    def floor(self, samples: Samples, step: int, steps: int) -> Tensor | None:
        """Return the plain loss of the mean of object and twin."""
        plain = self.model_copy(update={"twin": "plain"})
        mean = object_error.mixture(samples.truth)
        space = tuple(samples.exact.shape[1:])
        corner = [side.start for side in fourier.half_box(space)]
        return plain._compared(mean, samples.geometry.forward_within(mean, corner, space).abs(), samples, step, steps)
