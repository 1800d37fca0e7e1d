"""What a run was computed on is recorded as plain data, and two records are compared name by name."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version

import pytest
import torch

import phasekit
from phasekit.core.environment import changes, environment, versions


def test_the_record_is_plain_data_and_says_the_versions_that_are_installed() -> None:
    record = environment()
    assert json.loads(json.dumps(record)) == record
    assert record["phasekit"] == phasekit.__version__
    assert record["python"] == platform.python_version()
    assert record["packages"]["numpy"] == version("numpy")
    assert record["threads"] == torch.get_num_threads()


def test_a_record_does_not_differ_from_itself_nor_by_its_date() -> None:
    record = environment()
    assert changes(record, {**record, "date": "1999-01-01"}) == {}


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        ({"machine": "a"}, {"machine": "b"}, {"machine": ("a", "b")}),
        ({"packages": {"torch": "1"}}, {"packages": {}}, {"torch": ("1", "not there")}),
        ({"plugins": {}}, {"plugins": {"relax": "2"}}, {"plugins of relax": ("not there", "2")}),
        ({"gpus": []}, {"gpus": ["X", "Y"]}, {"gpus": ("none", "X, Y")}),
        ({"commit": None}, {"commit": "abc"}, {"commit": ("None", "abc")}),
    ],
)
def test_each_difference_is_told_by_name_with_both_sides(
    then: dict[str, object], now: dict[str, object], expected: dict[str, tuple[str, str]]
) -> None:
    assert changes(then, now) == expected
    assert changes(now, then) == {name: (new, old) for name, (old, new) in expected.items()}


def test_a_plugin_file_is_compared_by_its_name_and_content_wherever_it_lies() -> None:
    then = {"plugin_files": {"/home/me/own.py": "abc"}}
    assert changes(then, {"plugin_files": {"/run/plugins/own.py": "abc"}}) == {}
    assert changes(then, {"plugin_files": {"/home/me/own.py": "xyz"}}) == {"plugin file own.py": ("abc", "xyz")}


def test_what_two_machines_must_agree_in_is_part_of_the_record() -> None:
    record = environment()
    assert versions() == {**record["plugins"], "phasekit": record["phasekit"], "torch": record["packages"]["torch"]}
