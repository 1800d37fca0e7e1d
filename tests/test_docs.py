"""The documentation is true: recipes validate, Python runs, links lead somewhere, generated pages are up to date."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer.main
from jsonschema import Draft202012Validator
from typer.core import TyperGroup

import phasekit
from phasekit.cli.app import app
from phasekit.core.registry import registry
from phasekit.recipes.loader import load
from phasekit.recipes.schema import recipe_schema
from phasekit.runtime.yaml_reader import parse
from phasekit.solving.task import SolveTask
from phasekit.testing import check_file
from phasekit_plugins.geometries.instruments import Instrument

from .misspelt import variants

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
WRITTEN = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]
PAGES = [*WRITTEN, *sorted((DOCS / "plugins").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)[ ]?(.*)\n((?:.*\n)*?)^```$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]*)\)")
FILE = re.compile(r"(?<![\w/.-])(?:examples|docs|benchmarks|phasekit|plugins|tests|\.ci)/[\w./-]*")
FIRST = [ROOT / "README.md", DOCS / "first-run.md"]
"""The pages that a newcomer starts with."""
BASE = {
    "source": {"name": "simulation", "gap_width": 2},
    "solver": "er",
    "held_out": 0.05,
}
"""What a fragment is a part of."""


@dataclass(frozen=True)
class Block:
    """A fenced block: ```language note."""

    language: str
    note: str
    text: str


def _blocks(page: Path, *languages: str) -> list[Block]:
    found = [Block(*match.groups()) for match in BLOCK.finditer(page.read_text(encoding="utf-8"))]
    return [block for block in found if block.language in languages]


def _id(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _with(pages: list[Path], *languages: str) -> list[Path]:
    return [page for page in pages if _blocks(page, *languages)]


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to work in, with a registry that knows no other page's plugins and not the example's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PHASEKIT_BLOCK", "relax")
    monkeypatch.setenv("PHASEKIT_CACHE", str(tmp_path / "cache"))
    registry.cache_clear()
    yield tmp_path
    registry.cache_clear()


def _keep_files(page: Path, folder: Path) -> None:
    """Write the blocks that have a file's name, and empty files that stand for a reader's own data."""
    for block in _blocks(page, "python", "yaml"):
        if block.note.endswith((".py", ".yaml")):
            (folder / block.note).write_text(block.text, encoding="utf-8")
        for name in re.findall(r"\bpath: ([\w.-]+)", block.text):
            (folder / name).touch()


@pytest.mark.parametrize("page", _with(PAGES, "yaml"), ids=_id)
def test_every_recipe_validates_and_keeps_the_schema_unless_a_word_is_misspelt(page: Path, reader: Path) -> None:
    _keep_files(page, reader)
    recipes = []
    for block in _blocks(page, "yaml"):
        found = parse(block.text, _id(page)).data
        if block.note.startswith("beamline"):
            Instrument.model_validate(found)
        elif block.note != "fragment":
            (reader / "recipe.yaml").write_text(block.text, encoding="utf-8")
            assert load(reader / "recipe.yaml").warnings == ()
            recipes.append(found)
        elif isinstance(found, dict) and set(found) <= set(SolveTask.model_fields):
            load({**BASE, **found})
            recipes.append({**BASE, **found})
    takes = Draft202012Validator(recipe_schema())  # with the plugins that the page brings
    for recipe in recipes:
        takes.validate(recipe)
        assert [place for place, changed in variants(recipe) if takes.is_valid(changed)] == []


@pytest.mark.parametrize("page", _with(WRITTEN, "python"), ids=_id)
def test_every_python_block_runs(page: Path, reader: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _keep_files(page, reader)
    running = importlib.import_module("phasekit.runs.solve_run")
    for slow in ("write_figures", "write_report"):  # they have tests of their own
        monkeypatch.setattr(running, slow, lambda *arguments: None)
    module = ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)
    for block in _blocks(page, "python"):
        if block.note:  # a file may have been shown twice, the second time with more in it
            (reader / block.note).write_text(block.text, encoding="utf-8")
        exec(compile(block.text, _id(page), "exec"), module.__dict__)


def _found_by_every_start(result: Any) -> None:
    """Check that no start ended in another minimum than the object."""
    assert result.final["object-error"].max() < 0.1
    assert sorted(result.agreeing) == sorted(result.seeds)
    assert len(result.seeds) == 4
    assert min(result.references.values()) > 0.3  # it was no easy object


@pytest.mark.parametrize("page", FIRST, ids=_id)
def test_every_start_of_the_first_recipe_finds_the_object(page: Path, reader: Path) -> None:
    recipe = parse(_blocks(page, "yaml")[0].text, _id(page)).data
    _found_by_every_start(phasekit.solve(**recipe))


def test_every_start_of_the_first_python_example_finds_the_object(reader: Path) -> None:
    module: dict[str, Any] = {}
    exec(_blocks(ROOT / "README.md", "python")[0].text, module)
    _found_by_every_start(module["result"])


@pytest.mark.parametrize("page", [ROOT / "README.md", DOCS / "writing-a-plugin.md", DOCS / "deep-prior.md"], ids=_id)
def test_the_plugins_that_are_shown_keep_the_laws(page: Path, reader: Path) -> None:
    _keep_files(page, reader)
    outcomes = [outcome for file in sorted(reader.glob("*.py")) for outcome in check_file(file)]
    shown = {
        "README": {"solvent-flip"},
        "writing-a-plugin": {"solvent-flip", "mean-intensity", "halving", "ball", "cubic", "two-balls"},
        "deep-prior": {"pointwise"},
    }
    assert {outcome.plugin for outcome in outcomes} == shown[page.stem]
    assert [outcome for outcome in outcomes if outcome.status == "failed"] == []


def test_the_readme_and_the_tutorial_begin_with_the_same_solver() -> None:
    pages = (ROOT / "README.md", DOCS / "writing-a-plugin.md")
    short, long = (next(b.text for b in _blocks(page, "python") if b.note.endswith(".py")) for page in pages)
    code = [line for line in short.splitlines() if line.strip() and '"""' not in line]
    assert [line for line in code if line not in long.splitlines()] == []


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = []
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if link.startswith(("https://", "http://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            lost.append(link)
    assert lost == []


def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", WRITTEN, ids=_id)
def test_every_file_that_is_mentioned_is_there(page: Path) -> None:
    text = re.sub(r"\]\([^)]*\)", "", page.read_text(encoding="utf-8"))
    # A name cut off at "<" has the folder before it.
    named = {name.rstrip(".") for name in FILE.findall(text)}
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", _with(WRITTEN, "sh"), ids=_id)
def test_every_command_exists_with_its_options(page: Path) -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    commands = group.commands
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for block in _blocks(page, "sh"):
        for line in block.text.splitlines():
            words = line.partition("#")[0].split()
            if words[:1] == ["make"]:
                assert words[1] in targets
            if words[:1] == ["phasekit"]:
                known = {option for parameter in commands[words[1]].params for option in parameter.opts}
                assert {word for word in words if word.startswith("--")} <= known


def test_every_row_of_what_is_read_names_a_test_that_exists() -> None:
    """`tests/FILE.py::test_name`, at the end of every row of a table."""
    rows = [line for line in (DOCS / "what-is-read.md").read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    named = [row.rsplit("`", 2)[1].partition("::") for row in rows if not row.startswith(("| what", "| ---"))]
    assert len(named) > 25
    for file, _, name in named:
        assert f"\ndef {name}(" in (ROOT / file).read_text(encoding="utf-8"), (file, name)


