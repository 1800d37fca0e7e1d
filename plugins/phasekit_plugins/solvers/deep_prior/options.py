"""The options of the deep prior, read by its parts."""

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
    """The optimisation of a network on one data set; see `DeepPrior`."""

    protocol: Literal["own", "paper"] = Field(
        "own",
        description="Defaults of the other options: phasekit's, or the paper's (its network, Adam and SGD "
        "alternating every 200 steps, rate 0.006 × 0.95, Pearson's weight from 10⁴ to 1, 40,000 steps).",
    )
    steps: int = Field(2500, ge=1, le=100_000_000, description="Updates of the weights.")
    network: Network = Field(default_factory=Decoder, description="The network that gives the object.")
    box: Literal["half", "estimated"] = Field(
        "half",
        description="Region that the network fills, within the support: the middle half of the array, or an estimate "
        "from the autocorrelation of the counts, with a margin of a quarter and two voxels (the half, if too much is "
        "untrusted), which costs less for small objects.",
    )
    losses: tuple[Loss, ...] = Field(
        default_factory=lambda: (Pearson(), ChiSquare()),
        description="The minimised losses: their weighted mean.",
    )
    optimiser: Literal["adam", "adam-sgd"] = Field(
        "adam", description="Adam, or Adam alternating with plain gradient descent."
    )
    turn: int = Field(200, ge=1, description="Steps between two switches of adam-sgd.")
    rate: Annotated[Schedule | float, Between(0, 10)] = Field(
        default_factory=lambda: Cosine(start=3e-3, stop=0), description="Learning rate."
    )
    noise: Annotated[Schedule | float, Between(0, 10)] = Field(
        default_factory=lambda: Power(start=4.0, stop=0.0, exponent=2),
        description="Standard deviation of the noise added to the network's input at each step, relative to its own; 0 "
        "by default if it begins from weights or from an object.",
    )
    coarse_first: float = Field(
        0.3,
        ge=0,
        le=1,
        description="First fraction of the steps, in which the losses see the data under a Gaussian about the centre "
        "that grows from 0.06 cycles per voxel to all of them: coarse features come first. 0 by default if it "
        "begins from weights or from an object.",
    )
    gate: Solver | None = Field(
        None,
        description="A one-step solver that redraws the support during the run (shrinkwrap); outside it the object "
        "is zero; by default the support stays.",
    )
    gate_period: int = Field(50, ge=1, description="Steps between two redrawings of the support.")
    gate_between: tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]] = Field(
        (0.3, 0.9), description="First and last fraction of the steps at which the support is redrawn."
    )
    weights: WeightsFile | None = Field(
        None, description="Trained weights to begin from, by name or path, the same for all seeds; drawn by default."
    )
    begin: Literal["scratch", "object"] = Field(
        "scratch",
        description="Where to begin: at the weights' object, or, after `fit_steps`, at the given object.",
    )
    fit_steps: int = Field(200, ge=1, description="First steps, spent on learning the given object.")
    tries: int = Field(1, ge=1, le=64, description="Networks per seed; the best of them continues after `cull_at`.")
    cull_at: float = Field(0.4, ge=0, le=1, description="Fraction of the steps after which only the best try goes on.")
    validation: float = Field(
        0.0,
        ge=0,
        le=0.5,
        description="Fraction of the trusted voxels that the solver hides from its loss, to keep the weights that "
        "predict them best. These are in addition to the run's held-out voxels, which no solver sees.",
    )
    patience: int | None = Field(
        None,
        ge=10,
        description="Stop a network after this many steps without a better score, counted from the end of "
        "`coarse_first`; by default never.",
    )
    keep: Literal["best", "last"] = Field(
        "best",
        description="Which weights give the object: those with the best score (the likelihood of the validation "
        "voxels, or χ² without any), or the last.",
    )
    fill: Literal["prediction", "zero"] = Field(
        "prediction", description="What a network that reads the data gets for untrusted voxels: its prediction, or 0."
    )
    nuisance: tuple[Nuisance, ...] = Field(
        (), description="Fitted with the object: coherence width, flat background, offset of the centre from its voxel."
    )
    precision: Literal["full", "mixed"] = Field(
        "full",
        description="Whether the network computes in the precision of the data (on a GPU with torch's TF32 "
        "convolutions), or in bfloat16 where torch supports it.",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_in_protocol(cls, options: Any) -> Any:
        """Apply the defaults of the named protocol, and those for a run that begins from weights or an object."""
        if not isinstance(options, Mapping):
            return options
        begun = options.get("weights") is not None or options.get("begin") == "object"
        return {**PROTOCOLS.get(str(options.get("protocol", "own")), {}), **(GOING_ON if begun else {}), **options}

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if len(set(self.nuisance)) < len(self.nuisance):
            raise ValueError(f"nuisance names one twice: {', '.join(self.nuisance)}")
        if self.gate is not None and self.gate.length() != 1:
            raise ValueError(f"gate must be a one-step solver, such as shrinkwrap; {self.gate.name} has more steps")
        if self.gate_between[0] > self.gate_between[1]:
            raise ValueError(
                f"gate_between goes from {self.gate_between[0]:g} down to {self.gate_between[1]:g}; swap the two"
            )
        if not any(_matters(loss.weight) for loss in self.losses):
            raise ValueError("losses needs at least one with a weight above 0, to have something to minimise")
        if self.begin == "object" and self.fit_steps >= self.steps:
            raise ValueError(
                f"fit_steps ({self.fit_steps}) leaves none of the {self.steps} steps for the data; use fewer"
            )
        if self.begin == "object" and self.box == "estimated":
            raise ValueError("an estimated box could cut the object to begin from; use box: half with begin: object")
        return self


def _matters(weight: Schedule | float) -> bool:
    """Return whether a weight is above 0 at its first step, halfway or at its last."""
    return weight > 0 if isinstance(weight, int | float) else any(weight.at(step, 1001) > 0 for step in (0, 500, 1000))
