"""The Python calls take the keys of a recipe, with the same defaults, and leave a run folder where `out` is given."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
import torch

import phasekit
from phasekit import InputError, Problem, compare, solve, train
from phasekit.comparing.task import CompareKeys, CompareTask
from phasekit.core.task import Task
from phasekit.solving.task import SolveKeys, SolveTask
from phasekit.testing import reference_problem
from phasekit.training.task import TrainKeys, TrainTask

from .. import toys

SIMULATION = {"name": "simulation", "shape": [16, 14], "seed": 3}
ER = {"name": "er", "steps": 5}
CALLS: list[tuple[Callable[..., Any], type[Task], Any, tuple[str, ...]]] = [
    (solve, SolveTask, SolveKeys, ("source", "solver")),
    (compare, CompareTask, CompareKeys, ("source", "solvers")),
    (train, TrainTask, TrainKeys, ("solver", "generator")),
]
MINE = '''
from typing import Literal
from phasekit import Iterative

class Still(Iterative):
    """Leaves the object as it is."""

    name: Literal["still-here"] = "still-here"

    def step(self, problem, state):
        """Return the object."""
        return state.object.clone()
'''


@pytest.mark.parametrize(("call", "model", "keys", "first"), CALLS)
def test_a_call_takes_exactly_the_keys_of_its_task(
    call: Callable[..., Any], model: type[Task], keys: Any, first: tuple[str, ...]
) -> None:
    wanted = {*model.model_fields} - {"task"}
    assert {*get_type_hints(keys)} == wanted - {*first}
    assert {*inspect.signature(call).parameters} == wanted | {"observer"}


@pytest.mark.parametrize(("call", "model", "keys", "first"), CALLS)
def test_the_defaults_that_a_call_shows_are_those_of_its_task(
    call: Callable[..., Any], model: type[Task], keys: Any, first: tuple[str, ...]
) -> None:
    shown = {
        name: p.default for name, p in inspect.signature(call).parameters.items() if name not in (*first, "observer")
    }
    for name, default in shown.items():
        field = model.model_fields[name]
        if field.is_required():
            assert default is inspect.Parameter.empty, name
        else:
            assert default == field.get_default(call_default_factory=True), name


def test_a_problem_is_taken_as_it_is_and_cannot_have_a_run_folder(tmp_path: Path) -> None:
    problem = reference_problem((16, 14))
    assert solve(problem, ER).problem.intensity.shape == (16, 14)
    with pytest.raises(InputError, match="a Problem made in Python cannot be written in a recipe") as caught:
        solve(problem, ER, out=tmp_path / "run")
    assert caught.value.place == "source"
    assert not (tmp_path / "run").exists()


def test_with_out_the_run_folder_is_that_of_the_command(
    tmp_path: Path, call: Callable[..., Any], recipe: Callable[[str], Path], without_pictures: None
) -> None:
    here = solve(SIMULATION, ER, device="cpu", out=tmp_path / "python")
    text = "source: {name: simulation, shape: [16, 14], seed: 3}\nsolver: {name: er, steps: 5}\ndevice: cpu\n"
    assert call("run", recipe(text), "--out", tmp_path / "command").code == 0
    texts = [
        (tmp_path / name / "resolved.yaml").read_text().replace(str(tmp_path / name), "")
        for name in ("python", "command")
    ]
    assert texts[0] == texts[1]
    again = phasekit.run(tmp_path / "command" / "resolved.yaml", out=tmp_path / "command")
    assert isinstance(again, phasekit.Result)
    assert torch.equal(here.object, again.object)


def test_plugin_files_are_loaded_for_a_call(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    assert solve(SIMULATION, {"name": "still-here", "steps": 2}, plugins=[tmp_path / "mine.py"]).seeds == (0,)


def test_a_volume_comes_with_the_result() -> None:
    angles = {"theta": 0.2, "chi": 90.0, "phi": -5.0, "delta": 30.1, "gamma": 14.0}
    geometry = {"name": "bragg", "beamline": "34-ID-C", "angles_deg": angles, "energy_kev": 9.0, "distance_m": 0.5}
    result = solve(
        {"name": "simulation", "shape": [16, 16, 16]},
        ER,
        geometry={**geometry, "pixel_um": 55.0, "step_deg": 0.01},
        volume={"frame": "sample"},
    )
    assert isinstance(result.volume, phasekit.Volume)
    assert result.volume.frame == "sample"
    assert solve(SIMULATION, ER).volume is None


@pytest.mark.parametrize("key", [{"workers": 2}, {"limit_s": 10.0}, {"dask": "tcp://127.0.0.1:1"}])
def test_what_processes_share_needs_a_folder(key: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="needs a run folder, through which processes share the work; set out"):
        compare(SIMULATION, {"er": ER}, **key)


def test_a_training_in_a_folder_can_be_read_back(tmp_path: Path) -> None:
    keys = toys.recipe()
    keys.pop("task")
    first = train(**keys, out=tmp_path / "run")
    assert (tmp_path / "run" / "weights.safetensors").is_file()
    again = train(**keys, out=tmp_path / "run")
    for name, tensor in first.weights.tensors.items():
        np.testing.assert_array_equal(tensor, again.weights.tensors[name])


def test_a_problem_of_several_is_named() -> None:
    problems: dict[str, Problem | dict[str, Any]] = {"mine": reference_problem((16, 14)), "other": SIMULATION}
    comparison = compare(solvers={"er": ER}, problems=problems, seeds=1)
    assert {*comparison.contest.problems} == {"mine", "other"}


def test_the_keyword_of_version_0_1_is_refused_with_its_new_name(tmp_path: Path) -> None:
    given: tuple[dict[str, Any], ...] = ({"watch": None}, {"watch": None, "out": tmp_path / "run"})
    for keys in given:
        with pytest.raises(InputError, match="watch is now called observer"):
            solve(SIMULATION, ER, **keys)
