"""What is about to run is looked at before anything is written; what is wrong names the recipe's line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from phasekit import InputError
from phasekit.recipes.loader import load
from phasekit.runs.prepare import checked_job, plan_for, prepare_contest_of, prepare_loaded, prepare_training_of
from phasekit.runs.run import run
from phasekit.solving.task import SolveTask

from .. import toys


def test_a_generator_that_reaches_beyond_the_box_is_refused(tmp_path: Path) -> None:
    plugin = tmp_path / "filling.py"
    plugin.write_text(
        "from typing import Literal\nimport torch\nfrom phasekit import Generator\n\n"
        'class Filling(Generator):\n    """Fill the array."""\n\n    name: Literal["filling"] = "filling"\n\n'
        "    def sample(self, grid, count, rng):\n"
        "        return torch.ones(count, *grid.shape[:-1], dtype=torch.complex64)\n",
        encoding="utf-8",
    )
    told = toys.recipe() | {"plugins": [str(plugin)], "generator": "filling"}
    with pytest.raises(InputError, match=r"cannot make an object for the box.*beyond the middle half"):
        run(told, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_generator_of_specks_is_refused() -> None:
    specks = {"name": "superellipsoid", "a": [0.01, 0.02], "b": [0.01, 0.02], "c": [0.01, 0.02]}
    with pytest.raises(InputError, match=r"cannot make an object for the box.*not larger than one voxel"):
        run(toys.recipe() | {"generator": specks})


def test_tensorboard_that_is_not_installed_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(InputError, match=r"pip install\s+tensorboard"):
        run(toys.recipe(tensorboard=True), out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_recipe_of_another_task_is_refused_by_name() -> None:
    loaded = load({"source": {"name": "simulation", "shape": [16, 14]}, "solver": "er"})
    for prepare, task in ((prepare_contest_of, "compare"), (prepare_training_of, "train")):
        with pytest.raises(InputError, match=f"this needs a recipe with task: {task}, but this recipe has task: solve"):
            prepare(loaded)


def test_what_the_data_do_not_allow_names_the_line_that_asks_for_it(recipe: Callable[[str], Path]) -> None:
    text = "source: {name: simulation, shape: [16, 14]}\nsolver: er\ndevice: cpu\nvolume: {frame: laboratory}\n"
    path = recipe(text)
    with pytest.raises(InputError) as caught:
        prepare_loaded(load(path))
    assert str(caught.value).startswith(f"{path}:4: volume")


def test_a_plan_that_does_not_fit_the_memory_names_the_line_of_the_batch(
    recipe: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recipe("source: {name: simulation, shape: [16, 14]}\nsolver: er\nseeds: 4\nbatch: 3\ndevice: cpu\n")
    loaded = load(path)
    job = prepare_loaded(loaded)
    assert plan_for(loaded, job).batches == ((0, 1, 2), (3,))
    monkeypatch.setattr("phasekit.solving.batches.memory_available", lambda device: 1000)
    with pytest.raises(InputError) as caught:
        plan_for(loaded, job)
    assert str(caught.value).startswith(f"{path}:4: batch: a batch of 3 needs about ")


def test_a_recipe_is_prepared_as_the_call_with_its_keys(recipe: Callable[[str], Path]) -> None:
    job = prepare_loaded(load(recipe("source: {name: simulation, shape: [16, 14]}\nsolver: er\nseeds: [3, 1]\n")))
    called = checked_job(SolveTask.of(source={"name": "simulation", "shape": [16, 14]}, solver="er", seeds=[3, 1]))
    assert (job.solver, job.seeds, job.rank) == (called.solver, called.seeds, called.rank)
    assert torch.equal(job.problem.intensity, called.problem.intensity)
