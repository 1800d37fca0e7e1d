"""`phasekit bench` runs the suite and leaves its figures with the suite's version."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import Said


@pytest.mark.usefixtures("without_comparison_report")
def test_bench_runs_the_suite_and_leaves_its_version(call: Callable[..., Said], tmp_path: Path) -> None:
    words = ("--side", "16", "--problem", "easy", "--solver", "er", "--solver", "hio", "--seeds", "2")
    said = call("bench", *words, "--out", tmp_path / "bench")
    assert said.code == 0
    told = json.loads((tmp_path / "bench" / "bench.json").read_text(encoding="utf-8"))
    assert (told["suite"], told["side"], list(told["problems"])) == (1, 16, ["easy"])
    assert set(told["ranking"]) == {"er", "hio"}
    assert call("bench", "--solver", "hioo").err.startswith("no solver of the suite is called 'hioo'; did you mean hio")
    assert "at least 16 voxels" in call("bench", "--side", "8").err
