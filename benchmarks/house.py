"""The shape of the code: rooms, circles, chains of imports, sizes, tests, and how many files a recipe key touches.

It reads the text of the source files and imports none of them. With --revision, older revisions stand beside the tree
as it is. Writes benchmarks/results/house.json.

    python benchmarks/house.py [--revision 5d1cdd7] [--out FILE]

- A room is a folder of phasekit/. The face, `phasekit/__init__.py` and `__main__.py`, is in no room and is not counted.
  Any other module outside a room is taken as a room of its own when levels and circles are counted.
- Imports inside functions and imports for types alone count like the others. A circle is a group of rooms or files that
  import each other; a chain counts it as one. The levels of rooms are the length of the longest chain of rooms.
- The test of a module is tests/ROOM/test_NAME.py, for a plugin tests/plugins/KIND/test_NAME.py; in 0.1, which had no
  rooms, it is tests/core/test_NAME.py. `__init__.py` and `__main__.py` need none.
- The keys are those of a recipe with `task: solve`. A list of keys is the class that defines them, and any class or
  signature with defaults for at least four of them, dict display with at least four, or TypedDict with at least four.
  A new key has to be added to such lists. Each list that names a key is a declaration of it; the places of a key are
  the files of phasekit/ that declare it.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import io
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from figures import write

ROOT = Path(__file__).parent.parent
TARGETS = {
    "rooms": 16,
    "modules_outside_rooms": 0,
    "levels_of_rooms": 8,
    "circles_of_rooms": 0,
    "circles_of_files": 0,
    "longest_chain_of_files": 16,
    "modules_without_test_percent": 10,
    "places_per_key_largest": 1,
}
"""Figure -> what it must not exceed."""

LISTED = 4
"""Keys that make a class, a signature or a mapping a list of keys."""

Graph = Mapping[str, frozenset[str]]
Part = tuple[dict[str, float], dict[str, Any]]
"""Figures, and what they were counted from."""


def house(root: Path) -> dict[str, Any]:
    """Return the figures of the tree in `root`, and what they were counted from."""
    reader = reader_of(root)
    figures: dict[str, float] = {}
    details: dict[str, Any] = {}
    for counted, names in (imports(root, reader), sizes(root, reader), tests(reader), places(root)):
        figures |= counted
        details |= names
    return {"figures": figures, "details": details}


def imports(root: Path, reader: ModuleType) -> Part:
    """Count rooms, their levels, circles, and the longest chain."""
    rooms: Graph = reader.room_graph()
    files: dict[str, frozenset[str]] = {}
    for package in reader.PACKAGES:
        graph = reader.file_graph(package)
        files |= {name: others - {package} for name, others in graph.items() if name != package}
    room_circles, file_circles = reader.circles(rooms), reader.circles(files)
    chain = reader.longest_chain(condensed(files, file_circles))
    outside = [room for room in rooms if not (root / "phasekit" / room).is_dir()]
    figures: dict[str, float] = {
        "rooms": len(rooms) - len(outside),
        "modules_outside_rooms": len(outside),
        "levels_of_rooms": len(reader.longest_chain(condensed(rooms, room_circles))),
        "circles_of_rooms": len(room_circles),
        "circles_of_files": len(file_circles),
        "longest_chain_of_files": len(chain),
    }
    return figures, {"circles_of_rooms": room_circles, "circles_of_files": file_circles, "longest_chain": chain}


def sizes(root: Path, reader: ModuleType) -> Part:
    """Count files in each room, and the lines of files."""
    core = root / "phasekit"
    lines = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in reader.modules().items()}
    rooms = {room: len([*(core / room).rglob("*.py")]) for room in reader.room_graph() if (core / room).is_dir()}
    figures: dict[str, float] = {
        "files": len(lines),
        "files_per_room_median": statistics.median(rooms.values()),
        "files_per_room_largest": max(rooms.values()),
        "lines_per_file_median": statistics.median(lines.values()),
        "lines_per_file_largest": max(lines.values()),
    }
    return figures, {"files_per_room": rooms, "largest_file": max(lines, key=lines.__getitem__)}


def tests(reader: ModuleType) -> Part:
    """Count the modules without a test of their name."""
    asked = [name for name, path in reader.modules().items() if path.stem not in ("__init__", "__main__")]
    untested = [name for name in asked if not has_test(name, reader)]
    share = round(100 * len(untested) / len(asked), 1)
    return {"modules_without_test": len(untested), "modules_without_test_percent": share}, {"untested": untested}


def places(root: Path) -> Part:
    """Count the files that a key of a solve recipe is declared in, and the declarations."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted((root / "phasekit").rglob("*.py"))}
    models = solve_models(trees.values())
    keys = {key for cls in models for key, kind in fields(cls).items() if not ast.unparse(kind).startswith("ClassVar")}
    declared: dict[str, list[str]] = {key: [] for key in sorted(keys)}
    for path, tree in trees.items():
        for node, named, defaults in lists_of_keys(tree):
            if node in models or len(defaults & keys) >= LISTED:
                for key in named & keys:
                    declared[key].append(str(path.relative_to(root)))
    files = [len(set(lists)) for lists in declared.values()]
    figures = {
        "places_per_key_median": statistics.median(files),
        "places_per_key_largest": max(files),
        "declarations_per_key_largest": max(map(len, declared.values())),
    }
    return figures, {"places_per_key": declared}


