"""The examples run: every recipe validates, the simulated ones end to end in a cut-down form."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import pytest

from phasekit import Comparison, Result, Trained
from phasekit.comparing.task import CompareTask
from phasekit.core.registry import registry
from phasekit.core.task import Task
from phasekit.recipes.loader import load
from phasekit.runs.run import run
from phasekit.runtime.yaml_reader import read
from phasekit.solving.task import SolveTask

from . import toys

EXAMPLES = Path(__file__).parent.parent / "examples"
RECIPES = sorted(EXAMPLES.glob("*.yaml"))
RELAX = EXAMPLES / "plugin" / "src" / "phasekit_relax" / "relax.py"
MOST = {"steps": 3, "repeat": 2}
"""Options that cost time, and how much of them a test can wait for."""


def _source(recipe: Path) -> dict[str, Any]:
    """Return the source of a recipe, the last of several; one that trains has none."""
    data = read(recipe).data
    source: dict[str, Any] = data.get("source") or [*data.get("problems", {"": {"name": "none"}}).values()][-1]
    return source


def _cuts(value: Any, place: str) -> Iterator[str]:
    """Yield the changes that make a solver quick, wherever in it something costs time."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in parts:
        if key in MOST:
            yield f"{place}.{key}={min(item, MOST[key])}"
        yield from _cuts(item, f"{place}.{key}")


def _cut_down(recipe: Path) -> list[str]:
    data = read(recipe).data
    key = "solver" if "solver" in data else "solvers"
    return [*_cuts(data[key], key), "source.shape=[24, 24, 24]", "seeds=2", "batch=1"]


def _compares(recipe: Path) -> bool:
    return bool(read(recipe).data.get("task") == "compare")


def _of(*sources: str) -> list[Any]:
    return [pytest.param(recipe, id=recipe.stem) for recipe in RECIPES if _source(recipe)["name"] in sources]


@pytest.fixture
def own_registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A registry without the example plugin as a distribution, for one name may be there only once."""
    monkeypatch.setenv("PHASEKIT_BLOCK", "relax")
    registry.cache_clear()
    yield
    registry.cache_clear()


@pytest.mark.parametrize("recipe", _of("simulation", "hdf5", "numpy", "aps-34idc", "none"))
def test_every_recipe_validates(recipe: Path) -> None:
    path = _source(recipe).get("path")
    if path is not None and not (EXAMPLES / path).exists():
        pytest.skip(f"{path} is not here")
    assert load(recipe).warnings == ()


@pytest.mark.parametrize("recipe", _of("aps-34idc"))
def test_recipes_for_a_beamlines_scan_validate_with_any_folder(recipe: Path, tmp_path: Path) -> None:
    loaded = load(recipe, [f"source.path={tmp_path}"])
    assert _shortest(loaded.recipe) > 100


@pytest.mark.parametrize("recipe", _of("hdf5"))
def test_recipes_for_measured_data_validate_with_any_file(recipe: Path, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "scan.h5", "w"):
        pass
    place = "problems.measured" if _compares(recipe) else "source"
    loaded = load(recipe, [f"{place}.path={tmp_path / 'scan.h5'}"])
    assert _shortest(loaded.recipe) > 100


def _shortest(recipe: Task) -> int:
    """Return the steps of the shortest of a recipe's solvers."""
    if isinstance(recipe, CompareTask):
        solvers = [*recipe.solvers.values()]
    else:
        assert isinstance(recipe, SolveTask)
        solvers = [recipe.solver]
    return min(solver.length() or 0 for solver in solvers)


@pytest.mark.parametrize("recipe", _of("simulation"))
def test_simulated_examples_run_from_end_to_end(recipe: Path, tmp_path: Path) -> None:
    result = run(recipe, sets=_cut_down(recipe), out=tmp_path / "run")
    if _compares(recipe):
        assert isinstance(result, Comparison)
        assert len(result.ranking()) > 1
        assert not any(entry.refusal or entry.failures for entry in result.entries)
        assert {"report.html", "comparison.json", "seeds.csv"} <= {p.name for p in (tmp_path / "run").iterdir()}
        return
    assert isinstance(result, Result)
    assert result.object.shape == (2, 24, 24, 24)
    assert {"report.html", "result.cxi", "history.csv", "resolved.yaml"} <= {
        p.name for p in (tmp_path / "run").iterdir()
    }


@pytest.mark.parametrize("recipe", _of("none"))
def test_examples_that_train_run_from_end_to_end(recipe: Path, tmp_path: Path) -> None:
    network = {"name": "paper", "channels": [2, 3]} if "paper" in recipe.stem else dict(toys.NETWORK)
    few = {"samples": 10, "validation": 0.2, "epochs": 1, "batch": 4}
    changes = [f"training.{key}={value}" for key, value in few.items()] + ["training.compile=false"]
    found = run(recipe, sets=[*changes, f"solver.network={network}", "shape=[16, 16, 16]", "device=cpu"], out=tmp_path)
    assert isinstance(found, Trained)
    assert found.finished
    assert {"report.html", "weights.safetensors", "history.csv"} <= {path.name for path in tmp_path.iterdir()}


def test_the_example_plugin_works_as_a_single_file(
    tmp_path: Path, own_registry: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = importlib.import_module("phasekit.runs.solve_run")
    for slow in ("write_figures", "write_report"):  # the examples above have written theirs
        monkeypatch.setattr(running, slow, lambda *arguments: None)
    recipe = {
        "plugins": [str(RELAX)],
        "source": {"name": "simulation", "shape": [16, 16, 16]},
        "solver": {"name": "relax", "steps": 10, "beta": {"name": "linear", "start": 1.9, "stop": 1}},
        "batch": 1,
    }
    result = run(recipe, out=tmp_path / "run")
    assert isinstance(result, Result)
    first, last = result.history[0], result.history[-1]
    assert last.metrics["chi2"] < first.metrics["chi2"]
    assert (tmp_path / "run" / "plugins" / "relax.py").read_bytes() == RELAX.read_bytes()
