from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from phasekit import InputError, Observer, RunError, train
from phasekit.runs.run import run
from phasekit.runtime import storage
from phasekit.runtime.yaml_reader import dump
from phasekit.training.options import Training
from phasekit.training.train import TrainingCheckpoints
from phasekit.training.trainer import LOWERED, STRIDE, TrainingState
from phasekit.training.weights import Weights

from .. import toys


class Keeping(Observer, TrainingCheckpoints):
    """Remembers every state, and can begin from one."""

    def __init__(self, begin: TrainingState | None = None) -> None:
        self.states: list[TrainingState] = []
        self.begin = begin

    def state(self) -> TrainingState | None:
        return self.begin

    def moved(self, state: TrainingState, done: int | None = None) -> None:
        if done is None:  # as what keeps states; as an observer it hears of the same once more
            self.states.append(state)

    def began(self, *_: object) -> None:
        pass


def _same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


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
        assert _same(dict(last.weights), dict(again.weights))
        assert _same(dict(last.average), dict(again.average))
        assert _same(dict(last.moments), dict(again.moments))
        assert last.lowest == again.lowest


def test_a_stored_state_comes_back_whole(tmp_path) -> None:
    from phasekit.runs.training_recorder import TYPES

    kept = Keeping()
    toys.trained(kept)
    storage.save(tmp_path / "state.h5", kept.states[-1])
    back = storage.restore(tmp_path / "state.h5", TYPES)
    assert _same(dict(back.moments), dict(kept.states[-1].moments))
    assert back.points == kept.states[-1].points
    assert back.step == kept.states[-1].step


def test_the_same_seed_trains_the_same_and_another_another() -> None:
    one, same, other = toys.trained(), toys.trained(), toys.trained(seed=1)
    assert _same(dict(one.weights.tensors), dict(same.weights.tensors))
    assert not _same(dict(one.weights.tensors), dict(other.weights.tensors))


def test_the_kept_weights_are_those_with_the_lowest_validation_loss() -> None:
    kept = Keeping()
    found = toys.trained(kept, epochs=4, rate=0.3, clip=None, average=0.0)
    losses = [point.figures["validation loss"] for point in found.points]
    best = losses.index(min(losses))
    assert found.weights.about["epoch"] == best + 1
    at = next(state for state in kept.states if len(state.points) == best + 1)
    assert _same(dict(found.weights.tensors), dict(at.average))


def test_patience_ends_a_training_that_no_longer_gets_better() -> None:
    found = toys.trained(epochs=50, patience=2, rate=0.0)
    assert found.finished
    assert len(found.points) == found.weights.about["epoch"] + 2 == 3


def test_a_loss_that_is_not_a_number_goes_back_with_a_lower_rate_and_gives_up_after_three(monkeypatch) -> None:
    from phasekit_plugins.solvers.cnn.solver import Cnn

    honest, failing = Cnn.loss, {"times": 1}

    def spoilt(self, module, samples, step, steps):
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
    assert {"validation loss", "floor", "object error", "flat-phase error", "phase error", "residual"} <= figures.keys()
    assert 0.15 < figures["flat-phase error"] < 0.5


def test_the_header_tells_how_the_weights_were_made(tmp_path) -> None:
    found = toys.trained(augment={"photons": [1e4, 1e6]})
    found.weights.save(tmp_path / "w.safetensors")
    back = Weights.load(tmp_path / "w.safetensors")
    assert back.network.name == "unrolled"
    assert back.detector == toys.SHAPE
    assert back.about["generator"]["name"] == "superellipsoid"
    assert back.about["training"]["augment"]["photons"] == [1e4, 1e6]
    assert back.about["figures"]["validation loss"] == found.points[-1].figures["validation loss"]
    assert "commit" in back.about["environment"]
    assert len(back.about["gate"]["middle"]) == len(back.about["gate"]["precision"])