def reader_of(root: Path) -> ModuleType:
    """Return tests/imports.py of this tree as a module that reads `root`: it looks at what stands beside it."""
    place = root / "tests" / "imports.py"
    if root != ROOT:
        place.parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "tests" / "imports.py", place)
    spec = importlib.util.spec_from_file_location(f"imports_of_{root.name}", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its NamedTuple looks for names
    spec.loader.exec_module(module)
    return module


def has_test(module: str, reader: ModuleType) -> bool:
    """Tell whether a module has a test file of its name where that belongs."""
    path: Path = reader.test_file_of(module)
    return path.is_file() or (module.count(".") == 1 and (path.parent / "core" / path.name).is_file())


def condensed(graph: Graph, circles: list[list[str]]) -> Graph:
    """Return a graph in which every circle is one node, its first."""
    node = {name: name for name in graph} | {name: circle[0] for circle in circles for name in circle}
    merged: dict[str, set[str]] = {}
    for name, others in graph.items():
        merged.setdefault(node[name], set()).update(node[other] for other in others if other in node)
    return {name: frozenset(others - {name}) for name, others in merged.items()}


def solve_models(trees: Iterable[ast.Module]) -> list[ast.ClassDef]:
    """Return the class that says what a solve recipe takes, the one whose `task` is Literal["solve"], and its bases."""
    classes = {node.name: node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    (solve,) = (cls for cls in classes.values() if ast.unparse(fields(cls).get("task", cls)) == "Literal['solve']")
    return [solve, *(classes[name] for base in solve.bases if (name := ast.unparse(base)) in classes)]


def fields(cls: ast.ClassDef) -> dict[str, ast.expr]:
    """Return the annotated names of a class: name -> annotation."""
    return {
        line.target.id: line.annotation
        for line in cls.body
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
    }


def lists_of_keys(tree: ast.Module) -> Iterator[tuple[ast.AST, set[str], set[str]]]:
    """Yield classes, signatures and dict displays, what they name, and which of that has a default."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            valued = {
                line.target.id
                for line in node.body
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value is not None
            }
            named = set(fields(node))
            yield node, named, named if any(ast.unparse(base) == "TypedDict" for base in node.bases) else valued
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            plain = [*node.args.posonlyargs, *node.args.args]
            valued = {argument.arg for argument in plain[len(plain) - len(node.args.defaults) :]}
            pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            valued |= {argument.arg for argument, default in pairs if default is not None}
            yield node, {argument.arg for argument in (*plain, *node.args.kwonlyargs)}, valued
        elif isinstance(node, ast.Dict):
            keys = {key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
            yield node, keys, keys


def extracted(revision: str, folder: Path) -> Path:
    """Write the files of a revision into a folder, and return where they begin."""
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", revision, "phasekit", "plugins", "tests"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"git cannot give revision {revision}: {done.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--revision", nargs="*", default=[], help="older revisions to put beside this tree")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    trees = {}
    for revision in options.revision:
        with tempfile.TemporaryDirectory() as folder:
            trees[revision] = house(extracted(revision, Path(folder) / "tree"))
    trees["this tree"] = house(ROOT)
    print("".join(f"{name:>12}" for name in trees))
    for figure in trees["this tree"]["figures"]:
        values = "".join(f"{tree['figures'][figure]:>12g}" for tree in trees.values())
        print(values, figure, f"(≤ {TARGETS[figure]})" if figure in TARGETS else "")
    write("house", {"schema": 1, "targets": TARGETS, "trees": trees}, options.out)


if __name__ == "__main__":
    main()
