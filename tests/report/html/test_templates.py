"""Templates escape all that they are given, and refuse to leave out what they need."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError, nodes

import phasekit.report
from phasekit.report.html.templates import environment, fact, sentence

from ..page_text import Page
from ..results import EVIL

ROOM = Path(phasekit.report.__file__).parent


def made(text: str, **data: object) -> str:
    return environment().from_string('{% import "html/parts.html" as parts %}' + text).render(data)


def test_every_template_of_the_room_can_be_loaded() -> None:
    names = environment().list_templates(extensions=["html"])
    assert sorted(names) == sorted(path.relative_to(ROOM).as_posix() for path in ROOM.rglob("*.html"))
    for name in names:
        environment().get_template(name)


def test_no_template_turns_escaping_off() -> None:
    for path in ROOM.rglob("*.html"):
        assert not re.search(r"\|\s*safe|autoescape|Markup", path.read_text(encoding="utf-8")), path


def test_no_template_calculates() -> None:
    """A plus may join lists; figures come from Python as they are shown, to the digits."""
    arithmetic = (nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow)
    for name in environment().list_templates(extensions=["html"]):
        source = (ROOM / name).read_text(encoding="utf-8")
        tree = environment().parse(source)
        assert not any(list(tree.find_all(kind)) for kind in arithmetic), name
        filters = {found.name for found in tree.find_all(nodes.Filter)}
        assert not filters & {"sum", "min", "max", "round", "int", "float", "abs", "sort"}, name


def test_sentences_stand_in_templates_and_not_in_python() -> None:
    for path in ROOM.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in prose]
        texts = [node.value for node in constants if isinstance(node.value, str)]
        sentences = [text for text in texts if re.search(r"\w \w+ \w.*\.$", text)]
        assert sentences == [], path


def test_what_a_template_needs_and_does_not_get_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        made("{{ missing }}")
    with pytest.raises(UndefinedError):
        made("{{ given.missing }}", given={})


@pytest.mark.parametrize(
    "text",
    [
        "{{ word }}",
        '{{ parts.tile("best " ~ word, word) }}',
        "{{ parts.facts({word: word}) }}",
        "{{ parts.bullets([word]) }}",
        "{% call parts.section(word, word) %}{{ word }}{% endcall %}",
        "{% call parts.table([word], word) %}{{ word }}{% endcall %}",
        "{% set caption %}{{ word }}{% endset %}{% call parts.scrolled(caption) %}{{ word }}{% endcall %}",
        "{% set spec = {'data': [word], 'layout': {}, 'choices': {'k': [word, word]}} %}"
        "{% call parts.chart(word, spec) %}{{ word }}{% endcall %}",
    ],
)
def test_hostile_words_stay_words(text: str) -> None:
    plain, evil = (Page(made(text, word=word)) for word in ("word", EVIL))
    assert [(tag, set(attributes)) for tag, attributes in plain.tags] == [(tag, set(a)) for tag, a in evil.tags]
    assert "".join(plain.texts(without=("script",))).replace("word", EVIL) == "".join(evil.texts(without=("script",)))


def test_the_words_of_a_caption_describe_the_table_too() -> None:
    page = Page(
        made('{% set caption %}a {{ "<b>" }} "quoted"{% endset %}{% call parts.table([], caption) %}{% endcall %}')
    )
    assert page.tags[0] == (
        "div",
        {"class": "wide", "tabindex": "0", "role": "region", "aria-label": 'a <b> "quoted"'},
    )


def test_the_data_of_a_chart_cannot_leave_their_element_and_arrive_as_they_were() -> None:
    trace = {"name": EVIL, "x": [1.5, None], "y": list(range(300))}
    spec = {"data": [trace], "layout": {"height": 300, "scene": {}}}
    text = made('{% call parts.chart("c", spec) %}x{% endcall %}', spec=spec)
    (inside,) = re.findall(r'<script type="application/json" data-chart="c">(.*?)</script>', text, re.S)
    assert not set("<>&'") & set(inside)
    data = json.loads(inside)
    assert data["data"][0] == trace | {"y": data["data"][0]["y"]}
    assert set(data["data"][0]["y"]) == {"dtype", "bdata"}
    (holder,) = [attributes for tag, attributes in Page(text).tags if tag == "div"]
    assert (holder["style"], holder["tabindex"]) == ("min-height:300px", "0")


def test_a_chart_gets_a_chooser_only_where_there_is_something_to_choose() -> None:
    spec = {"data": [], "layout": {}, "choices": {"metric": ["chi2", "r"], "problem": ["one"]}}
    page = Page(made('{% call parts.chart("c", spec) %}x{% endcall %}', spec=spec))
    assert [attributes["data-key"] for tag, attributes in page.tags if tag == "select"] == ["metric"]


def test_numbers_that_json_does_not_know_are_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        made("{{ value|tojson }}", value=float("nan"))


def test_a_sentence_for_the_terminal_is_plain_text() -> None:
    run = {"status": f"stopped by {EVIL}"}
    words = sentence("reconstruction/headline.html", "warning", "unfinished", run)
    assert words.startswith(f"The run is stopped by {EVIL}: these objects are")
    assert "\n" not in words


def test_facts_are_numbers_in_short_and_all_else_as_it_is() -> None:
    assert [fact(value) for value in (1 / 3, 7, True, None, "<b>")] == ["0.3333", "7", "True", "None", "<b>"]
