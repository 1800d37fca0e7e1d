"""The command line does what it says; bad input gives sentences, exit code 2, and nothing half-written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from phasekit.core.registry import registry

from ..conftest import Said
from .texts import ER, SIMULATION, hdf5

BOMB = "l0: &l0 [1, 2]\n" + "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 10)}]\n" for i in range(1, 9))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (SIMULATION + "solver: hioo\n", ["F:2: solver: no solver is called 'hioo'; did you mean hio?"]),
        (SIMULATION + "solver: {name: er, stps: 3}\n", ["F:2: solver: er has no option 'stps'; did you mean steps?"]),
        (SIMULATION + ER + "seed: 3\n", ["F:3: a recipe has no option 'seed'; did you mean seeds?"]),
        (SIMULATION + "solver: {name: er, steps: three}\n", ["F:2: solver.steps: should be a valid integer"]),
        (SIMULATION + "solver: {name: er, steps: -3}\n", ["F:2: solver.steps: should be greater than or equal to 1"]),
        (
            "source: simulatio\nsolver: er\nhold_out: 1\nseeds: no\n",
            ["F:1: source: no source", "F:4: seeds: must be", "F:3: a recipe has no option 'hold_out'"],
        ),
        (hdf5("none.h5") + ER, ["F:1: source.path: D/none.h5 does not exist"]),
        (hdf5(dataset="entry/dat") + ER, ["F:1: source: D/good.h5: 'entry/dat' is absent; available data sets"]),
        (hdf5("short.h5") + ER, ["F:1: source: D/short.h5 cannot be read: it is truncated"]),
        (hdf5("text.h5") + ER, ["F:1: source: D/text.h5 cannot be read: it is not an HDF5 file"]),
        (hdf5(valid="mask") + ER, ["F:1: source: "]),
        (hdf5(dataset="zero") + ER, ["F:1: source: "]),
        (hdf5(valid="one") + ER, ["F:1: source: "]),
        ("- source\n- solver\n", ["F:1: a recipe is a mapping"]),
        (SIMULATION + ER + ER, ["F:3: duplicate key 'solver', first in line 2"]),
        (BOMB, ["F:1: more than 100000 entries, including aliases"]),
        (SIMULATION + "solver: [er\n", ["F:3: invalid YAML"]),
        (SIMULATION + "solver: halves\nplugins: [raises.py]\n", ["F:2: solver: no solver is called 'halves'"]),
        (SIMULATION + ER + "rank: pearson\n", ["F:3: rank: 'pearson' is not among the metrics (chi2, r-factor)"]),
        (hdf5() + ER + "metrics: [object-error]\n", ["F:3: metrics: "]),
    ],
)
@pytest.mark.parametrize("command", ["run", "check"])
def test_a_wrong_recipe_gives_sentences_and_exit_code_2(
    files: Path, recipe: Callable[..., Path], call: Callable[..., Said], text: str, sentences: list[str], command: str
) -> None:
    path = recipe(text)
    said = call(command, path, *(["--out", files / "out"] if command == "run" else []))
    assert said.code == 2
    lines = said.err.replace(str(path), "F").replace(str(files), "D").splitlines()
    assert len(lines) == len(sentences)
    assert "Traceback" not in said.err
    for sentence in sentences:
        assert any(line.startswith(sentence) for line in lines), (sentence, lines)
    assert not (files / "out").exists()


def test_the_data_sets_that_are_there_are_listed(
    files: Path, recipe: Callable[..., Path], call: Callable[..., Said]
) -> None:
    said = call("run", recipe(hdf5(dataset="entry/dat") + ER), "--out", files / "out")
    for name in ("entry/data (16, 16)", "mask (16, 15)", "zero (16, 16)"):
        assert name in said.err


def test_two_plugins_of_one_name_are_both_named(
    files: Path, recipe: Callable[..., Path], call: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [*registry().entries["solver", "er"], ("a stranger 1.0", registry().find("solver", "hio"))]
    monkeypatch.setitem(registry().entries, ("solver", "er"), rows)
    said = call("run", recipe(SIMULATION + ER), "--out", files / "out")
    assert said.code == 2
    assert "two solver plugins share the name 'er': ErrorReduction from" in said.err
    assert "HybridInputOutput from a stranger 1.0; both are refused" in said.err


def test_wrong_words_on_the_command_line_have_exit_code_2(call: Callable[..., Said]) -> None:
    assert call("run").code == 2
    assert call("dance").code == 2
    assert call("run", "r.yaml", "--frobnicate").code == 2


def test_help_does_not_wait_for_torch() -> None:
    code = (
        "import sys; sys.argv = ['phasekit', '--help']\n"
        "from phasekit.cli.app import main\n"
        "try:\n    main()\nexcept SystemExit as left:\n    assert not left.code\n"
        "heavy = {'torch', 'numpy', 'h5py', 'pydantic'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for command in ("run", "bench", "reproduce", "check", "plugins", "show", "test"):
        assert command in done.stdout
