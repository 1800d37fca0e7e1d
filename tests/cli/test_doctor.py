"""`phasekit doctor` prints, writes a page and JSON; a run keeps the diagnosis."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import phasekit
from phasekit import InputError
from phasekit.cli.app import app

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A recipe for 2-D data with a hot pixel far from the peak, which is off the centre."""
    at = np.indices((32, 40)) - np.array([16, 26])[:, None, None]
    expected = 1e5 * (np.sinc(at[0] / 3.1) * np.sinc(at[1] / 3.4)) ** 2
    counts = np.random.default_rng(0).poisson(expected)
    counts[4, 5] = 5000
    np.save(tmp_path / "scan.npy", counts)
    path = tmp_path / "gold <1>.yaml"
    path.write_text("source: {name: numpy, path: scan.npy, prepare: []}\nsolver: {name: er, steps: 2}\n")
    return path


def doctor(capsys: Capture, *arguments: object) -> str:
    app(["doctor", *map(str, arguments)], standalone_mode=False)
    return capsys.readouterr().out


def test_each_finding_is_a_line_with_figure_and_advice(recipe: Path, capsys: Capture) -> None:
    said = doctor(capsys, recipe)
    (hot,) = [line for line in said.splitlines() if line.startswith("hot-voxels: ")]
    assert "as read at [4, 5]" in hot
    assert "Add the step 'hot-pixels'" in hot
    assert "off-centre: " in said
    assert "oversampling: " in said
    assert said.splitlines()[-1] == "2 findings"


def test_what_the_advice_says_puts_it_right(recipe: Path, capsys: Capture) -> None:
    said = doctor(capsys, recipe, "--set", "source.prepare=[hot-pixels, centre]")
    assert said.splitlines()[-1] == "no findings"
    assert "done: hot-pixels: " in said


def test_json_holds_findings_and_facts(recipe: Path, capsys: Capture) -> None:
    report = json.loads(doctor(capsys, recipe, "--json"))
    assert {finding["name"] for finding in report["findings"]} == {"off-centre", "hot-voxels"}
    assert all(set(finding) == {"name", "figure", "advice", "wrong"} for finding in report["findings"])
    assert {"data", "counts", "oversampling", "memory", "time"} <= set(report["facts"])


def test_the_page_names_the_recipe_and_holds_what_was_found(recipe: Path, capsys: Capture, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    doctor(capsys, recipe, "--html", page)
    text = page.read_text(encoding="utf-8")
    assert "gold &lt;1&gt;" in text
    assert "gold <1>" not in text
    for word in ("hot-voxels", "off-centre", "oversampling", "Preparation"):
        assert word in text


def test_a_page_for_a_folder_that_is_not_there_is_refused_at_once(
    recipe: Path, capsys: Capture, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="does not exist; create it"):
        doctor(capsys, recipe, "--html", tmp_path / "nowhere" / "page.html")
    with pytest.raises(InputError, match="this is a folder; give a file in it"):
        doctor(capsys, recipe, "--html", tmp_path)


def test_a_doctor_that_fails_leaves_a_failed_run_and_not_one_that_seems_to_go_on(
    recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no diagnosis")

    monkeypatch.setattr(import_module("phasekit.runs.solve_run"), "diagnose", broken)
    with pytest.raises(RuntimeError, match="no diagnosis"):
        phasekit.run(recipe, out=tmp_path / "out")
    assert json.loads((tmp_path / "out" / "run.json").read_text())["status"] == "failed"


def test_a_run_keeps_the_diagnosis(recipe: Path, tmp_path: Path) -> None:
    phasekit.run(recipe, out=tmp_path / "out")
    info = json.loads((tmp_path / "out" / "run.json").read_text())
    assert {finding["name"] for finding in info["doctor"]["findings"]} == {"off-centre", "hot-voxels"}
    assert "oversampling" in info["doctor"]["facts"]
