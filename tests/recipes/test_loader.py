"""What is wrong in a recipe is told as file:line: place: reason, everything at once; what is right is resolved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phasekit import InputError, Solver
from phasekit.core.chain import Chain
from phasekit.recipes.loader import load
from phasekit.solving.task import SolveTask

SOURCE = "source: {name: simulation, shape: [16, 16]}\n"


@pytest.fixture
def wrong(recipe: Callable[..., Path]) -> Callable[..., list[str]]:
    """Return the lines that a wrong recipe gives, the file's path replaced by F."""

    def lines(text: str, *sets: str) -> list[str]:
        path = recipe(text)
        with pytest.raises(InputError) as caught:
            load(path, sets)
        return str(caught.value).replace(str(path), "F").splitlines()

    return lines


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("solver: hioo\n", "F:2: solver: no solver is called 'hioo'; did you mean hio?"),
        ("solver:\n  name: hio\n  betta: 1\n", "F:4: solver: hio has no option 'betta'; did you mean beta?"),
        (
            "solver:\n  - hio\n  - er\n  - {name: raar, betta: 1}\n",
            "F:5: solver.2: raar has no option 'betta'; did you mean beta?",
        ),
        (
            "solver:\n  - repeat: 2\n    solvers:\n      - er\n      - name: hio\n        steps: 1.5\n",
            "F:7: solver.0.solvers.1.steps: should be a valid integer, got 1.5",
        ),
        ("solver: {name: hio, beta: 3}\n", "F:2: solver.beta: should lie between 0 and 2, got 3"),
        ("solver: {name: hio, steps: many}\n", "F:2: solver.steps: should be a valid integer"),
        ("solver:\n  name: hio\n  steps: 0\n", "F:4: solver.steps: should be greater than or equal to 1, got 0"),
        ("solver: er\nsovler: hio\n", "F:3: a recipe has no option 'sovler'; did you mean solver?"),
        ("solver: er\nheld_out: 0.9\n", "F:3: held_out: should be less than or equal to 0.5, got 0.9"),
        ("solver: er\nheld_out: .nan\n", "F:3: held_out: should be a finite number, got nan"),
        ("solver: er\ndevice: tpu\n", "F:3: device: should be 'auto', 'cpu' or 'cuda', got 'tpu'"),
        ("solver: er\ntask: dance\n", "F:3: task: unknown task 'dance'; available: compare, solve, train"),
        ("solver: er\nmetrics: [chi2, chi3]\n", "F:3: metrics.1: no loss is called 'chi3'; did you mean chi2?"),
        ("solver: er\nplugins: [mine.py]\n", "F:3: plugins.0: "),
        ("solver: er\nstart: chi2\n", "F:3: start: no solver is called 'chi2'; 'chi2' is a loss"),
        ("solver: er\nbatch: 0\n", "F:3: batch: should be greater than or equal to 1, got 0"),
        ("solver: {steps: 3}\n", "F:2: solver: this solver lacks a 'name'; write {name: …, options}"),
        ("solver: 5\n", "F:2: solver: must be the name of a solver or a mapping with 'name', got 5"),
        ("solver:\n", "F:2: solver: must be the name of a solver or a mapping with 'name', got None"),
        ("", "F:1: a recipe needs the option 'solver'"),
        ("solver: er\nvolume: crystal\n", "F:3: volume: must be options, written as {option: value}, got 'crystal'"),
        (
            "solver: er\ngeometry:\n  name: bragg\n  beamline: 34-ID-D\n",
            "F:5: geometry.beamline: no beamline is called '34-ID-D'; did you mean 34-ID-C? "
            "(your own is a YAML file: beamline: mine.yaml)",
        ),
        (
            "solver: er\ngeometry:\n  name: bragg\n  beamline: P10\n  angles_deg:\n    omm: 3\n",
            "F:7: geometry.angles_deg.omm: there is no circle 'omm'; did you mean om?",
        ),
        (
            "solver: er\ngeometry:\n  name: bragg\n  step_deg: 0\n",
            "F:5: geometry.step_deg: step_deg is 0: every frame would be the same; give the step between frames",
        ),
    ],
)
def test_a_mistake_has_file_line_and_place(wrong: Callable[..., list[str]], text: str, sentence: str) -> None:
    (line,) = wrong(SOURCE + text)
    assert line.startswith(sentence) if sentence.endswith((": ", "integer")) else line == sentence


def test_all_mistakes_are_reported_at_once(wrong: Callable[..., list[str]]) -> None:
    text = (
        "source:\n  name: simulation\n  shape: [16, 2]\nsolver:\n  - hoi\n  - {name: er, step: 3}\nseeds: 0\nout: 3\n"
    )
    lines = wrong(text)
    assert [line.split(": ")[:2] for line in lines] == [
        ["F:3", "source.shape.1"],
        ["F:5", "solver.0"],
        ["F:6", "solver.1"],
        ["F:7", "seeds"],
        ["F:8", "out"],
    ]


@pytest.mark.parametrize(
    ("value", "place"),
    [("much", "solver.beta"), ("{name: linaer}", "solver.beta"), ("{name: linear, start: 9}", "solver.beta")],
)
def test_a_wrong_schedule_is_reported_once(wrong: Callable[..., list[str]], value: str, place: str) -> None:
    (line,) = wrong(f"{SOURCE}solver: {{name: hio, beta: {value}}}\n")
    assert line.startswith(f"F:2: {place}: ")


@pytest.mark.parametrize(
    "text",
    ["", "- a\n- b\n", "hello\n", "3\n"],
)
def test_what_is_no_mapping_is_no_recipe(wrong: Callable[..., list[str]], text: str) -> None:
    (line,) = wrong(text)
    assert line.startswith("F:1: a recipe is a mapping")


