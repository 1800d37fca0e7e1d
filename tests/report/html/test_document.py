"""A document stands alone: nothing is fetched, nothing runs but its own scripts."""

from __future__ import annotations

import base64
from hashlib import sha256
from pathlib import Path

import pytest

from phasekit.report import write_report
from phasekit.report.html.document import document, flat, own_scripts, policy

from ..page_text import Page
from ..results import make_result


def test_the_policy_allows_the_scripts_by_their_hash_and_nothing_else() -> None:
    assert policy(()) == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    hashed = base64.b64encode(sha256(b"alert(1)").digest()).decode()
    assert policy(("alert(1)",)).endswith(f"; script-src 'sha256-{hashed}'")


@pytest.mark.usefixtures("unpainted")
def test_the_scripts_stand_in_the_page_byte_by_byte() -> None:
    data = {"findings": (), "facts": {}, "projections": {"dark": "", "light": "", "width": 1}}
    page = Page(document("doctor/page.html", own_scripts(), name="x", preparation=(), notes=(), **data))
    assert page.texts("script") == [*own_scripts()]
    (content,) = [a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert content == policy(own_scripts())
    assert sum("sha256-" in word for word in str(content).split()) == len(own_scripts())


def test_nested_facts_get_dotted_names_and_lists_become_text() -> None:
    facts = {"a": {"b": 1, "c": {"d": None}}, "list": [1.23456, "x"], "empty": []}
    assert flat(facts) == {"a.b": 1, "a.c.d": None, "list": "1.235, x", "empty": ""}


@pytest.mark.usefixtures("unpainted")
def test_a_report_shows_recipe_and_environment_but_not_twice_what_stands_elsewhere(tmp_path: Path) -> None:
    info = {"title": "A <title>", "device": "cpu", "recipe": "x.yaml", "doctor": {"findings": []}, "status": "gone"}
    write_report(tmp_path / "report.html", make_result((12, 10)), info, "a: 1 # <mine>")
    page = Page.read(tmp_path / "report.html")
    assert page.texts("pre", "code") == ["a: 1 # <mine>"]
    assert page.text.endswith("Environment title A <title> device cpu")
    assert page.texts("h1") == page.texts("title") == ["A <title>"]


@pytest.mark.usefixtures("unpainted")
def test_links_lead_to_sections_that_are_there(tmp_path: Path) -> None:
    write_report(tmp_path / "report.html", make_result((12, 10)), {}, "")
    page = Page.read(tmp_path / "report.html")
    links = [str(attributes["href"]) for tag, attributes in page.tags if tag == "a"]
    assert len(links) == 8
    assert {link[1:] for link in links} <= {str(attributes.get("id")) for _, attributes in page.tags}
