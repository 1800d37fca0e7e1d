from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import h5py
import pytest
import torch
from torch import nn

from phasekit import InputError, RunError, train
from phasekit.runs.run import run
from phasekit.runtime.yaml_reader import dump
from phasekit.training.options import Training
from phasekit.training.samples import Samples
from phasekit.training.trainer import LOWERED
from phasekit.training.weights import Weights

from .. import toys
from ..keeping import Keeping, same


def test_a_network_learns_eight_samples_by_heart() -> None:
    network = {"name": "unrolled", "channels": 32, "deep_channels": 32, "stages": 1}
    found = train(
        {"name": "cnn", "network": network},
        "superellipsoid",
        shape=(16, 16, 16),
        training={
            "samples": 9,
            "validation": 0.1,
            "batch": 8,
            "epochs": 250,
            "warmup": 5,
            "average": 0.0,
            "rate": {"name": "cosine", "start": 1e-2, "stop": 0},
        },
        device="cpu",
    )
    assert found.points[-1].figures["loss"] <= 0.05


def test_training_goes_on_from_any_state_to_the_same_bits() -> None:
    whole = Keeping()
    toys.trained(whole, epochs=3, augment=toys.FAULTS)
    for state in whole.states[:-1]:
        rest = Keeping(state)
        toys.trained(rest, epochs=3, augment=toys.FAULTS)
        last, again = whole.states[-1], rest.states[-1]
        assert same(last.weights, again.weights)
        assert same(last.average, again.average)
        assert same(last.moments, again.moments)
        assert last.lowest == again.lowest


def test_the_same_seed_trains_the_same_and_another_another() -> None:
    one, again, other = toys.trained(), toys.trained(), toys.trained(seed=1)
    assert same(one.weights.tensors, again.weights.tensors)
    assert not same(one.weights.tensors, other.weights.tensors)


def test_the_kept_weights_are_those_with_the_lowest_validation_loss() -> None:
    kept = Keeping()
    found = toys.trained(kept, epochs=4, rate=0.3, clip=None, average=0.0)
    losses = [point.figures["validation_loss"] for point in found.points]
    best = losses.index(min(losses))
    assert found.weights.about["epoch"] == best + 1
    at = next(state for state in kept.states if len(state.points) == best + 1)
    assert same(found.weights.tensors, at.average)


def test_patience_ends_a_training_that_no_longer_gets_better() -> None:
    found = toys.trained(epochs=50, patience=2, rate=0.0)
    assert found.finished
    assert len(found.points) == found.weights.about["epoch"] + 2 == 3


