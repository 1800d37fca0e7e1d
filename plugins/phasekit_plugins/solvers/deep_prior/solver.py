"""The unsupervised deep prior."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from torch import Tensor

from phasekit import InputError, Problem, State
from phasekit.training.weights import Weights

from .descent import Descent
from .networks import CODE, NUISANCE, Networks, object_box
from .options import DeepPriorOptions
from .state import DeepPriorState


class DeepPrior(DeepPriorOptions):
    """An untrained network gives the object; its weights are optimised on this one data set, without training.

    A convolutional network fits connected objects with smooth phase long before it fits noise. Scale is
    solved in closed form at every step. Untrusted and held-out voxels enter neither the loss nor the
    network. Source: Wu et al., npj Comput. Mater. 7, 175 (2021), unsupervised mode; Ulyanov, Vedaldi and
    Lempitsky, CVPR 2018, p. 9446.
    """

    name: Literal["deep-prior"] = "deep-prior"
    state_type: ClassVar[type[State]] = DeepPriorState
    moves_truth = "it begins from the weights of a network, not from the given object"
    example: ClassVar[Mapping[str, Any]] = {"steps": 2500, "network": "decoder"}

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Update the weights; see `Solver.run`. With `patience` it ends when every network has stopped."""
        descent = Descent(self, problem, start)
        first = start.step
        while not descent.finished():
            descent.advance()
            if (descent.done - first) % every == 0 or descent.finished():
                yield descent.state()

    def estimate(self, problem: Problem, state: State) -> Tensor:
        """Return the object of the kept weights of each member's best network."""
        return state.object

    def length(self) -> int | None:
        """Return `steps`, None if patience may end a run early."""
        return self.steps if self.patience is None else None

    def memory(self, problem: Problem) -> int:
        """Return the memory of weights, optimiser and the activations of one pass, from a pass without data."""
        return Networks(self, problem).bytes_needed() * self.tries

    def refusal(self, problem: Problem) -> str | None:
        """Refuse a box that does not suit the network, weights of another network, and unavailable losses."""
        box = tuple(side.stop - side.start for side in object_box(problem, self.box))
        if reason := self.network.refusal(problem.detector, box):
            return reason
        if self.gate is not None and (reason := self.gate.refusal(problem)):
            return reason
        if self.validation:
            try:
                problem.hold_out(self.validation, seed=1, radius=0)
            except InputError:
                return f"validation: {self.validation:g} of the trusted voxels is too few or too many; choose another"
        for loss in self.losses:
            if loss.name == "free-poisson" or getattr(loss, "voxels", "") == "held-out":
                return f"deep-prior cannot minimise {loss.label()}: no solver sees held-out voxels; use poisson"
            if reason := loss.refusal(problem):
                return reason
        if self.weights is not None:
            try:
                return Weights.load(self.weights).misfit(self.network, problem.detector, box)
            except InputError as error:
                return str(error)
        return None

    def trained(self, problem: Problem, state: State, member: int = 0) -> Weights:
        """Return the best weights of a member of the batch, to save or to reuse."""
        if not isinstance(state, DeepPriorState):
            raise InputError("only states from deep-prior have weights")
        box = tuple(side.stop - side.start for side in object_box(problem, self.box))
        descent = Descent(self, problem, state)
        one = descent.leading(member)
        tensors = {name: value for name, value in one.best.items() if not name.startswith(NUISANCE)}
        code = descent.model.code_of(one)
        return Weights(
            self.network,
            problem.detector,
            box,
            tensors if code is None else {**tensors, CODE: code},
            {"steps": state.step},
        )