def test_recipes_tells_every_key_with_its_default() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", (DOCS / "recipes.md").read_text(encoding="utf-8"), re.MULTILINE)
    told = {key: default for key, default in reversed(rows) if key in SolveTask.model_fields}  # its table comes first
    assert sorted(told) == sorted(SolveTask.model_fields)
    needed = {key for key, field in SolveTask.model_fields.items() if field.is_required()}
    assert {key for key, default in told.items() if default == "needed"} == needed


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return docs/generate.py as a module; what stands beside it is found as when it is run."""
    monkeypatch.syspath_prepend(str(DOCS))
    spec = importlib.util.spec_from_file_location("generate_docs", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_up_to_date(generator: ModuleType) -> None:
    pages = generator.pages()
    stale = [_id(path) for path, text in pages.items() if not path.is_file() or path.read_text("utf-8") != text]
    gone = [_id(path) for path in (DOCS / "plugins").glob("*.md") if path not in pages]
    assert (stale, gone) == ([], []), "make docs writes them anew"


def test_every_built_in_has_a_page(generator: ModuleType) -> None:
    names = {f"{kind}-{name}.md" for kind, name, _ in generator.built_ins()}
    assert len(names) >= 28
    assert {path.name for path in (DOCS / "plugins").glob("*.md")} == names | {"index.md"}


def test_tables_of_benchmarks_show_what_the_files_hold(tmp_path: Path, generator: ModuleType) -> None:
    environment = (
        '{"date": "2000-01-02", "processor": "a chip", "phasekit": "9.9", "commit": null, "packages": {"torch": "8.8"},'
        '"threads": 2, "cores": 2, "gpus": []}'
    )
    (tmp_path / "iteration.json").write_text(
        f'{{"environment": {environment}, "freed_memory_kept": true, "peak_mib": {{"after_50": 41.4}},'
        '"bars": {"hio_over_pair": 2.2},'
        '"rows": [{"size": 64, "ms": {"fresh_pair": 4, "preallocated_pair": 2.5, "naive": 9, "hio": 5,'
        '"naive_own_process": 10}, "hio_over_pair": 2.0, "hio_over_naive": 0.56,'
        '"hio_over_naive_own_process": 0.5}]}'
    )
    (tmp_path / "recover.json").write_text(
        f'{{"environment": {environment}, "summary": {{"crystal": {{"bar": {{"object-error": 0.1}}, "objects": 3,'
        '"solved_by_first": 2, "success_per_start": 0.5, "interval_95": [0.25, 0.75],'
        '"starts": 8}}, "rows": [{"kind": "crystal", "object": 1, "first": {"chi2": 1e-3, "object-error": 0.07},'
        '"best_error": 0.06, "flat_phase_error": 0.8, "starts_solved": 4, "starts": 8}]}'
    )
    (tmp_path / "measured.json").write_text(
        f'{{"environment": {environment}, "rows": {{"gold": {{"bar": {{"r-factor": 0.2}}, "sets": [{{"r-factor": 0.11,'
        '"support_percent": 0.5, "energy_in_one_piece_percent": 99.5, "agreeing": 7}], "object_correlation": 0.98}}}'
    )
    text = generator.benchmark_tables(tmp_path)
    assert "| gold | 1 | 0.11 | – | 0.5 | 99.5 | 7 | 0.9800 | r-factor ≤ 0.2 |" in text
    assert "| 64³ | 2.50 | 5.00 | 9.00 | 10.00 | 2.00 | 0.56 | 0.50 |" in text
    assert "| crystal | 2 of 3 | 0.50 | 0.25 to 0.75 | object-error ≤ 0.1 |" in text
    assert "| crystal 1 | 1.0e-03 | 0.0700 | 0.0600 | 0.800 | 4 of 8 |" in text
    assert "on 2000-01-02 with phasekit 9.9" in text
