"""JSON says its schema, holds no number that JSON has not, and one of a later version is refused in a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from phasekit import InputError
from phasekit.runtime.json_text import SCHEMA, json_text, read_json


def test_the_schema_comes_first_and_what_is_not_finite_is_null() -> None:
    text = json_text({"a": float("nan"), "b": [1.5, float("inf")], "c": {"d": (1, "ä")}})
    assert json.loads(text) == {"schema": SCHEMA, "a": None, "b": [1.5, None], "c": {"d": [1, "ä"]}}
    assert text.startswith('{\n "schema": 1,')


def test_a_file_without_a_schema_is_one_of_the_first_version(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"status": "done"}')
    assert read_json(tmp_path / "run.json") == {"status": "done"}


def test_a_later_schema_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json_text({}).replace('"schema": 1', '"schema": 2'))
    with pytest.raises(InputError, match=r"later version of phasekit \(schema 2; this one reads 1\); update phasekit"):
        read_json(tmp_path / "run.json")


def test_what_is_no_mapping_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("[1, 2]")
    with pytest.raises(ValueError, match="does not hold a mapping"):
        read_json(tmp_path / "run.json")
