"""What an option takes, from its JSON Schema in the words of a recipe: "list of 2 whole numbers from 8 to 4096"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from phasekit.core.declared import referred

WORDS = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
    "null": "`null`",
    "file-path": "file",
    "path": "file or folder",
}
"""What JSON's types and formats are called in a recipe."""

Schema = Mapping[str, Any]


def takes(option: Schema, definitions: Schema, many: bool = False) -> str:
    """Say what an option may be set to, bounds included; `many` takes the plural."""
    schema = {**referred(option["$ref"], definitions), **option} if "$ref" in option else option
    if schema.get("title") == "schedule":
        return f"{'numbers' if many else 'number'}{_bounds(schema)}, or {'schedules' if many else 'a schedule'}"
    if "title" in schema:
        word = _plural(schema["title"].lower()) if many else schema["title"].lower()
        return f"{word} {{{', '.join(schema['properties'])}}}" if "properties" in schema else word
    if choices := schema.get("anyOf", schema.get("oneOf")):
        return ", or ".join(dict.fromkeys(takes(choice, definitions, many) for choice in choices))
    if literals := schema.get("enum", [schema["const"]] if "const" in schema else None):
        *others, last = (f"`{_literal(value)}`" for value in literals)
        return f"{', '.join(others)} or {last}" if others else last
    if schema.get("type") == "array":
        return _list(schema, definitions, many)
    if schema.get("type") == "object":
        item = takes(schema.get("additionalProperties") or {}, definitions, True)
        return f"mapping{'s' if many else ''} of texts to {item}"
    word = WORDS.get(schema.get("format", ""), WORDS.get(schema.get("type", ""), "anything"))
    return (f"{word}s" if many and schema.get("type") in ("integer", "number", "string") else word) + _bounds(schema)


def _plural(word: str) -> str:
    """Return "solvers", "losses", "geometries"."""
    if word.endswith("y"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith("s") else "s")


def _list(schema: Schema, definitions: Schema, many: bool) -> str:
    """Say a list: how many entries, and of what."""
    word = "lists" if many else "list"
    if entries := schema.get("prefixItems"):
        alike = all(entry == entries[0] for entry in entries)
        unlike = ", ".join(takes(entry, definitions) for entry in entries)
        return f"{word} of {len(entries)} {takes(entries[0], definitions, True)}" if alike else f"[{unlike}]"
    low, high = schema.get("minItems", 0), schema.get("maxItems", 0)
    count = f"{low} {'or' if high == low + 1 else 'to'} {high} " if low and high else ""
    return f"{word} of {count}{takes(schema.get('items', {}), definitions, True)}"


def _bounds(schema: Schema) -> str:
    """Say bounds: " from 0 to 1" where both may be taken, else " > 0, ≤ 1"."""
    symbols = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    found = {symbol: _number(schema[key]) for key, symbol in symbols.items() if key in schema}
    if set(found) == {"≥", "≤"}:
        return f" from {found['≥']} to {found['≤']}"
    return "".join(f"{',' * bool(place)} {symbol} {value}" for place, (symbol, value) in enumerate(found.items()))


def _number(value: float) -> str:
    """Write a bound: powers of ten from 10⁵ on as 1e5, any other whole number in full."""
    if value != int(value):
        return f"{value:g}"
    digits = str(int(value))
    return f"1e{len(digits) - 1}" if len(digits) > 5 and digits.strip("0") == "1" else digits


def _literal(value: Any) -> str:
    return f"'{value}'" if value in ("+", "-") else value if isinstance(value, str) else json.dumps(value)
