"""The command line does what it says; bad input gives sentences, exit code 2, and nothing half-written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from phasekit.core.registry import registry
from phasekit.solving import batches

PEAK = np.zeros((16, 16)) + 1.0
PEAK[7:10, 7:10] = 100.0


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Write good and bad data files beside the recipe."""
    with h5py.File(tmp_path / "good.h5", "w") as file:
        file["entry/data"] = PEAK
        file["mask"] = np.ones((16, 15))
        file["zero"] = np.zeros((16, 16))
        file["one"] = (np.arange(256) == 5).reshape(16, 16)
        spoilt = PEAK.copy()
        spoilt[0, :3], spoilt[1, :2] = np.nan, -4
        file["spoilt"] = spoilt
    whole = (tmp_path / "good.h5").read_bytes()
    (tmp_path / "short.h5").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.h5").write_text("hello")
    (tmp_path / "raises.py").write_text("raise RuntimeError('broken on import')")
    return tmp_path


def _hdf5(path: str = "good.h5", **options: str) -> str:
    given = {"path": path, "dataset": "entry/data", **options}
    return f"source: {{name: hdf5, {', '.join(f'{key}: {value}' for key, value in given.items())}}}\n"


SIMULATION = "source: {name: simulation, shape: [16, 16]}\n"
ER = "solver: {name: er, steps: 3}\n"
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
        (_hdf5("none.h5") + ER, ["F:1: source.path: D/none.h5 does not exist"]),
        (_hdf5(dataset="entry/dat") + ER, ["F:1: source: D/good.h5: 'entry/dat' is absent; available data sets"]),
        (_hdf5("short.h5") + ER, ["F:1: source: D/short.h5 cannot be read: it is truncated"]),
        (_hdf5("text.h5") + ER, ["F:1: source: D/text.h5 cannot be read: it is not an HDF5 file"]),
        (_hdf5(valid="mask") + ER, ["F:1: source: "]),
        (_hdf5(dataset="zero") + ER, ["F:1: source: "]),
        (_hdf5(valid="one") + ER, ["F:1: source: "]),
        ("- source\n- solver\n", ["F:1: a recipe is a mapping"]),
        (SIMULATION + ER + ER, ["F:3: duplicate key 'solver', first in line 2"]),
        (BOMB, ["F:1: more than 100000 entries, including aliases"]),
        (SIMULATION + "solver: [er\n", ["F:3: invalid YAML"]),
        (SIMULATION + "solver: halves\nplugins: [raises.py]\n", ["F:2: solver: no solver is called 'halves'"]),
        (SIMULATION + ER + "rank: pearson\n", ["F:3: rank: 'pearson' is not among the metrics (chi2, r-factor)"]),
        (_hdf5() + ER + "metrics: [object-error]\n", ["F:3: metrics: "]),
    ],
)
@pytest.mark.parametrize("command", ["run", "check"])
def test_a_wrong_recipe_gives_sentences_and_exit_code_2(files, recipe, call, text, sentences, command) -> None:
    path = recipe(text)
    said = call(command, path, *(["--out", files / "out"] if command == "run" else []))
    assert said.code == 2
    lines = said.err.replace(str(path), "F").replace(str(files), "D").splitlines()
    assert len(lines) == len(sentences)
    assert "Traceback" not in said.err
    for sentence in sentences:
        assert any(line.startswith(sentence) for line in lines), (sentence, lines)
    assert not (files / "out").exists()


def test_the_data_sets_that_are_there_are_listed(files, recipe, call) -> None:
    said = call("run", recipe(_hdf5(dataset="entry/dat") + ER), "--out", files / "out")
    for name in ("entry/data (16, 16)", "mask (16, 15)", "zero (16, 16)"):
        assert name in said.err


def test_a_plugin_file_that_raises_is_named_and_the_rest_runs(files, recipe, call) -> None:
    said = call("check", recipe(SIMULATION + ER + "plugins: [raises.py]\n"))
    assert said.code == 0
    assert said.err == f"set aside: {files / 'raises.py'} (RuntimeError: broken on import)\n"


def test_two_plugins_of_one_name_are_both_named(files, recipe, call, monkeypatch) -> None:
    rows = [*registry().entries["solver", "er"], ("a stranger 1.0", registry().find("solver", "hio"))]
    monkeypatch.setitem(registry().entries, ("solver", "er"), rows)
    said = call("run", recipe(SIMULATION + ER), "--out", files / "out")
    assert said.code == 2
    assert "two solver plugins share the name 'er': ErrorReduction from" in said.err
    assert "HybridInputOutput from a stranger 1.0; both are refused" in said.err


def test_spoilt_counts_are_counted_and_said(files, recipe, call) -> None:
    said = call("check", recipe(_hdf5(dataset="spoilt") + ER))
    assert said.code == 0
    assert "note: 3 trusted counts were not finite" in said.out
    assert "note: 2 trusted counts were negative" in said.out


