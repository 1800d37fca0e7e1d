"""Seeds are how many or which, other words for them are refused with their line; what is left out has its default."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from phasekit import InputError, Solver
from phasekit.recipes.loader import load
from phasekit.solving.task import SolveTask, seed_list

TEXT = "source: {name: simulation, shape: [16, 16]}\nsolver: er\n"


@pytest.mark.parametrize("seeds", ["1", "16", "[7]", "[3, 1, 2]"])
def test_seeds_are_how_many_or_which(recipe: Callable[[str], Path], seeds: str) -> None:
    made = load(recipe(f"{TEXT}seeds: {seeds}\n")).task_of(SolveTask).seeds
    assert made == (int(seeds) if seeds.isdigit() else tuple(map(int, seeds[1:-1].split(", "))))


@pytest.mark.parametrize("seeds", ["0", "-1", "true", "[]", "[1, 1]", "[-1]", "[1.5]", "some", "1.0", str([2**64])])
def test_other_seeds_are_refused(recipe: Callable[[str], Path], seeds: str) -> None:
    path = recipe(f"{TEXT}seeds: {seeds}\n")
    with pytest.raises(InputError) as caught:
        load(path)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{path}:3: seeds: ")


def test_how_many_seeds_are_the_first_ones_and_named_ones_keep_their_order() -> None:
    assert seed_list(4) == (0, 1, 2, 3)
    assert seed_list((7, 2)) == (7, 2)


def test_what_is_left_out_has_its_default(recipe: Callable[[str], Path]) -> None:
    made = load(recipe(TEXT)).task_of(SolveTask)
    assert made.start == Solver.resolve("random-phase")
    assert [metric.name for metric in made.metrics] == ["chi2", "r-factor"]
    assert (made.task, made.seeds, made.held_out, made.device, made.geometry) == ("solve", 1, 0.0, "auto", None)
