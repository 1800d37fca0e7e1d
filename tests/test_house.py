"""benchmarks/house.py counts what it says, on a tree small enough to count by hand."""

from __future__ import annotations

import importlib
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from phasekit.core.environment import environment

ROOT = Path(__file__).parent.parent
FILES = {
    "phasekit/__init__.py": "from phasekit.high.solve import solve\n",
    "phasekit/loose.py": "from phasekit.low import one\n",
    "phasekit/low/__init__.py": "",
    "phasekit/low/one.py": "def two():\n    from phasekit.low import two\n",
    "phasekit/low/two.py": "from phasekit.low import one\n",
    "phasekit/high/__init__.py": "",
    "phasekit/high/task.py": (
        "class Task:\n    kept: ClassVar[int] = 1\n    task: str = ''\n    out: str = ''\n"
        "class Solve(Task):\n    task: Literal['solve'] = 'solve'\n    source: str\n"
        "    seeds: int = 1\n    rank: str = ''\n    batch: int = 1\n"
    ),
    "phasekit/high/solve.py": (
        "from phasekit.loose import x\n"
        "def solve(source, *, seeds=1, rank=None, batch=1, out=None): ...\n"
        "def other(seeds=1, rank=None, watch=None, every=2): ...\n"
        "KNOWN = {'seeds': 1, 'rank': 2, 'batch': 3, 'task': 4}\n"
    ),
    "plugins/phasekit_plugins/__init__.py": "",
    "plugins/phasekit_plugins/solvers/__init__.py": "",
    "plugins/phasekit_plugins/solvers/er.py": "\n\n\n",
    "tests/core/test_loose.py": "",
    "tests/low/test_one.py": "",
    "tests/plugins/solvers/test_er.py": "",
}


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("house")


@pytest.fixture
def counted(house: ModuleType, tmp_path: Path) -> dict[str, Any]:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found: dict[str, Any] = house.house(tmp_path)
    return found


def test_rooms_levels_circles_and_chains_are_counted(counted: dict[str, Any]) -> None:
    figures = counted["figures"]
    assert (figures["rooms"], figures["modules_outside_rooms"], figures["levels_of_rooms"]) == (2, 1, 3)
    assert (figures["circles_of_rooms"], figures["circles_of_files"]) == (0, 1)
    assert counted["details"]["circles_of_files"] == [["phasekit.low.one", "phasekit.low.two"]]
    assert counted["details"]["longest_chain"] == ["phasekit.high.solve", "phasekit.loose", "phasekit.low.one"]


def test_files_lines_and_missing_tests_are_counted(counted: dict[str, Any]) -> None:
    figures = counted["figures"]
    assert counted["details"]["files_per_room"] == {"high": 3, "low": 3}
    assert (figures["files"], figures["lines_per_file_largest"]) == (11, 10)
    assert counted["details"]["untested"] == ["phasekit.high.solve", "phasekit.high.task", "phasekit.low.two"]
    assert figures["modules_without_test_percent"] == 50


def test_a_key_is_declared_wherever_four_keys_have_defaults(counted: dict[str, Any]) -> None:
    declared = counted["details"]["places_per_key"]
    task, solve = "phasekit/high/task.py", "phasekit/high/solve.py"
    assert declared["seeds"] == [solve, solve, task]
    assert declared["source"] == [solve, task]
    assert declared["out"] == [solve, task]
    assert set(declared) == {"task", "out", "source", "seeds", "rank", "batch"}
    figures = counted["figures"]
    assert (figures["places_per_key_largest"], figures["declarations_per_key_largest"]) == (2, 3)


def test_this_tree_is_read(house: ModuleType) -> None:
    figures = house.house(ROOT)["figures"]
    assert set(house.TARGETS) <= set(figures)
    assert (figures["modules_outside_rooms"], figures["circles_of_rooms"], figures["circles_of_files"]) == (0, 0, 0)


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no checkout")
def test_figures_are_stamped_with_the_commit_of_the_checkout() -> None:
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert environment()["commit"].removesuffix("+changes") == head.stdout.strip()


def test_a_revision_that_git_does_not_have_is_refused(house: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="git cannot give revision no-such-thing"):
        house.extracted("no-such-thing", tmp_path)
