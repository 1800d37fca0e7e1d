"""The house stands as designed: which rooms there are, who may import whom, what is public, how long a file may be."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

import pytest

import phasekit

from .imports import ROOT, circles, file_graph, imports, modules, room_graph, room_of, untested
from .rooms import FACE, PLUGIN_ROOMS, ROOMS, UNTESTED, purpose, room_rows

SOURCES = sorted(modules().values())
PUBLIC = set(phasekit.__all__)


def test_every_module_stands_in_a_room_of_the_table() -> None:
    homeless = [
        name
        for name in modules()
        if name.split(".")[0] == "phasekit" and name != "phasekit" and room_of(name) not in {*ROOMS, *FACE}
    ]
    assert homeless == []
    assert {room_of(name) for name in room_graph()} == set(ROOMS)


def test_no_module_stands_outside_a_room_but_the_face() -> None:
    assert sorted(path.stem for path in (ROOT / "phasekit").glob("*.py")) == sorted(FACE)


def test_there_are_at_most_16_rooms_on_at_most_8_levels() -> None:
    assert len(ROOMS) <= 16
    assert sorted(set(ROOMS.values())) == list(range(1, max(ROOMS.values()) + 1))
    assert max(ROOMS.values()) <= 8


def test_every_room_says_in_one_line_what_it_is_for() -> None:
    assert [room for room in ROOMS if not purpose(room)] == []


def test_a_room_imports_rooms_on_lower_levels_only() -> None:
    found = [
        str(one)
        for one in imports()
        if one.importer.count(".") and room_of(one.importer) in ROOMS and room_of(one.module) in ROOMS
        if room_of(one.module) != room_of(one.importer)
        if ROOMS[room_of(one.module)] >= ROOMS[room_of(one.importer)]
    ]
    assert found == []


def test_no_room_imports_the_face() -> None:
    found = [
        str(one)
        for one in imports()
        if room_of(one.importer) in ROOMS and one.module == "phasekit" and one.name not in (None, "__version__")
    ]
    assert found == []


@pytest.mark.parametrize("package", ["phasekit", "phasekit_plugins"])
def test_there_is_no_circle_of_files(package: str) -> None:
    graph = {name: others - {"phasekit"} for name, others in file_graph(package).items() if name != "phasekit"}
    assert circles(graph) == []


def test_there_is_no_circle_of_rooms() -> None:
    assert circles(room_graph()) == []


def test_the_core_imports_no_plugin() -> None:
    reaching = [one for one in imports() if one.module.startswith("phasekit_plugins")]
    assert [str(one) for one in reaching if one.importer.split(".")[0] == "phasekit"] == []


def test_built_ins_import_the_face_and_the_rooms_that_any_plugin_may() -> None:
    found = [
        str(one)
        for one in imports()
        if one.importer.split(".")[0] == "phasekit_plugins" and one.module.split(".")[0] == "phasekit"
        if not (one.module == "phasekit" and (one.name in PUBLIC or one.name is None))
        if room_of(one.module) not in PLUGIN_ROOMS or (one.name or "").startswith("_")
    ]
    assert found == []


def test_the_rooms_in_contributing_are_those_of_the_table() -> None:
    assert room_rows() in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), "run `make docs`"


def test_every_module_has_a_test_file_of_its_name_or_stands_in_the_table() -> None:
    assert sorted(untested()) == sorted(UNTESTED), "a module needs tests/ROOM/test_NAME.py; the table may only shrink"
    assert all(UNTESTED.values())


def test_no_file_is_named_after_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "base", "misc"}
    assert [path.name for path in SOURCES if path.stem in vague] == []


def test_no_file_is_longer_than_300_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > 300} == {}


def test_no_function_has_more_than_40_lines_of_code() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.name} has {length} lines"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and (length := _length(node)) > 40
    ]
    assert found == []


def _length(function: ast.FunctionDef) -> int:
    """Count the lines of a function's body below its signature and docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("name", sorted(set(phasekit.__all__)))
def test_every_public_name_can_be_loaded(name: str) -> None:
    assert getattr(phasekit, name) is not None


def test_importing_phasekit_does_not_wait_for_torch() -> None:
    _run("import sys, phasekit; sys.exit('torch' in sys.modules)")


def test_the_core_works_without_the_built_ins() -> None:
    code = (
        "import sys\n"
        "from phasekit.core.registry import registry\n"
        "found = registry()\n"
        "origins = {origin for rows in found.entries.values() for origin, _ in rows}\n"
        "assert 'phasekit (core)' in origins and not any('builtin' in o for o in origins), origins\n"
        "assert found.broken == {}, found.broken\n"
        "assert not any(name.startswith('phasekit_plugins') for name in sys.modules)\n"
        "from phasekit import Solver\n"
        "assert Solver.resolve([]).name == 'chain'\n"
    )
    _run(code, PHASEKIT_BLOCK="builtin")


def _run(code: str, **environment: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
