"""The unsupervised deep prior."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from torch import Tensor

from phasekit import Between, InputError, Loss, Network, Problem, Schedule, Solver, State, Weights, WeightsFile

from ..losses.chi2 import ChiSquare
from ..losses.pearson import Pearson
from ..networks.decoder import Decoder
from ..schedules.cosine import Cosine
from ..schedules.power import Power
from .deep_prior_state import DeepPriorState
from .descent import Descent
from .networks_of import CODE, NUISANCE, Networks, object_box
from .protocols import GOING_ON, PROTOCOLS

Nuisance = Literal["coherence", "background", "centre"]


class DeepPrior(Solver):
    """An untrained network gives the object; its weights are optimised on this one data set, with no training.

    What a convolutional network can easily give, pieces with smooth phase, comes long before noise does. Scale is
    solved in closed form at every step. Voxels that are untrusted or held out enter neither the loss nor the
    network. Source: Wu et al., npj Comput. Mater. 7, 175 (2021), unsupervised mode; Ulyanov, Vedaldi and
    Lempitsky, CVPR 2018, p. 9446.
    """

    name: Literal["deep-prior"] = "deep-prior"
    protocol: Literal["own", "paper"] = Field(
        "own",
        description="Whose defaults the other options have: phasekit's, or the paper's (its network, Adam and SGD in "
        "turn every 200 steps, rate 0.006 × 0.95, Pearson's weight from 10⁴ to 1, 40,000 steps).",
    )
    steps: int = Field(2500, ge=1, le=100_000_000, description="Updates of the weights.")
    network: Network = Field(default_factory=Decoder, description="What gives the object.")
    box: Literal["half", "estimated"] = Field(
        "half",
        description="Part of space that the network fills, within the support: the middle half of the array, or what "
        "the autocorrelation of the counts says, with a quarter and two voxels to spare (the half, where too much is "
        "untrusted to tell), which costs less where there is much room.",
    )
    losses: tuple[Loss, ...] = Field(
        default_factory=lambda: (Pearson(), ChiSquare()),
        description="What is minimised: the mean of these by their weights.",
    )
    optimiser: Literal["adam", "adam-sgd"] = Field(
        "adam", description="Adam, or Adam and plain gradient descent in turn."
    )
    turn: int = Field(200, ge=1, description="Steps between two turns of adam-sgd.")
    rate: Annotated[Schedule | float, Between(0, 10)] = Field(
        default_factory=lambda: Cosine(start=3e-3, stop=0), description="Learning rate."
    )
    noise: Annotated[Schedule | float, Between(0, 10)] = Field(
        default_factory=lambda: Power(start=4.0, stop=0.0, exponent=2),
        description="Standard deviation of the noise added to the network's input at each step, in units of its own; 0 "
        "by default where it begins from weights or from an object.",
    )
    coarse_first: float = Field(
        0.3,
        ge=0,
        le=1,
        description="First part of the steps, in which the losses see the data under a Gaussian about the centre "
        "that grows from 0.06 cycles per voxel to all of them: what is coarse is found first. 0 by default where it "
        "begins from weights or from an object.",
    )
    gate: Solver | None = Field(
        None,
        description="A solver of one step that redraws the support on the way (shrinkwrap), outside which the object "
        "is zero; none leaves the support as it is.",
    )
    gate_period: int = Field(50, ge=1, description="Steps between two redrawings of the support.")
    gate_between: tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]] = Field(
        (0.3, 0.9), description="First and last part of the steps at which the support is redrawn."
    )
    weights: WeightsFile | None = Field(
        None, description="Trained weights to begin from, by name or path, the same for all seeds; none draws them."
    )
    begin: Literal["scratch", "object"] = Field(
        "scratch",
        description="Where to begin: at what the weights give, or, after `fit_steps`, at the object that is handed in.",
    )
    fit_steps: int = Field(200, ge=1, description="First steps, spent on giving the object that is handed in.")
    tries: int = Field(1, ge=1, le=64, description="Networks per seed; the best of them goes on after `cull_at`.")
    cull_at: float = Field(0.4, ge=0, le=1, description="Part of the steps after which the best try goes on alone.")
    validation: float = Field(
        0.0,
        ge=0,
        le=0.5,
        description="Part of the trusted voxels that the solver hides from its loss, to keep the weights that "
        "predict them best. Besides the run's held-out voxels, which no solver sees.",
    )
    patience: int | None = Field(
        None,
        ge=10,
        description="Stop a network after this many steps without a better score, told from the end of "
        "`coarse_first`; none never does.",
    )
    keep: Literal["best", "last"] = Field(
        "best",
        description="Which weights give the object: those with the best score (the likelihood of the validation "
        "voxels, χ² without any), or the last.",
    )
    fill: Literal["prediction", "zero"] = Field(
        "prediction", description="What a network that reads the data gets for untrusted voxels: its prediction, or 0."
    )
    nuisance: tuple[Nuisance, ...] = Field(
        (), description="Found along with the object: coherence width, flat background, centre beside its voxel."
    )
    precision: Literal["full", "mixed"] = Field(
        "full",
        description="Whether the network computes in the precision of the data (a GPU's convolutions in TF32, as torch "
        "has it), or in bfloat16 where torch does so.",
    )

    state_type: ClassVar[type[State]] = DeepPriorState
    moves_truth = "it begins from the weights of a network, not from the object that it is given"
    example: ClassVar[Mapping[str, Any]] = {"steps": 2500, "network": "decoder"}

    @model_validator(mode="before")
    @classmethod
    def _fill_in_protocol(cls, options: Any) -> Any:
        """Take the defaults of the named protocol, and those that suit a run that begins from something."""
        if not isinstance(options, Mapping):
            return options
        begun = options.get("weights") is not None or options.get("begin") == "object"
        return {**PROTOCOLS.get(str(options.get("protocol", "own")), {}), **(GOING_ON if begun else {}), **options}

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if len(set(self.nuisance)) < len(self.nuisance):
            raise ValueError(f"nuisance names one twice: {', '.join(self.nuisance)}")
        if self.gate is not None and self.gate.length() != 1:
            raise ValueError(f"gate takes a solver of one step, such as shrinkwrap; {self.gate.name} has more")
        if self.gate_between[0] > self.gate_between[1]:
            raise ValueError(
                f"gate_between goes from {self.gate_between[0]:g} down to {self.gate_between[1]:g}; turn it"
            )
        if not any(_matters(loss.weight) for loss in self.losses):
            raise ValueError("losses needs at least one with a weight above 0, or there is nothing to minimise")
        if self.begin == "object" and self.fit_steps >= self.steps:
            raise ValueError(
                f"fit_steps ({self.fit_steps}) leaves none of the {self.steps} steps for the data; take fewer"
            )
        if self.begin == "object" and self.box == "estimated":
            raise ValueError("an estimated box could cut the object to begin from; take box: half with begin: object")
        return self

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
        """Return `steps`, None where patience may end a run before."""
        return self.steps if self.patience is None else None

    def memory(self, problem: Problem) -> int:
        """Return what weights, optimiser and the activations of one pass take, told by a pass without data."""
        return Networks(self, problem).bytes_needed() * self.tries

    def refusal(self, problem: Problem) -> str | None:
        """Refuse a box that the network cannot have, weights of another network, and losses that cannot be had."""
        box = tuple(side.stop - side.start for side in object_box(problem, self.box))
        if reason := self.network.refusal(problem.detector, box):
            return reason
        if self.gate is not None and (reason := self.gate.refusal(problem)):
            return reason
        if self.validation:
            try:
                problem.hold_out(self.validation, seed=1, radius=0)
            except InputError:
                return (
                    f"validation: {self.validation:g} of the trusted voxels is too few or too many; take another part"
                )
        for loss in self.losses:
            if loss.name == "free-poisson" or getattr(loss, "voxels", "") == "held-out":
                return f"deep-prior cannot minimise {loss.label()}: no solver sees held-out voxels; take poisson"
            if reason := loss.refusal(problem):
                return reason
        if self.weights is not None:
            try:
                return Weights.load(self.weights).misfit(self.network, problem.detector, box)
            except InputError as error:
                return str(error)
        return None

    def trained(self, problem: Problem, state: State, member: int = 0) -> Weights:
        """Return the best weights of a member of the batch, to save or to begin from elsewhere."""
        if not isinstance(state, DeepPriorState):
            raise InputError("only a state that deep-prior has yielded has weights")
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


def _matters(weight: Schedule | float) -> bool:
    """Tell whether a weight is above 0 at its first step, halfway or at its last."""
    return weight > 0 if isinstance(weight, int | float) else any(weight.at(step, 1001) > 0 for step in (0, 500, 1000))
