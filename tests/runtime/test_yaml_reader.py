"""Recipes are read by the rules of YAML 1.2, with the line of everything, and written so that any reader agrees."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import yaml as pyyaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from phasekit import InputError
from phasekit.runtime.yaml_reader import MAX_NODES, dump, parse, read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e3", 1000.0),
        ("1e-3", 0.001),
        ("1.0e6", 1e6),
        (".5", 0.5),
        ("5.", 5.0),
        ("-2", -2),
        ("+12", 12),
        ("0054", 54),
        ("0o17", 15),
        ("0xff", 255),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("12:30:45", "12:30:45"),
        ("2001-01-01", "2001-01-01"),
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("No", "No"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("tRue", "tRue"),
        ("null", None),
        ("~", None),
        ("", None),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("inf", "inf"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("34-ID-C", "34-ID-C"),
    ],
)
def test_scalars_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    (found,) = parse(f"a: {text}", "f").data.values()
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_a_float() -> None:
    assert math.isnan(parse(".nan", "f").data)


def test_every_place_knows_its_line() -> None:
    tree = parse("a: 1\n\nb:\n  - x\n  - c: 2\n    d:\n      3\n  - {e: 4,\n     f: 5}\n", "f")
    lines = {("a",): 1, ("b",): 3, ("b", 0): 4, ("b", 1, "c"): 5, ("b", 1, "d"): 6, ("b", 2, "e"): 8, ("b", 2, "f"): 9}
    assert {place: tree.line(place) for place in lines} == lines
    assert tree.line(("b", 1, "not there", 4)) == 5
    assert tree.line(("not there",)) == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: 1\nb: 2\na: 3", "f:3: duplicate key 'a', first in line 1"),
        ("a:\n  - {b: 1, b: 2}", "f:2: duplicate key 'b', first in line 2"),
        ("a: [1, 2\nb: 3", "f:2: invalid YAML: "),
        ("a: b: c", "f:1: invalid YAML: mapping values are not allowed here"),
        ("a: *b", "f:1: invalid YAML: found undefined alias 'b'"),
        ("x: 1\ny: \x01", "f:2: invalid YAML: unacceptable character #x0001"),
        ("a: 1\n---\nb: 2", "f:2: invalid YAML: but found another document"),
        ("? [1, 2]\n: 3", "f:1: a key must be a word"),
        ("a: &x\n  - *x", "f:1: an alias (*) that contains itself"),
        ("[" * 3000, "f: nested too deeply"),
        ("[" * 400 + "]" * 400, "f: nested too deeply"),
    ],
)
def test_text_that_is_no_recipe_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text, "f")
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


def test_aliases_that_grow_out_of_hand_are_refused() -> None:
    levels = "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 10)}]\n" for i in range(1, 12))
    with pytest.raises(InputError, match=f"more than {MAX_NODES} entries"):
        parse(f"l0: &l0 [1, 2]\n{levels}", "f")


def test_an_alias_is_a_copy() -> None:
    data = parse("a: &x {b: 1}\nc: *x", "f").data
    assert data == {"a": {"b": 1}, "c": {"b": 1}}
    assert data["a"] is not data["c"]


def test_python_objects_are_never_made() -> None:
    assert parse("a: !!python/object/apply:os.getcwd []", "f").data == {"a": []}
    assert parse("a: !!python/name:os.getcwd x", "f").data == {"a": "x"}


def test_an_endless_number_is_no_error_of_ours() -> None:
    assert parse("9" * 5000, "f").data == math.inf


WORDS = ["on", "yes", "null", "~", "1e3", "1e-05", "0x1f", "0o7", "054", "1_0", ".inf", "12:30", "", " a", "a ", "- a"]
MORE = [
    "#a",
    "a: b",
    "'",
    '"',
    "a\nb",
    "\n",
    "\t",
    "é日本\U0001f600",
    "\x85",
    "\u2028",
    "\ufeff",
    "=",
    "<<",
    "2001-01-01",
]
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(WORDS + MORE)
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
trees = st.recursive(plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))


@settings(derandomize=True, deadline=None, max_examples=400)
@given(trees)
@example(1e-05)
@example(1e22)
@example([math.inf, -math.inf])
@example({word: word for word in WORDS + MORE})
def test_what_is_written_is_read_back(data: object) -> None:
    assert _typed(parse(dump(data), "f").data) == _typed(data)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(trees)
@example({word: word for word in WORDS + MORE})
def test_a_reader_of_yaml_1_1_reads_the_same(data: object) -> None:
    assert _typed(pyyaml.safe_load(dump(data))) == _typed(data)


def _typed(value: object) -> object:
    """Tell 1, 1.0 and True apart, which are equal in Python."""
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    return [_typed(item) for item in value] if isinstance(value, list) else (type(value), value)


def test_not_a_number_is_written_too() -> None:
    assert math.isnan(parse(dump({"a": math.nan}), "f").data["a"])


def test_the_order_of_keys_is_kept() -> None:
    assert list(parse(dump({"b": 1, "a": 2, "c": 3}), "f").data) == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read: No such file"),
        (b"\xff\xfe\x00\x81", "not a text file in UTF-8"),
        (b"a: \x00", "not a text file"),
    ],
)
def test_files_that_cannot_be_read_are_refused_with_a_sentence(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    path = tmp_path / "r.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=reason) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_recipe_may_be_in_latin_1(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_bytes("title: 25 °C, Grün".encode("latin-1"))
    assert read(tmp_path / "r.yaml").data == {"title": "25 °C, Grün"}


def test_a_folder_is_no_recipe(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        read(tmp_path)
