"""run() chooses the folder, and does what the task says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from phasekit import Result, run
from phasekit.comparing.comparison import Comparison
from phasekit.training.train import Trained

from .. import toys

pytestmark = pytest.mark.usefixtures("without_pictures", "without_comparison_report")


def test_the_folder_is_that_of_the_call_else_of_the_recipe_else_named_after_it(
    recipe: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = recipe().read_text()
    monkeypatch.chdir(tmp_path)
    run(recipe(text))
    run(recipe(text + "out: mine\n"))
    run(recipe(text + "out: mine\n"), out="given")
    assert all((tmp_path / name / "run.json").is_file() for name in ("runs/recipe", "mine", "given"))


def test_every_task_gives_what_its_call_gives(tmp_path: Path) -> None:
    simulation = {"name": "simulation", "shape": [16, 14]}
    er = {"name": "er", "steps": 2}
    assert isinstance(run({"source": simulation, "solver": er}, out=tmp_path / "solve"), Result)
    compared = run(
        {"task": "compare", "source": simulation, "solvers": {"er": er}, "seeds": 1}, out=tmp_path / "compare"
    )
    assert isinstance(compared, Comparison)
    assert isinstance(run(toys.recipe(), out=tmp_path / "train"), Trained)
