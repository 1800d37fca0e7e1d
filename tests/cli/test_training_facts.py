"""What `phasekit check` says of a training is what the training will be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from phasekit import Learner
from phasekit.cli.training_facts import training_facts
from phasekit.recipes.loader import load
from phasekit.runtime.yaml_reader import dump

from .. import toys


def facts(**training: Any) -> dict[str, str]:
    return training_facts(load(toys.recipe(**training)))


def test_sizes_and_counts_are_those_of_the_network_and_the_options() -> None:
    told = facts()
    network = Learner.resolve(toys.learner()).untrained(toys.SHAPE, 0)
    weights = sum(parameter.numel() for parameter in network.parameters())
    assert told["network"] == f"unrolled, {weights / 1e6:.3g} million weights"
    assert told["data"] == "16 × 16 × 16, an object of at most 8 × 8 × 8"
    assert told["samples"] == "18 to train, 6 to validate, 2 epochs"
    assert told["updates"] == "6 of 6 samples"
    assert told["device"] == "cpu"


def test_time_grows_with_the_epochs_and_nothing_is_written(tmp_path: Path) -> None:
    minutes = [
        float(facts(epochs=epochs, data=str(tmp_path / "objects.h5"))["expected time"].split()[0])
        for epochs in (2, 20_000)
    ]
    assert minutes[1] > 100 * minutes[0] > 0
    assert not [*tmp_path.iterdir()]


def test_check_prints_them(call: Any, recipe: Any) -> None:
    said = call("check", recipe(dump(toys.recipe())))
    assert said.code == 0
    assert "updates: 6 of 6 samples" in said.out
    assert said.out.splitlines()[-1] == "the recipe is valid"
