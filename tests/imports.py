"""The imports of both packages, read from their text: deferred and type-only imports count like the others."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PACKAGES = {"phasekit": ROOT / "phasekit", "phasekit_plugins": ROOT / "plugins" / "phasekit_plugins"}

Graph = Mapping[str, frozenset[str]]


class Import(NamedTuple):
    """One name that a module imports."""

    importer: str
    path: Path
    line: int
    module: str
    """The module of ours that is imported, or that the name is imported from."""
    name: str | None
    """The name, where it is no module itself."""

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}: {self.module}" + (f".{self.name}" if self.name else "")


@cache
def modules() -> dict[str, Path]:
    """Return every module of both packages: full name -> file."""
    found = {}
    for package, folder in PACKAGES.items():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            found[".".join([package, *(part for part in parts if part != "__init__")])] = path
    return found


@cache
def imports() -> tuple[Import, ...]:
    """Return everything of ours that our modules import, inside functions and under TYPE_CHECKING too."""
    return tuple(found for name, path in modules().items() for found in _imports(name, path))


def _imports(importer: str, path: Path) -> Iterator[Import]:
    package = importer.split(".") if path.name == "__init__.py" else importer.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in modules():
                    yield Import(importer, path, node.lineno, alias.name, None)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                if f"{module}.{alias.name}" in modules():
                    yield Import(importer, path, node.lineno, f"{module}.{alias.name}", None)
                elif module in modules():
                    yield Import(importer, path, node.lineno, module, alias.name)


def room_of(module: str) -> str:
    """Return the room of a module of `phasekit`; its own name where it stands in none."""
    return module.split(".")[1] if module.count(".") else module


def file_graph(package: str) -> Graph:
    """Return which modules of one package import which others of it."""
    found: dict[str, set[str]] = {name: set() for name in modules() if name.split(".")[0] == package}
    for one in imports():
        if one.importer in found and one.module in found and one.module != one.importer:
            found[one.importer].add(one.module)
    return {name: frozenset(others) for name, others in found.items()}


def room_graph() -> Graph:
    """Return which rooms of `phasekit` import which others; the face is left out."""
    found: dict[str, set[str]] = {}
    for name, others in file_graph("phasekit").items():
        if name.count(".") and not name.endswith("__main__"):
            reached = {room_of(other) for other in others if other.count(".")}
            found.setdefault(room_of(name), set()).update(reached - {room_of(name)})
    return {name: frozenset(others) for name, others in found.items()}


def circles(graph: Graph) -> list[list[str]]:
    """Return the strongly connected groups of more than one node (Tarjan's algorithm)."""
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = lowest[node] = len(index)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in index:
                visit(other)
                lowest[node] = min(lowest[node], lowest[other])
            elif other in stack:
                lowest[node] = min(lowest[node], index[other])
        if lowest[node] == index[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def longest_chain(graph: Graph) -> list[str]:
    """Return the longest chain of imports of a graph without circles."""
    best: dict[str, list[str]] = {}

    def chain(node: str) -> list[str]:
        if node not in best:
            best[node] = [node, *max((chain(other) for other in sorted(graph.get(node, ()))), key=len, default=[])]
        return best[node]

    return max((chain(node) for node in sorted(graph)), key=len)


def test_file_of(module: str) -> Path:
    """Return where the test file of a module stands: tests/ROOM/test_NAME.py, tests/plugins/KIND/test_NAME.py."""
    package, *inside = module.split(".")
    rooms = ["plugins", *inside[:-1]] if package == "phasekit_plugins" else inside[:-1]
    return ROOT.joinpath("tests", *rooms, f"test_{inside[-1] if inside else package}.py")


def untested() -> list[str]:
    """Return the modules without a test file of their name; packages' own files are left out."""
    return [
        name
        for name, path in modules().items()
        if path.name not in ("__init__.py", "__main__.py") and not test_file_of(name).is_file()
    ]
