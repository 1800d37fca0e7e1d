"""`phasekit weights` lists what recipes can name, to a reader and to a program alike, or tells about a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from phasekit.cli.weights_sheet import file_lines
from phasekit.training.library import library

from ..conftest import Said


def test_the_list_has_every_name_and_says_where_ones_own_belong(
    call: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHASEKIT_WEIGHTS", str(tmp_path / "[mine]"))
    rows = json.loads(call("weights", "--json").out)["weights"]
    assert [row["name"] for row in rows] == sorted(library())
    *table, last = call("weights").out.splitlines()
    assert table[0].split()[:3] == ["name", "network", "data"]
    assert [line.split()[0] for line in table[1:]] == [row["name"] for row in rows]
    assert last == f"your own are read from {tmp_path / '[mine]'}; a path works too"


def test_a_file_is_described_and_any_other_is_refused(call: Callable[..., Said], tmp_path: Path) -> None:
    path, _ = library()["superellipsoid-32"]
    said = call("weights", path)
    assert (said.code, said.out.splitlines()) == (0, file_lines(path))
    (tmp_path / "none.safetensors").write_text("none")
    said = call("weights", tmp_path / "none.safetensors")
    assert (said.code, said.out) == (2, "")
    assert "is not a complete safetensors file" in said.err
