"""The house stands as designed: who may import whom, what is public, and how long a file may be."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import phasekit

ROOT = Path(__file__).parent.parent
CORE = ROOT / "phasekit"
BUILT_INS = ROOT / "plugins" / "phasekit_plugins"
SOURCES = sorted([*CORE.rglob("*.py"), *BUILT_INS.rglob("*.py")])

LEVELS = (
    (
        *("constants", "errors", "near", "paths", "plugin"),
        *("interfaces", "hookspecs", "registry", "chain", "iterative"),
        *("fourier", "modulus", "grid", "align", "problem", "held_out", "state", "measurement", "defects", "nuisance"),
        *("result", "storage", "weights", "library", "trained", "yaml12"),
        *("draws", "augmentation", "samples", "likeness", "gate", "learner", "refit"),
        *("lattice", "shells", "photon_noise", "shell_profile", "resample", "strain", "volume", "volume_options"),
    ),
    ("recipe", "schema", "training"),
    (
        "solve",
        "compare",
        "train",
        "job",
        "judge",
        "batches",
        "rank",
        "geometry_sheet",
        "doctor",
        "trainer",
        "validation",
        "processes",
        "weights_sheet",
    ),
    ("folder", "recorder", "training_recorder", "export"),
    ("report",),
    ("run", "training_run", "display", "training_display", "testing"),
    ("cli",),
)
"""From left to right: a module imports nothing from a level to the right of its own."""

LEVEL_OF = {module: level for level, modules in enumerate(LEVELS) for module in modules}


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imported(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, full name) of everything that a file imports, inside functions too."""
    inside = path.relative_to(ROOT if path.is_relative_to(CORE) else BUILT_INS.parent).parts
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = inside[: len(inside) - node.level] if node.level else ()
            module = ".".join([*package, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{name.name}") for name in node.names)


def _told(path: Path, line: int, what: str) -> str:
    return f"{path.relative_to(ROOT)}:{line}: {what}"


def test_the_core_imports_no_plugin() -> None:
    found = [
        _told(path, line, name)
        for path in CORE.rglob("*.py")
        for line, name in _imported(path)
        if name.split(".")[0] == "phasekit_plugins"
    ]
    assert found == []


def test_built_ins_import_only_public_names_of_the_core() -> None:
    public = {f"phasekit.{name}" for name in phasekit.__all__}
    found = [
        _told(path, line, name)
        for path in BUILT_INS.rglob("*.py")
        for line, name in _imported(path)
        if name.split(".")[0] == "phasekit" and name not in public
    ]
    assert found == []


def test_nothing_is_imported_from_the_right() -> None:
    found = []
    for path in CORE.rglob("*.py"):
        own = LEVEL_OF.get(path.relative_to(CORE).parts[0].removesuffix(".py"), len(LEVELS))
        for line, name in _imported(path):
            package, _, rest = name.partition(".")
            if package == "phasekit" and LEVEL_OF.get(rest.partition(".")[0], 0) > own:
                found.append(_told(path, line, name))
    assert found == []


def test_no_file_is_named_after_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "base", "misc"}
    assert [path.name for path in SOURCES if path.stem in vague] == []


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > 400} == {}


def test_no_function_has_more_than_40_lines_of_code() -> None:
    found = [
        _told(path, node.lineno, f"{node.name} has {length} lines")
        for path in SOURCES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef) and (length := _length(node)) > 40
    ]
    assert found == []


def _length(function: ast.FunctionDef) -> int:
    """Count the lines of a function's body below its signature and docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("name", sorted(set(phasekit.__all__)))
def test_every_public_name_can_be_loaded(name) -> None:
    assert getattr(phasekit, name) is not None


def test_importing_phasekit_does_not_wait_for_torch() -> None:
    _run("import sys, phasekit; sys.exit('torch' in sys.modules)")


def test_the_core_works_without_the_built_ins() -> None:
    code = (
        "import sys\n"
        "from phasekit.registry import registry\n"
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