def test_objects_are_written_once_and_read_back(tmp_path) -> None:
    path = tmp_path / "objects.h5"
    drawn = toys.trained()
    written, stamp = toys.trained(data=path), path.stat().st_mtime_ns
    read = toys.trained(data=path)
    assert path.stat().st_mtime_ns == stamp
    assert _same(dict(drawn.weights.tensors), dict(written.weights.tensors))
    assert _same(dict(drawn.weights.tensors), dict(read.weights.tensors))
    with pytest.raises(InputError, match="objects of another training"):
        toys.trained(data=path, seed=5)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(InputError, match="no data set that a training wrote"):
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
        ({"training": {"samples": 10, "batch": 50}}, "more than the"),
        ({"training": {"augment": {"photons": [1e6, 1e3]}}}, "turn it"),
        ({"training": {"augment": {"gaps": 1, "gap_width": [1, 9]}}}, "half of the detector"),
        ({"training": {"protocol": "paper", "turn": None}}, "turn"),
        ({"training": {"data": "/dev/null/objects.h5"}}, "cannot be written"),
        ({"device": "cuda"}, "there is no GPU"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(changes, said) -> None:
    if changes.get("device") == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a GPU")
    told = {key: value for key, value in toys.recipe().items() if key != "task"} | changes
    if said is None:
        assert train(**told).finished
        return
    with pytest.raises(InputError, match=said):
        train(**told)


def test_a_generator_that_reaches_beyond_the_box_is_refused(tmp_path) -> None:
    plugin = tmp_path / "filling.py"
    plugin.write_text(
        "from typing import Literal\nimport torch\nfrom phasekit import Generator\n\n"
        'class Filling(Generator):\n    """Fill the array."""\n\n    name: Literal["filling"] = "filling"\n\n'
        "    def sample(self, grid, count, rng):\n"
        "        return torch.ones(count, *grid.shape[:-1], dtype=torch.complex64)\n",
        encoding="utf-8",
    )
    told = toys.recipe() | {"plugins": [str(plugin)], "generator": "filling"}
    with pytest.raises(InputError, match=r"cannot fill the box.*beyond the middle half"):
        run(told, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_generator_of_specks_is_refused() -> None:
    specks = {"name": "superellipsoid", "a": [0.01, 0.02], "b": [0.01, 0.02], "c": [0.01, 0.02]}
    with pytest.raises(InputError, match=r"cannot fill the box.*nothing to learn"):
        run(toys.recipe() | {"generator": specks})


def test_a_training_leaves_a_run_folder_and_is_known_to_be_finished(tmp_path) -> None:
    run(toys.recipe(), out=tmp_path / "run")
    there = {path.name for path in (tmp_path / "run").iterdir()}
    assert {"weights.safetensors", "history.csv", "report.html", "resolved.yaml", "run.json"} <= there
    info = json.loads((tmp_path / "run" / "run.json").read_text())
    assert info["status"] == "done"
    before = load_file(tmp_path / "run" / "weights.safetensors")
    again = run(toys.recipe(), out=tmp_path / "run")
    assert _same(before, dict(again.weights.tensors))


def test_minutes_that_are_up_stop_for_now_and_resume_ends_the_same(tmp_path) -> None:
    whole = run(toys.recipe(epochs=3), out=tmp_path / "whole")
    told = toys.recipe(epochs=3, minutes=1e-9)
    first = run(told, out=tmp_path / "parts")
    assert not first.finished
    # Another number of minutes is no other training.
    told["training"]["minutes"] = 2e-9
    while not (found := run(told, out=tmp_path / "parts", resume=True)).finished:
        pass
    assert _same(dict(whole.weights.tensors), dict(found.weights.tensors))


def test_a_training_that_is_killed_goes_on_to_the_same_weights(tmp_path) -> None:
    told = toys.recipe(samples=400, validation=0.05, epochs=8)
    recipe = tmp_path / "train.yaml"
    recipe.write_text(dump(told), encoding="utf-8")
    code = (
        "import sys, phasekit.runs.training_recorder as r\n"
        "r.CHECKPOINT_S = 0.0\n"
        "from phasekit.runs.run import run\n"
        "run(sys.argv[1], out=sys.argv[2], resume=True)\n"
    )
    command = [sys.executable, "-c", code, str(recipe)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    going = subprocess.Popen([*command, str(tmp_path / "killed")], env=environment, stderr=subprocess.PIPE)
    log, until = tmp_path / "killed" / "run.log", time.monotonic() + 120
    while time.monotonic() < until and not (log.is_file() and "kept, step" in log.read_text()):
        assert going.poll() is None, going.stderr
        time.sleep(0.05)
    going.send_signal(signal.SIGKILL)
    going.wait()
    assert not (tmp_path / "killed" / "weights.safetensors").exists()
    for folder in ("killed", "whole"):
        subprocess.run([*command, str(tmp_path / folder)], env=environment, check=True)
    assert "goes on from the checkpoint" in log.read_text()
    found = [load_file(tmp_path / folder / "weights.safetensors") for folder in ("killed", "whole")]
    assert _same(*found)


def test_a_disk_that_fills_leaves_the_last_checkpoint_and_the_training(tmp_path, monkeypatch) -> None:
    import phasekit.runs.training_recorder as recorder

    monkeypatch.setattr(recorder, "CHECKPOINT_S", 0.0)
    honest, said = storage.save, []
    room = {"writes": 1}

    def full(path, value):
        if room["writes"] <= 0:
            raise OSError(28, "No space left on device")
        room["writes"] -= 1
        honest(path, value)

    class Hearing(Observer):
        def warned(self, sentence: str) -> None:
            said.append(sentence)

    monkeypatch.setattr(recorder.storage, "save", full)
    found = run(toys.recipe(samples=400, epochs=3), out=tmp_path / "run", observer=Hearing())
    assert found.finished
    assert said
    assert "the last one stays" in said[0]
    kept = storage.restore(tmp_path / "run" / "checkpoint.h5", recorder.TYPES)
    assert kept.step == STRIDE


def test_curves_that_a_full_disk_has_no_room_for_do_not_end_the_training(tmp_path, monkeypatch) -> None:
    import phasekit.runs.training_recorder as recorder

    honest, said = storage.write_text, []

    def full(path, text):
        if path.name == "history.csv":
            raise OSError(28, "No space left on device")
        honest(path, text)

    class Hearing(Observer):
        def warned(self, sentence: str) -> None:
            said.append(sentence)

    monkeypatch.setattr(recorder.storage, "write_text", full)
    with pytest.raises(RunError, match=r"could not be written .*make room, then --resume"):
        run(toys.recipe(), out=tmp_path / "run", observer=Hearing())
    assert any("training goes on" in sentence for sentence in said)
    monkeypatch.undo()
    assert run(toys.recipe(), out=tmp_path / "run", resume=True).finished


@pytest.mark.parametrize("at", [2, 3])
def test_a_training_that_is_interrupted_in_its_validation_comes_to_it_again(tmp_path, monkeypatch, at) -> None:
    import phasekit.training.trainer as trainer

    whole = run(toys.recipe(epochs=3), out=tmp_path / "whole")
    honest, calls = trainer.validate, []

    def interrupted(*told):
        calls.append(told)
        if len(calls) == at:
            raise KeyboardInterrupt
        return honest(*told)

    monkeypatch.setattr(trainer, "validate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(toys.recipe(epochs=3), out=tmp_path / "cut")
    monkeypatch.undo()
    cut = run(toys.recipe(epochs=3), out=tmp_path / "cut", resume=True)
    assert [point.figures for point in cut.points] == [point.figures for point in whole.points]
    assert all(torch.equal(cut.weights.tensors[name], value) for name, value in whole.weights.tensors.items())


def test_a_damaged_checkpoint_is_named(tmp_path) -> None:
    run(toys.recipe(minutes=1e-9), out=tmp_path / "run")
    checkpoint = tmp_path / "run" / "checkpoint.h5"
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    with pytest.raises(InputError, match=r"checkpoint\.h5 is damaged .*--force"):
        run(toys.recipe(minutes=1e-9), out=tmp_path / "run", resume=True)


def test_the_header_tells_what_the_training_began_from(tmp_path) -> None:
    toys.trained().weights.save(tmp_path / "first.safetensors")
    told = toys.recipe()
    told.pop("task")
    told["solver"] = toys.learner(weights=str(tmp_path / "first.safetensors"))
    began = train(**told).weights.about["started from"]
    assert began["file"] == "first.safetensors"
    assert len(began["sha256"]) == 64


def test_torchrun_trains_and_finds_a_finished_training_finished(tmp_path) -> None:
    recipe = tmp_path / "train.yaml"
    recipe.write_text(dump(toys.recipe(data=str(tmp_path / "objects.h5"))), encoding="utf-8")
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = [*start, "-m", "phasekit", "run", str(recipe), "--out", str(tmp_path / "run")]
    for said in ("weights:", "finished already"):
        done = subprocess.run(
            command, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        assert said in done.stdout


def _together(recipe: Path, out: Path, count: int) -> None:
    """Train with `count` processes, as torchrun starts them."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    shared = {"WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "phasekit", "run", str(recipe), "--out", str(out)]
    going = [
        subprocess.Popen(command, env=os.environ | shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)})
        for rank in range(count)
    ]
    assert [one.wait(timeout=120) for one in going] == [0] * count


def test_two_processes_give_the_loss_curve_of_one(tmp_path) -> None:
    recipe = tmp_path / "train.yaml"
    recipe.write_text(dump(toys.recipe(samples=64, epochs=3, augment=toys.FAULTS)), encoding="utf-8")
    curves = []
    for count in (1, 2):
        _together(recipe, tmp_path / str(count), count)
        rows = np.genfromtxt(tmp_path / str(count) / "history.csv", delimiter=",", names=True)
        curves.append(np.stack([rows["loss"], rows["validation_loss"]]))
    assert np.allclose(curves[0], curves[1], rtol=2e-4), curves


def test_a_batch_that_processes_cannot_share_is_refused(monkeypatch) -> None:
    from phasekit.training.processes import Processes

    class Three:
        def __enter__(self) -> Processes:
            return Processes(count=3)

        def __exit__(self, *told: object) -> None:
            return None

    monkeypatch.setattr(sys.modules["phasekit.training.train"], "processes", lambda device: Three())
    with pytest.raises(InputError, match="cannot be shared by 3 processes"):
        toys.trained(batch=4)


def test_curves_are_written_for_tensorboard(tmp_path) -> None:
    reading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    run(toys.recipe(tensorboard=True), out=tmp_path / "run")
    events = reading.EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    events.Reload()
    assert [event.step for event in events.Scalars("validation loss")] == [3, 6]


def test_tensorboard_that_is_not_installed_is_said_before_anything_is_written(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(InputError, match=r"pip install\s+tensorboard"):
        run(toys.recipe(tensorboard=True), out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_recipe_that_trains_is_told_from_one_that_reconstructs(tmp_path) -> None:
    recipe = tmp_path / "r.yaml"
    recipe.write_text("task: trian\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"r\.yaml:1: task: there is no task 'trian'; did you mean train\?"):
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
