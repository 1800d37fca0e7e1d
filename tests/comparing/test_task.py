"""Seeds may differ by solver; how the work is shared is no part of what is compared."""

from __future__ import annotations

from typing import Any

import pytest

from phasekit import InputError
from phasekit.comparing.task import CompareTask

from .contests import SIMULATION, SOLVERS


def task(**keys: Any) -> CompareTask:
    return CompareTask.of(**{"source": SIMULATION, "solvers": SOLVERS, **keys})


def test_seeds_are_given_for_all_or_by_solver() -> None:
    assert task().seeds == 10
    assert task(seeds=[4, 2]).seeds == (4, 2)
    assert task(seeds={"er": 3, "hio": [7], "raar": 1}).seeds == {"er": 3, "hio": (7,), "raar": 1}


@pytest.mark.parametrize("seeds", [0, [], [1, 1], {"er": 0, "hio": 1, "raar": 1}])
def test_wrong_seeds_are_refused_whoever_they_are_for(seeds: Any) -> None:
    with pytest.raises(InputError, match=r"must be a number of starts|is listed twice"):
        task(seeds=seeds)


def test_how_the_work_is_shared_and_where_it_is_written_change_nothing_of_the_outcome() -> None:
    shared = task(workers=3, limit_s=5.0, dask="tcp://127.0.0.1:1", out="elsewhere")
    assert shared.essential() == task().essential()
    for other in ({"seeds": 3}, {"batch": 2}, {"budget": {"steps": 3}}, {"goals": {"chi2": 0.1}}):
        assert task(**other).essential() != task().essential()