def test_a_loss_that_is_not_a_number_goes_back_with_a_lower_rate_and_gives_up_after_three(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from phasekit_plugins.solvers.cnn.solver import Cnn

    honest, failing = Cnn.loss, {"times": 1}

    def spoilt(self: Cnn, module: nn.Module, samples: Samples, step: int, steps: int) -> torch.Tensor:
        loss = honest(self, module, samples, step, steps)
        if step == 4 and torch.is_grad_enabled() and failing["times"] > 0:
            failing["times"] -= 1
            return loss * torch.nan
        return loss

    monkeypatch.setattr(Cnn, "loss", spoilt)
    kept = Keeping()
    toys.trained(kept)
    assert kept.states[-1].setbacks == 1
    assert kept.states[-1].factor == pytest.approx(LOWERED)
    assert all(bool(value.isfinite().all()) for value in kept.states[-1].weights.values())
    failing["times"] = 100
    with pytest.raises(RunError, match=r"not a number.*lower training\.rate"):
        toys.trained()


def test_figures_stand_beside_what_to_read_them_by() -> None:
    figures = toys.trained().points[-1].figures
    assert {"validation_loss", "floor", "object_error", "flat_phase_error", "phase_error", "residual"} <= figures.keys()
    assert 0.15 < figures["flat_phase_error"] < 0.5


def test_the_header_tells_how_the_weights_were_made(tmp_path: Path) -> None:
    found = toys.trained(augment={"photons": [1e4, 1e6]})
    found.weights.save(tmp_path / "w.safetensors")
    back = Weights.load(tmp_path / "w.safetensors")
    assert back.network.name == "unrolled"
    assert back.detector == toys.SHAPE
    assert back.about["generator"]["name"] == "superellipsoid"
    assert back.about["training"]["augment"]["photons"] == [1e4, 1e6]
    assert back.about["figures"]["validation_loss"] == found.points[-1].figures["validation_loss"]
    assert "commit" in back.about["environment"]
    assert len(back.about["gate"]["middle"]) == len(back.about["gate"]["precision"])


def test_objects_are_written_once_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "objects.h5"
    drawn = toys.trained()
    written, stamp = toys.trained(data=path), path.stat().st_mtime_ns
    read = toys.trained(data=path)
    assert path.stat().st_mtime_ns == stamp
    assert same(drawn.weights.tensors, written.weights.tensors)
    assert same(drawn.weights.tensors, read.weights.tensors)
    with pytest.raises(InputError, match="objects of another training"):
        toys.trained(data=path, seed=5)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(InputError, match="not the data set of a training"):
        toys.trained(data=tmp_path / "other.h5")


def test_the_paper_switches_optimisers_and_lowers_the_rate_by_epochs() -> None:
    options = Training.model_validate({"protocol": "paper", "samples": 1000, "batch": 10})
    assert (options.epochs, options.optimiser, options.turn) == (100, "adam-sgd", 25)
    rate = options.rate
    assert not isinstance(rate, float)
    per_epoch = options.updates()
    assert rate.at(0, 1) == pytest.approx(0.01)
    assert rate.at(25 * per_epoch, 100 * per_epoch) == pytest.approx(0.01 * 0.95)
    found = toys.trained(protocol="paper", samples=24, epochs=3, turn=1)
    assert found.finished


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"solver": "hio"}, "'hio' is not a Learner; available: .*cnn"),
        ({"shape": (16, 16)}, None),
        ({"shape": (4, 4, 4)}, "should be greater than or equal to 8, got 4"),
        ({"generator": "nothing"}, "no generator is called"),
        ({"training": {"samples": 10, "batch": 50}}, "larger than the"),
        ({"training": {"augment": {"photons": [1e6, 1e3]}}}, "swap the two"),
        ({"training": {"augment": {"gaps": 1, "gap_width": [1, 9]}}}, "half of the detector"),
        ({"training": {"protocol": "paper", "turn": None}}, "turn"),
        ({"training": {"data": "/dev/null/objects.h5"}}, "cannot be written"),
        ({"device": "cuda"}, "torch finds no GPU"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(changes: dict[str, Any], said: str) -> None:
    if changes.get("device") == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a GPU")
    told = {key: value for key, value in toys.recipe().items() if key != "task"} | changes
    if said is None:
        assert train(**told).finished
        return
    with pytest.raises(InputError, match=said):
        train(**told)


def test_the_header_tells_what_the_training_began_from(tmp_path: Path) -> None:
    toys.trained().weights.save(tmp_path / "first.safetensors")
    told = toys.recipe()
    told.pop("task")
    told["solver"] = toys.learner(weights=str(tmp_path / "first.safetensors"))
    began = train(**told).weights.about["started from"]
    assert began["file"] == "first.safetensors"
    assert len(began["sha256"]) == 64


def test_a_batch_that_processes_cannot_share_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from phasekit.training.processes import Processes

    class Three:
        def __enter__(self) -> Processes:
            return Processes(count=3)

        def __exit__(self, *told: object) -> None:
            return None

    monkeypatch.setattr(sys.modules["phasekit.training.train"], "processes", lambda device: Three())
    with pytest.raises(InputError, match="cannot be divided among 3 processes"):
        toys.trained(batch=4)


def test_a_recipe_that_trains_is_distinguished_from_one_that_reconstructs(tmp_path: Path) -> None:
    recipe = tmp_path / "r.yaml"
    recipe.write_text("task: trian\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"r\.yaml:1: task: unknown task 'trian'; did you mean train\?"):
        run(recipe)
    recipe.write_text(dump(toys.recipe() | {"sead": 1}), encoding="utf-8")
    with pytest.raises(InputError, match="a recipe has no option 'sead'"):
        run(recipe)
    recipe.write_text(dump(toys.recipe(epoch=3)), encoding="utf-8")
    with pytest.raises(InputError, match="training has no option 'epoch'; did you mean epochs"):
        run(recipe)


@pytest.mark.slow
def test_a_compiled_network_trains_as_it_does_otherwise() -> None:
    plain, compiled = (toys.trained(samples=20, epochs=2, batch=4, compile=word) for word in (False, True))
    for one, other in zip(plain.points, compiled.points, strict=True):
        assert other.figures["loss"] == pytest.approx(one.figures["loss"], rel=1e-3)
    assert plain.weights.tensors.keys() == compiled.weights.tensors.keys()
