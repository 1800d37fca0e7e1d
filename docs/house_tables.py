"""The tables of benchmarks/house.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markdown_tables import heads, line

LABELS = {
    "rooms": "rooms in `phasekit/`",
    "modules_outside_rooms": "modules outside a room",
    "levels_of_rooms": "levels of rooms",
    "circles_of_rooms": "circles of rooms",
    "circles_of_files": "circles of files",
    "longest_chain_of_files": "longest chain of files",
    "files": "files",
    "files_per_room_median": "files per room, median",
    "files_per_room_largest": "files per room, largest",
    "lines_per_file_median": "lines per file, median",
    "lines_per_file_largest": "lines per file, largest",
    "modules_without_test": "modules without a test of their name",
    "modules_without_test_percent": "the same, %",
    "places_per_key_median": "files that declare a recipe key, median",
    "places_per_key_largest": "files that declare a recipe key, largest",
    "declarations_per_key_largest": "declarations of a recipe key, largest",
}


def house(found: Mapping[str, Any]) -> list[str]:
    """Return the tables: every tree's figures side by side, then the rooms of the last one."""
    trees, targets = found["trees"], found["targets"]
    lines = heads("figure", *trees, "to be reached")
    for figure, label in LABELS.items():
        values = (f"{tree['figures'][figure]:g}" for tree in trees.values())
        lines.append(line(label, *values, f"≤ {targets[figure]:g}" if figure in targets else "–"))
    last = [*trees.values()][-1]["details"]
    rooms = ", ".join(f"{room} {count}" for room, count in sorted(last["files_per_room"].items()))
    keys = ", ".join(f"`{key}` {len(set(files))}" for key, files in last["places_per_key"].items())
    chain = " → ".join(f"`{name}`" for name in last["longest_chain"])
    return [*lines, "", f"Files per room: {rooms}.", "", f"Files per key: {keys}.", "", f"The longest chain: {chain}."]