def test_a_missing_recipe_is_told(tmp_path, call) -> None:
    assert call("run", tmp_path / "none.yaml").code == 2
    assert (
        call("check", tmp_path / "none.yaml").err
        == f"{tmp_path}/none.yaml: cannot be read: No such file or directory\n"
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["--set", "solver.steps=0"],
            "--set solver.steps=0: solver.steps: should be greater than or equal to 1, got 0",
        ),
        (["--set", "solver"], "--set solver: write it as place=value"),
        (["--device", "tpu"], "--set device=tpu: device: should be 'auto', 'cpu' or 'cuda', got 'tpu'"),
        (["--seeds", "0"], "--set seeds=0: seeds: must be a number of starts"),
        (["--set", "rank=nothing"], "--set rank=nothing: rank: 'nothing' is not among the metrics"),
    ],
)
def test_a_wrong_change_is_told_by_its_name(recipe, call, tmp_path, words, sentence) -> None:
    said = call("run", recipe(SIMULATION + ER), *words, "--out", tmp_path / "out")
    assert said.code == 2
    assert said.err.startswith(sentence)
    assert len(said.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_gpu_that_is_not_there_is_told(recipe, call, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    path = recipe(SIMULATION + ER + "device: cuda\n")
    said = call("run", path, "--out", tmp_path / "out")
    assert said.code == 2
    assert said.err.startswith(f"{path}:3: device: cuda was requested, but torch finds no GPU")


def test_more_memory_than_there_is_is_told_with_the_estimate(recipe, call, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(batches, "memory_available", lambda device: 1000)
    path = recipe(SIMULATION + ER)
    for command in (("run", path, "--out", tmp_path / "out"), ("check", path)):
        said = call(*command)
        assert said.code == 2
        assert said.err.startswith(f"{path}:1: source: a batch of 1 needs about 0.0 GiB and 0.0 GiB are free on cpu")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_to_is_told(recipe, call, tmp_path) -> None:
    (tmp_path / "file").touch()
    said = call("run", recipe(SIMULATION + ER), "--out", tmp_path / "file" / "out")
    assert said.code == 2
    assert said.err.startswith(f"{tmp_path}/file/out cannot be written to (Not a directory)")


@pytest.mark.usefixtures("without_pictures")
def test_a_run_says_what_it_found_and_a_second_one_that_there_is_nothing_to_do(recipe, call, tmp_path) -> None:
    path, out = recipe(), tmp_path / "out"
    said = call("run", path, "--out", out)
    assert said.code == 0
    assert "ranked by chi2" in said.out
    assert f"report: {out}/report.html" in said.out
    again = call("run", path, "--out", out)
    assert again.code == 0
    assert again.out == f"{out} is finished already; nothing to do (--force runs it again)\n"
    assert "ranked by chi2" in call("run", path, "--out", out, "--force").out
    assert call("run", path, "--out", out, "--seeds", 3).code == 2


@pytest.mark.usefixtures("without_pictures")
def test_a_run_that_fails_has_exit_code_1(recipe, call, tmp_path) -> None:
    text = SIMULATION + "solver: {name: shrinkwrap, threshold: 1, sigma: 0}\n"
    said = call("run", recipe(text), "--out", tmp_path / "out")
    assert said.code == 1
    assert said.err.startswith("every start failed")


def test_check_says_what_a_run_would_be(recipe, call, tmp_path) -> None:
    before = sorted(tmp_path.rglob("*"))
    said = call("check", recipe())
    assert said.code == 0
    for words in ("16 × 14 voxels", "oversampling", "2 in 1 batches", "MiB free", "40 per seed", "the recipe is valid"):
        assert words in said.out
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "recipe.yaml"])


def test_plugins_can_be_read_by_programs(call) -> None:
    said = call("plugins", "--json")
    assert said.code == 0
    found = json.loads(said.out)
    names = {(row["kind"], row["name"]) for row in found["plugins"]}
    assert {("solver", "chain"), ("solver", "hio"), ("schedule", "constant"), ("source", "hdf5")} <= names
    assert found["set_aside"] == {}
    assert all(row["what"] and row["from"] for row in found["plugins"])
    assert "hio" in call("plugins").out


def test_show_tells_options_and_near_matches(call) -> None:
    said = call("show", "hio")
    assert said.code == 0
    assert "beta" in said.out
    wrong = call("show", "hoi")
    assert wrong.code == 2
    assert "no plugin is called 'hoi'; did you mean hio" in wrong.err


LAWFUL = '''
"""A plugin."""
from typing import Literal
from phasekit import Schedule

class Flat(Schedule):
    """The same number throughout."""

    name: Literal["flat-for-test"] = "flat-for-test"

    def at(self, step: int, steps: int) -> float:
        """Return it."""
        return {value}
'''


@pytest.mark.parametrize(
    ("text", "code"),
    [(LAWFUL.format(value="1.0"), 0), (LAWFUL.format(value="float('nan')"), 1), ("1/0\n", 1), (None, 2)],
)
def test_the_contract_kit_has_its_exit_codes(call, tmp_path, text, code) -> None:
    path = tmp_path / "flat.py"
    if text is not None:
        path.write_text(text)
    said = call("test", path)
    assert said.code == code or (text == "1/0\n" and said.code == 2)
    assert "Traceback" not in said.err


def test_wrong_words_on_the_command_line_have_exit_code_2(call) -> None:
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


def test_check_says_what_a_comparison_will_take(recipe, call) -> None:
    text = (
        "task: compare\nsource: {name: simulation, shape: [16, 14]}\nsolvers: {one: er, two: [hio, er], three: cnn}\n"
    )
    said = call("check", recipe(text))
    assert said.code == 0
    assert "refused: cnn has no weights" in said.out
    assert "10 starts in" in said.out
    assert "the recipe is valid" in said.out


@pytest.mark.usefixtures("without_comparison_report")
def test_bench_runs_the_suite_and_leaves_its_version(call, tmp_path) -> None:
    words = ("--side", "16", "--problem", "easy", "--solver", "er", "--solver", "hio", "--seeds", "2")
    said = call("bench", *words, "--out", tmp_path / "bench")
    assert said.code == 0
    told = json.loads((tmp_path / "bench" / "bench.json").read_text(encoding="utf-8"))
    assert (told["suite"], told["side"], list(told["problems"])) == (1, 16, ["easy"])
    assert set(told["ranking"]) == {"er", "hio"}
    assert call("bench", "--solver", "hioo").err.startswith("no solver of the suite is called 'hioo'; did you mean hio")
    assert "16 or more voxels" in call("bench", "--side", "8").err
