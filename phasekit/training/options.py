"""Training: how a network is trained, as the options of a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, model_validator

from phasekit.core.plugin import Options
from phasekit.core.schedule import Between, Schedule
from phasekit.training.augmentation import Augmentation

OWN: Mapping[str, Any] = {}

PAPER: Mapping[str, Any] = {
    # Wu et al., npj Comput. Mater. 7, 175 (2021), Methods.
    "samples": 30_000,
    "epochs": 100,
    "optimiser": "adam-sgd",
    "turn": 25,
    "warmup": 0,
    "weight_decay": 0.0,
    "clip": None,
    "average": 0.0,
}

PROTOCOLS: Mapping[str, Mapping[str, Any]] = {"own": OWN, "paper": PAPER}
"""Name -> the options that differ from phasekit's own defaults."""


def _beside_the_recipe(path: Path, info: ValidationInfo) -> Path:
    """Tell a path that need not be there yet against the folder of the recipe."""
    return (Path((info.context or {}).get("folder") or "") / path.expanduser()).resolve()


class Training(Options):
    """How a learner's network is trained. An epoch shows every training sample once."""

    owner: ClassVar[str] = "training"
    protocol: Literal["own", "paper"] = Field(
        "own",
        description="Whose defaults the other options have: phasekit's, or the paper's (30,000 samples, 100 epochs, "
        "Adam and SGD in turn every 25, rate 0.01 × 0.95).",
    )
    samples: int = Field(10_000, ge=2, le=100_000_000, description="Objects, those for validation among them.")
    validation: float = Field(
        0.05, gt=0, le=0.5, description="Part of the samples that is never trained on, the same throughout."
    )
    epochs: int = Field(20, ge=1, le=1_000_000, description="How often all samples are shown.")
    batch: int = Field(16, ge=1, le=100_000, description="Samples per update of the weights, over all processes.")
    seed: int = Field(0, ge=0, le=2**31, description="Which weights, objects, orders and faults are drawn.")
    optimiser: Literal["adam", "adam-sgd"] = Field(
        "adam", description="Adam, or Adam and plain gradient descent in turn."
    )
    turn: int = Field(25, ge=1, description="Epochs between two turns of adam-sgd.")
    rate: Annotated[Schedule | float, Between(0, 10)] = Field(
        default={"name": "cosine", "start": 1.5e-3, "stop": 0.0},
        description="Learning rate; a schedule counts updates.",
        validate_default=True,
    )
    warmup: int = Field(100, ge=0, description="First updates, over which the rate grows from 0.")
    weight_decay: float = Field(1e-4, ge=0, le=1, description="Decay of the weights, apart from the gradient (AdamW).")
    clip: float | None = Field(1.0, gt=0, description="Largest norm of the gradient; a larger one is cut to it.")
    average: float = Field(
        0.999,
        ge=0,
        lt=1,
        description="Decay per update of the running average of the weights, which is what is kept; 0 "
        "keeps the last ones.",
    )
    precision: Literal["full", "mixed"] = Field(
        "full", description="Whether the network computes in single precision (TF32 on a GPU), or in bfloat16."
    )
    compile: bool = Field(
        False, description="Whether torch.compile makes the network quicker, after a while; needs a C++ compiler."
    )
    patience: int | None = Field(
        None, ge=1, description="Stop after this many epochs without a lower validation loss; none never does."
    )
    minutes: float | None = Field(
        None,
        gt=0,
        description="Stop for now after so many minutes of this process; `--resume` goes on. None goes to the end.",
    )
    augment: Augmentation = Field(default_factory=Augmentation, description="Faults of the data that are simulated.")
    data: Annotated[Path, AfterValidator(_beside_the_recipe)] | None = Field(
        None, description="HDF5 file that keeps the objects: written where it is not there, read where it is."
    )
    tensorboard: bool = Field(
        False, description="Write curves for TensorBoard too, into the run folder; needs the package tensorboard."
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_in_protocol(cls, options: Any) -> Any:
        """Take the defaults of the named protocol."""
        if not isinstance(options, Mapping) or options.get("protocol", "own") == "own":
            return options
        given = {**PROTOCOLS.get(str(options["protocol"]), {}), **options}
        try:
            # A schedule counts updates, and the protocol tells its period in epochs.
            sized = {key: given[key] for key in ("samples", "epochs", "batch", "validation", "turn") if key in given}
            period = int(sized["turn"]) * cls.model_validate(sized).updates()
        except (
            ValidationError,
            ValueError,
            KeyError,
            TypeError,
        ):
            return given  # what is wrong is told by the validation that follows
        return {"rate": {"name": "steps", "start": 0.01, "factor": 0.95, "period": period}, **given}

    @model_validator(mode="after")
    def _goes_together(self) -> Training:
        if self.trained() < self.batch:
            raise ValueError(
                f"a batch of {self.batch} is more than the {self.trained()} samples that are trained on; take more "
                "samples or a smaller batch"
            )
        return self

    def held_back(self) -> int:
        """Return how many samples are for validation, one at least: the last ones."""
        return max(round(self.validation * self.samples), 1)

    def trained(self) -> int:
        """Return how many samples are trained on: the first ones."""
        return self.samples - self.held_back()

    def updates(self) -> int:
        """Return the updates of an epoch; what does not fill a batch waits for the next epoch."""
        return self.trained() // self.batch
