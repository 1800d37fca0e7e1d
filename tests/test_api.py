"""The face of the package: what it exports, where that is described, and what has moved."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import phasekit
from phasekit import _MOVED as MOVED
from phasekit.runtime.moved import MOVED as MODULES

PAGE = Path(__file__).parents[1] / "docs" / "api.md"


def test_about_thirty_names_are_public_and_each_is_on_the_page() -> None:
    names = set(phasekit.__all__) - {"__version__"}
    assert len(names) <= 36
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in sorted(names) if f"### `phasekit.{name}`" not in text] == []


def test_a_name_that_is_nowhere_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'phasekit' has no attribute 'sovle'"):
        getattr(phasekit, "sovle")  # noqa: B009  # a type checker would refuse it


@pytest.mark.parametrize("name", sorted(MOVED))
def test_a_public_name_of_the_last_version_still_loads_and_says_where_it_is(name: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"phasekit.{name} has moved; write: "):
        assert getattr(phasekit, name) is not None


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_documented_module_of_the_last_version_still_loads_and_says_where_it_is(name: str) -> None:
    sys.modules.pop(name, None)
    with pytest.warns(DeprecationWarning, match=f"{name} has moved; import {MODULES[name]}"):
        assert importlib.import_module(name) is importlib.import_module(MODULES[name])


def test_the_function_run_is_not_hidden_by_a_module() -> None:
    code = (
        "import phasekit.runs.run, phasekit.runs.calls, phasekit.solving.solve, phasekit.comparing.compare\n"
        "import phasekit\n"
        "for name in ('run', 'solve', 'compare', 'train', 'reproduce', 'volume'):\n"
        "    assert type(getattr(phasekit, name)).__name__ == 'function', name\n"
        "assert type(phasekit).__name__ == 'module'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
