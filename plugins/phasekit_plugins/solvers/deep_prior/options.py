"""The options of the deep prior, which its parts read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from phasekit import Between, Loss, Network, Schedule, Solver
from phasekit.training.library import WeightsFile

from ...losses.chi2 import ChiSquare
from ...losses.pearson import Pearson
from ...networks.decoder import Decoder
from ...schedules.cosine import Cosine
from ...schedules.power import Power
from .protocols import GOING_ON, PROTOCOLS

Nuisance = Literal["coherence", "background", "centre"]


class DeepPriorOptions(Solver):
    """How a network is optimised on one data set; see `DeepPrior`."""

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


def _matters(weight: Schedule | float) -> bool:
    """Tell whether a weight is above 0 at its first step, halfway or at its last."""
    return weight > 0 if isinstance(weight, int | float) else any(weight.at(step, 1001) > 0 for step in (0, 500, 1000))
