"""What all tests share: one thread, a cache of their own, the same examples; the command line as a function."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from hypothesis import settings

settings.register_profile("fixed", derandomize=True)
settings.load_profile("fixed")


@pytest.fixture(scope="session", autouse=True)
def _own_cache_and_one_thread(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the user's cache out of it, in processes that tests start too."""
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PHASEKIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("OMP_NUM_THREADS", "1")
        torch.set_num_threads(1)
        yield
        torch.set_num_threads(threads)


SMALL = """\
source: {name: simulation, shape: [16, 14], seed: 3}
solver:
  - {name: hio, steps: 30}
  - {name: er, steps: 10}
seeds: 2
batch: 2
device: cpu
"""


class Said(NamedTuple):
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def without_comparison_report() -> Iterator[None]:
    """Leave the slow report of a comparison to its own tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "phasekit.runs.comparison_run.write_comparison_report", lambda path, *_: path.write_text("report")
        )
        yield


@pytest.fixture(autouse=True)
def _registry_as_it_was() -> Iterator[None]:
    """Forget the plugin files that a test has loaded."""
    from phasekit.core.registry import registry

    found = registry()
    entries, broken, files = {key: list(rows) for key, rows in found.entries.items()}, {**found.broken}, {**found.files}
    yield
    found.entries, found.broken, found.files = entries, broken, files


@pytest.fixture
def recipe(tmp_path: Path) -> Callable[[str], Path]:
    """Write a recipe, by default a small one that works, and return its path."""

    def write(text: str = SMALL) -> Path:
        path = tmp_path / "recipe.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Call the command line in this process."""
    from phasekit.cli.app import main

    def called(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["phasekit", *map(str, words)])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as left:
            code = int(left.code or 0)
        return Said(code, *capsys.readouterr())

    return called


@pytest.fixture
def without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out figures and report, which take seconds and have tests of their own."""
    from phasekit.runs import solve_run

    monkeypatch.setattr(solve_run, "write_figures", lambda *_: None)
    monkeypatch.setattr(solve_run, "write_report", lambda path, *_: path.write_text("report"))
