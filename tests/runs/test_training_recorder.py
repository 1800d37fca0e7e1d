"""A training keeps its state and its curves as long as there is room, and goes on without where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from phasekit import InputError, Observer, RunError
from phasekit.runtime import storage
from phasekit.training.trainer import STRIDE

from .. import toys
from ..keeping import Keeping, same
from .by_task import run_train


def test_a_stored_state_comes_back_whole(tmp_path: Path) -> None:
    from phasekit.runs.training_recorder import TYPES

    kept = Keeping()
    toys.trained(kept)
    storage.save(tmp_path / "state.h5", kept.states[-1])
    back = storage.restore(tmp_path / "state.h5", TYPES)
    assert same(back.moments, kept.states[-1].moments)
    assert back.points == kept.states[-1].points
    assert back.step == kept.states[-1].step


def test_a_disk_that_fills_leaves_the_last_checkpoint_and_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import phasekit.runs.training_recorder as recorder

    monkeypatch.setattr(recorder, "CHECKPOINT_S", 0.0)
    honest, said = storage.save, list[str]()
    room = {"writes": 1}

    def full(path: Path, value: object) -> None:
        if room["writes"] <= 0:
            raise OSError(28, "No space left on device")
        room["writes"] -= 1
        honest(path, value)

    class Hearing(Observer):
        def warned(self, sentence: str) -> None:
            said.append(sentence)

    monkeypatch.setattr(storage, "save", full)
    found = run_train(toys.recipe(samples=400, epochs=3), out=tmp_path / "run", observer=Hearing())
    assert found.finished
    assert said
    assert "the last one stays" in said[0]
    kept = storage.restore(tmp_path / "run" / "checkpoint.h5", recorder.TYPES)
    assert kept.step == STRIDE


def test_curves_that_a_full_disk_has_no_room_for_do_not_end_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    honest, said = storage.write_text, list[str]()

    def full(path: Path, text: str) -> None:
        if path.name == "history.csv":
            raise OSError(28, "No space left on device")
        honest(path, text)

    class Hearing(Observer):
        def warned(self, sentence: str) -> None:
            said.append(sentence)

    monkeypatch.setattr(storage, "write_text", full)
    with pytest.raises(RunError, match=r"could not be written .*free disk space, then use --resume"):
        run_train(toys.recipe(), out=tmp_path / "run", observer=Hearing())
    assert any("training continues" in sentence for sentence in said)
    monkeypatch.undo()
    assert run_train(toys.recipe(), out=tmp_path / "run", resume=True).finished


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    run_train(toys.recipe(minutes=1e-9), out=tmp_path / "run")
    checkpoint = tmp_path / "run" / "checkpoint.h5"
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    with pytest.raises(InputError, match=r"checkpoint\.h5 is damaged .*--force"):
        run_train(toys.recipe(minutes=1e-9), out=tmp_path / "run", resume=True)


def test_curves_are_written_for_tensorboard(tmp_path: Path) -> None:
    reading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    run_train(toys.recipe(tensorboard=True), out=tmp_path / "run")
    events = reading.EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    events.Reload()
    assert [event.step for event in events.Scalars("validation_loss")] == [3, 6]