def test_changes_are_applied_before_validation_at_any_depth(recipe: Callable[..., Path]) -> None:
    path = recipe(SOURCE + "solver:\n  - {name: hio, steps: 5}\n  - er\n")
    sets = ("solver.0.beta=0.7", "solver.1.steps=9", "source.shape.1=24", "held_out=0.05", "seeds=[4, 2]")
    made = load(path, sets).task_of(SolveTask)
    assert made.solver == Solver.resolve([{"name": "hio", "steps": 5, "beta": 0.7}, {"name": "er", "steps": 9}])
    assert isinstance(made.solver, Chain)
    assert made.source.model_dump()["shape"] == (16, 24)
    assert (made.held_out, made.seeds) == (0.05, (4, 2))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("solver.0.beta=9", "--set solver.0.beta=9: solver.0.beta: should lie between 0 and 2, got 9"),
        ("solver.0=hiio", "--set solver.0=hiio: solver.0: no solver is called 'hiio'; did you mean hio?"),
        ("solver.0.bata=1", "--set solver.0.bata=1: solver.0: hio has no option 'bata'; did you mean beta?"),
        ("solver.0.0.beta=1", "--set solver.0.0.beta=1: solver.0: hio has no option '0'"),
        ("solver.4.beta=1", "--set solver.4.beta=1: no '4' in solver (2 entries, counted from 0)"),
        ("solver.x=1", "--set solver.x=1: no 'x' in solver (2 entries, counted from 0)"),
        ("seeds.x=1", "--set seeds.x=1: no 'x' in seeds (2)"),
        ("seeds", "--set seeds: write it as place=value, for example solver.0.beta=0.8"),
        ("=3", "--set =3: write it as place=value, for example solver.0.beta=0.8"),
        ("seeds=[1", "--set seeds=[1:1: invalid YAML: "),
        ("solver.²=1", "--set solver.²=1: no '²' in solver"),
    ],
)
def test_a_wrong_change_is_named_by_itself(wrong: Callable[..., list[str]], change: str, sentence: str) -> None:
    (line,) = wrong(SOURCE + "seeds: 2\nsolver:\n  - hio\n  - {name: er, steps: 3}\n", change)
    assert line.startswith(sentence)


def test_a_mistake_in_the_file_is_not_blamed_on_a_change(wrong: Callable[..., list[str]]) -> None:
    lines = wrong(SOURCE + "solver:\n  - {name: hio, beta: 9}\n  - er\n", "solver.1.steps=3")
    assert lines == ["F:3: solver.0.beta: should lie between 0 and 2, got 9"]


def test_the_resolved_recipe_is_itself_a_recipe_and_means_the_same(recipe: Callable[..., Path], tmp_path: Path) -> None:
    np.save(tmp_path / "data.npy", np.ones((8, 8)))
    text = """\
source: {name: numpy, path: data.npy}
solver: [{name: hio, beta: {name: linear, start: 1, stop: 1.0e-5}}, [er, {name: shrinkwrap, sigma: 1}]]
seeds: [3, 1]
metrics: [chi2, {name: r-factor, counts: 1}]
out: there
"""
    first = load(recipe(text))
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "resolved.yaml").write_text(first.resolved())
    second = load(other / "resolved.yaml")
    assert second.recipe == first.recipe
    assert second.resolved() == first.resolved()
    assert first.recipe.out == tmp_path / "there"
    assert first.recipe.inputs() == {"source.path": tmp_path / "data.npy"}


def test_a_mapping_made_in_python_means_what_a_file_does(recipe: Callable[..., Path]) -> None:
    file = load(recipe(SOURCE + "solver: [hio, {name: er, steps: 3}]\n"))
    options: dict[str, Any] = {"solver": ("hio", Solver.resolve({"name": "er", "steps": 3}))}
    made = load({"source": {"name": "simulation", "shape": (16, 16)}, **options})
    assert made.recipe == file.recipe
    assert made.name == "recipe"
    with pytest.raises(InputError, match=r"^recipe:1: solver: no solver is called 'hioo'"):
        load({"solver": "hioo", "source": "simulation"})


PLUGIN = '''
from typing import Literal
from phasekit import Iterative

class Halve(Iterative):
    """Halve the object."""

    name: Literal["halve-it"] = "halve-it"

    def step(self, problem, state):
        """Return half of the object."""
        return state.object / 2
'''


def test_plugins_of_the_recipes_own_files_can_be_named(recipe: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(PLUGIN)
    loaded = load(recipe(SOURCE + "solver: halve-it\nplugins: [own.py]\n"))
    assert loaded.task_of(SolveTask).solver.name == "halve-it"
    assert loaded.recipe.inputs() == {"plugins.0": tmp_path / "own.py"}
    assert loaded.warnings == ()


def test_a_plugin_file_that_raises_is_set_aside_and_named(
    recipe: Callable[..., Path], wrong: Callable[..., list[str]], tmp_path: Path
) -> None:
    (tmp_path / "bad.py").write_text("raise RuntimeError('no')")
    text = SOURCE.replace("{", "{{").replace("}", "}}") + "solver: {}\nplugins: [bad.py]\n"
    (warning,) = load(recipe(text.format("er"))).warnings
    assert warning == f"set aside: {tmp_path / 'bad.py'} (RuntimeError: no)"
    (line,) = wrong(text.format("halves"))
    assert line.endswith(f"; set aside: {tmp_path / 'bad.py'} (RuntimeError: no)")
