"""Read YAML by the 1.2 core rules into plain data, with the line of every entry."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import yaml as pyyaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from phasekit.runtime.errors import InputError
from phasekit.runtime.text import read_text
from phasekit.runtime.tree import Place, Tree

MAX_NODES = 100_000
"""Nodes of a tree, each use of an alias counted: far more than any recipe has, less than an alias bomb."""

_NULL = re.compile(r"^(?:~|null|Null|NULL|)$")
_TRUE = re.compile(r"^(?:true|True|TRUE)$")
_FALSE = re.compile(r"^(?:false|False|FALSE)$")
_INT = re.compile(r"^[-+]?[0-9]{1,1000}$")
_HEX = re.compile(r"^0(?:o[0-7]{1,1000}|x[0-9a-fA-F]{1,1000})$")
_FLOAT = re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$")
_INFINITE = re.compile(r"^[-+]?\.(?:inf|Inf|INF)$")
_PLAIN = re.compile(r"^[A-Za-z/][A-Za-z0-9_./-]*$")
_WORDS_OF_1_1 = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_NAN = re.compile(r"^\.(?:nan|NaN|NAN)$")


class _Loader(pyyaml.SafeLoader):
    """PyYAML's parser without YAML 1.1's guesses about scalars."""

    yaml_implicit_resolvers: dict[str, Any] = {}


def parse(text: str, file: str) -> Tree:
    """Read one document; raises InputError `file:line: reason` for invalid YAML or unreasonable data."""
    lines: dict[Place, int] = {}
    try:
        node = pyyaml.compose(text, Loader=_Loader)
        data = _Builder(file, lines).build(node, ()) if node is not None else None
    except RecursionError:
        raise InputError(f"{file}: nested too deeply") from None
    except pyyaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise InputError(f"{file}:{line}: invalid YAML: {str(error).splitlines()[0]}") from None
    except pyyaml.MarkedYAMLError as error:
        at = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(f"{file}{at}: invalid YAML: {error.problem}") from None
    return Tree(data, lines, file)


def read(path: Path) -> Tree:
    """Read a YAML file; raises InputError with a sentence if it is unreadable."""
    return parse(read_text(path), str(path))


def scalar(text: str) -> Any:
    """Read a plain scalar: null, a boolean, an integer, a float, else the text itself."""
    if _NULL.match(text):
        return None
    if _TRUE.match(text) or _FALSE.match(text):
        return text[0] in "tT"
    if _INT.match(text):
        return int(text)
    if _HEX.match(text):
        return int(text, 0)
    if _FLOAT.match(text):
        return float(text)
    if _INFINITE.match(text):
        return float(text.replace(".", ""))
    return float("nan") if _NAN.match(text) else text


class _Builder:
    """Turns nodes into data, counts them and notes their lines."""

    def __init__(self, file: str, lines: dict[Place, int]) -> None:
        self.file, self.lines, self.count = file, lines, 0
        self.open: set[int] = set()

    def build(self, node: Node, place: Place) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        self.count += 1
        if self.count > MAX_NODES:
            raise InputError(f"{self.file}:{line}: more than {MAX_NODES} entries, including aliases")
        if id(node) in self.open:
            raise InputError(f"{self.file}:{line}: an alias (*) that contains itself")
        self.open.add(id(node))
        try:
            return self._build(node, place, line)
        finally:
            self.open.discard(id(node))

    def _build(self, node: Node, place: Place, line: int) -> Any:
        if isinstance(node, MappingNode):
            return self._mapping(node, place)
        if isinstance(node, SequenceNode):
            return [self.build(item, (*place, i)) for i, item in enumerate(node.value)]
        if isinstance(node, ScalarNode):
            plain = node.style is None and node.tag in ("tag:yaml.org,2002:str", "!", None)
            return scalar(node.value) if plain else node.value
        raise InputError(f"{self.file}:{line}: an entry of an unknown type")

    def _mapping(self, node: MappingNode, place: Place) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                raise InputError(f"{self.file}:{line}: a key must be a word")
            key = str(key_node.value)
            if key in result:
                first = self.lines[(*place, key)]
                raise InputError(f"{self.file}:{line}: duplicate key '{key}', first in line {first}")
            self.lines[(*place, key)] = line
            result[key] = self.build(value_node, (*place, key))
        return result


def dump(data: Any) -> str:
    """Write plain data so that `parse` (and any YAML reader) returns the same."""
    return pyyaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


class _Dumper(pyyaml.SafeDumper):
    """PyYAML's writer that quotes every text that a 1.1 or a 1.2 reader could misread."""


def _text(dumper: pyyaml.SafeDumper, value: str) -> ScalarNode:
    quoted = not _PLAIN.match(value) or value.lower() in _WORDS_OF_1_1
    style = None if not quoted else "'" if value.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _number(dumper: pyyaml.SafeDumper, value: float) -> ScalarNode:
    text = repr(value) if math.isfinite(value) else {"inf": ".inf", "-inf": "-.inf"}.get(repr(value), ".nan")
    if "e" in text and "." not in text:
        text = text.replace("e", ".0e")  # 1e-05 is a text to a 1.1 reader
    return dumper.represent_scalar("tag:yaml.org,2002:float", text)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(float, _number)
