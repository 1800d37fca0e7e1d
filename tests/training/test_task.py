"""A recipe that trains is a call of `phasekit.train`."""

from __future__ import annotations

import inspect
from typing import Any

from phasekit import train
from phasekit.training.options import Training
from phasekit.training.task import TrainTask

from .. import toys


def task(**training: Any) -> TrainTask:
    return TrainTask.model_validate(toys.recipe(**training))


def test_its_keywords_are_those_of_the_function() -> None:
    parameters = {*inspect.signature(train).parameters} - {"out", "observer"}
    assert sorted(task().keywords()) == sorted(parameters)
    assert isinstance(task().keywords()["training"], Training)


def test_when_to_stop_for_now_and_where_to_write_change_nothing_of_the_outcome() -> None:
    whole = task()
    assert task(minutes=5).model_copy(update={"out": "elsewhere"}).essential() == whole.essential()
    assert task(seed=1).essential() != whole.essential()
