"""Write the pages that are not written by hand: plugins, laws, tables of the benchmarks.

python docs/generate.py
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from api_page import api_page
from benchmark_tables import benchmark_tables

from phasekit.core.describe import page
from phasekit.core.hookspecs import INTERFACES
from phasekit.core.plugin import Plugin
from phasekit.core.registry import registry
from phasekit.testing.kit import LAWS_OF, LEARNERS
from phasekit.testing.laws import every_plugin

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.rooms import room_rows  # after the path

DOCS = Path(__file__).parent
RESULTS = DOCS.parent / "benchmarks" / "results"
OWN = {"phasekit", "phasekit_plugins"}
"""The packages whose plugins have a page here; `phasekit show` describes third-party plugins."""
MARK = "<!-- Below this line: written by docs/generate.py from what the benchmarks printed. -->"


def built_ins() -> list[tuple[str, str, type[Plugin]]]:
    """List (kind, name, class) of every plugin that comes with phasekit, kinds in the interfaces' order."""
    found = [
        (kind, name, cls)
        for (kind, name), rows in registry().entries.items()
        for _, cls in rows
        if cls.__module__.split(".")[0] in OWN
    ]
    return sorted(found, key=lambda row: ([*INTERFACES].index(row[0]), row[1]))


def pages() -> dict[Path, str]:
    """Return every generated file: path -> text."""
    found = {DOCS / "plugins" / f"{kind}-{name}.md": page(kind, cls) for kind, name, cls in built_ins()}
    found[DOCS / "plugins" / "index.md"] = plugin_index()
    found[DOCS / "laws.md"] = laws()
    found[DOCS / "api.md"] = api_page()
    found[DOCS.parent / "CONTRIBUTING.md"] = contributing()
    written = (DOCS / "benchmarks.md").read_text(encoding="utf-8").partition(MARK)[0]
    found[DOCS / "benchmarks.md"] = f"{written}{MARK}\n\n{benchmark_tables(RESULTS)}"
    return found


def contributing() -> str:
    """Return CONTRIBUTING.md with the table of rooms as it is now."""
    text = (DOCS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    head, mark, rest = text.partition("| --: | --- | --- |\n")
    return head + mark + room_rows() + rest[rest.index("\n| place |") :]


def plugin_index() -> str:
    """Return the list of all built-in plugins by kind."""
    lines = ["# Plugins that come with phasekit", "", "The same text is shown by `phasekit show NAME`.", ""]
    for kind, interface in INTERFACES.items():
        lines += [f"## {kind.capitalize()}", "", _first_line(interface), "", "| name | what |", "| --- | --- |"]
        for other, name, cls in built_ins():
            if other == kind:
                lines.append(f"| [{name}]({kind}-{name}.md) | {_first_line(cls)} |")
        lines.append("")
    return "\n".join(lines)


def laws() -> str:
    """Return the list of the contract kit's laws."""
    lines = ["# The laws of the contract kit", "", "What `phasekit test FILE` and `phasekit.testing` check.", ""]
    for kind, found in {"every plugin": every_plugin.LAWS, **LAWS_OF, "learner": LEARNERS}.items():
        if found:
            lines += [f"## {kind.capitalize()}", "", "| law | what |", "| --- | --- |"]
            lines += [f"| `{law.__name__}` | {_first_line(law)} |" for law in found]
            lines.append("")
    return "\n".join(lines)


def _first_line(documented: object) -> str:
    return (documented.__doc__ or "").strip().split("\n")[0].replace("|", "\\|")


def write(found: Mapping[Path, str], known: Sequence[Path]) -> None:
    """Write the pages, and remove those of plugins that are gone."""
    for path in known:
        if path not in found:
            path.unlink()
    for path, text in found.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(pages(), [*(DOCS / "plugins").glob("*.md")])
