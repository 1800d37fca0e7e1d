"""Training: the options of a recipe for training a network."""

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
    """Resolve a path, which may not exist yet, relative to the folder of the recipe."""
    return (Path((info.context or {}).get("folder") or "") / path.expanduser()).resolve()


class Training(Options):
    """How a learner's network is trained. An epoch shows every training sample once."""

    owner: ClassVar[str] = "training"
    protocol: Literal["own", "paper"] = Field(
        "own",
        description="The source of the other defaults: phasekit's, or the paper's (30,000 samples, 100 epochs, "
        "Adam and SGD in turn every 25, rate 0.01 × 0.95).",
    )
    samples: int = Field(10_000, ge=2, le=100_000_000, description="Number of objects, including those for validation.")
    validation: float = Field(
        0.05,
        gt=0,
        le=0.5,
        description="Fraction of the samples used only for validation, always the same ones.",
    )
    epochs: int = Field(20, ge=1, le=1_000_000, description="How often all samples are shown.")
    batch: int = Field(16, ge=1, le=100_000, description="Samples per update of the weights, over all processes.")
    seed: int = Field(0, ge=0, le=2**31, description="Seed of the initial weights, objects, orders and imperfections.")
    optimiser: Literal["adam", "adam-sgd"] = Field(
        "adam", description="Adam, or Adam and plain gradient descent in turn."
    )
    turn: int = Field(25, ge=1, description="Epochs between two turns of adam-sgd.")
    rate: Annotated[Schedule | float, Between(0, 10)] = Field(
        default={"name": "cosine", "start": 1.5e-3, "stop": 0.0},
        description="Learning rate; a schedule counts updates.",
        validate_default=True,
    )
    warmup: int = Field(100, ge=0, description="Number of first updates, over which the rate grows from 0.")
    weight_decay: float = Field(1e-4, ge=0, le=1, description="Decay of the weights, apart from the gradient (AdamW).")
    clip: float | None = Field(1.0, gt=0, description="Largest norm of the gradient; larger ones are scaled down.")
    average: float = Field(
        0.999,
        ge=0,
        lt=1,
        description="Decay per update of the running average of the weights, which is saved; 0 saves the last weights.",
    )
    precision: Literal["full", "mixed"] = Field(
        "full", description="Precision of the network: single (TF32 on a GPU), or bfloat16."
    )
    compile: bool = Field(
        False, description="Whether to use torch.compile: faster after a delay; needs a C++ compiler."
    )
    patience: int | None = Field(
        None, ge=1, description="Stop after this many epochs without a lower validation loss; by default never."
    )
    minutes: float | None = Field(
        None,
        gt=0,
        description="Pause after so many minutes of this process; `--resume` continues. By default train to the end.",
    )
    augment: Augmentation = Field(default_factory=Augmentation, description="Imperfections of the data to simulate.")
    data: Annotated[Path, AfterValidator(_beside_the_recipe)] | None = Field(
        None, description="HDF5 file of the objects: read if it exists, otherwise written."
    )
    tensorboard: bool = Field(
        False, description="Also write curves for TensorBoard into the run folder; needs the package tensorboard."
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_in_protocol(cls, options: Any) -> Any:
        """Set the defaults of the named protocol."""
        if not isinstance(options, Mapping) or options.get("protocol", "own") == "own":
            return options
        given = {**PROTOCOLS.get(str(options["protocol"]), {}), **options}
        try:
            # A schedule counts updates; the protocol gives its period in epochs.
            sized = {key: given[key] for key in ("samples", "epochs", "batch", "validation", "turn") if key in given}
            period = int(sized["turn"]) * cls.model_validate(sized).updates()
        except (
            ValidationError,
            ValueError,
            KeyError,
            TypeError,
        ):
            return given  # the validation that follows reports the mistake
        return {"rate": {"name": "steps", "start": 0.01, "factor": 0.95, "period": period}, **given}

    @model_validator(mode="after")
    def _goes_together(self) -> Training:
        if self.trained() < self.batch:
            raise ValueError(
                f"a batch of {self.batch} is larger than the {self.trained()} training samples; use more "
                "samples or a smaller batch"
            )
        return self

    def held_back(self) -> int:
        """Return how many samples are for validation, at least one: the last ones."""
        return max(round(self.validation * self.samples), 1)

    def trained(self) -> int:
        """Return how many samples are for training: the first ones."""
        return self.samples - self.held_back()

    def updates(self) -> int:
        """Return the updates of an epoch; an incomplete batch is left for the next epoch."""
        return self.trained() // self.batch
