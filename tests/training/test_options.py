"""Options of a training go together; a protocol changes defaults, and what is stated stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from phasekit import Schedule
from phasekit.training.options import PAPER, PROTOCOLS, Training


@given(st.integers(2, 10_000), st.floats(0.001, 0.5), st.integers(1, 50))
def test_every_sample_is_trained_on_or_held_back_and_an_epoch_shows_whole_batches(
    samples: int, validation: float, batch: int
) -> None:
    assume(batch <= samples - max(round(validation * samples), 1))
    options = Training(samples=samples, validation=validation, batch=batch)
    assert options.trained() + options.held_back() == samples
    assert options.held_back() >= 1
    assert options.held_back() == pytest.approx(validation * samples, abs=1)
    assert options.updates() * batch <= options.trained() < (options.updates() + 1) * batch


def test_the_papers_protocol_has_its_defaults_and_a_rate_that_falls_every_turn() -> None:
    options = Training.model_validate({"protocol": "paper"})
    assert {key: getattr(options, key) for key in PAPER} == dict(PAPER)
    rate = Schedule.resolve(options.rate)
    epoch = options.updates()
    for turn in range(4):
        for step in (25 * turn * epoch, 25 * (turn + 1) * epoch - 1):
            assert rate.at(step, 100 * epoch) == pytest.approx(0.01 * 0.95**turn)


def test_what_is_stated_stands_over_the_protocol() -> None:
    options = Training.model_validate({"protocol": "paper", "epochs": 3, "rate": 0.5, "clip": 2.0})
    assert (options.epochs, options.clip, options.samples) == (3, 2.0, PAPER["samples"])
    assert Schedule.resolve(options.rate).at(0, 10) == 0.5


@pytest.mark.parametrize("protocol", sorted(PROTOCOLS))
def test_options_survive_json(protocol: str) -> None:
    options = Training.model_validate({"protocol": protocol, "seed": 3})
    assert Training.model_validate_json(options.model_dump_json()) == options


def test_a_data_set_that_is_not_there_yet_is_relative_to_the_recipes_folder(tmp_path: Path) -> None:
    options = Training.model_validate({"data": "objects.h5"}, context={"folder": str(tmp_path)})
    assert options.data == tmp_path / "objects.h5"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"samples": 10, "batch": 50}, "a batch of 50 is larger than the 9 training samples"),
        ({"epoch": 3}, "training has no option 'epoch'; did you mean epochs"),
        ({"rate": -1}, "should lie between 0 and 10"),
        ({"protocol": "paper", "turn": None}, "turn"),
    ],
)
def test_what_does_not_go_together_is_refused(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Training.model_validate(given)
