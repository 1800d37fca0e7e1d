"""A module that moved can be imported under its old name, with a warning, and is the same module."""

from __future__ import annotations

import subprocess
import sys
import warnings
from importlib import import_module
from importlib.util import find_spec

import pytest

from phasekit.runtime.moved import MOVED

SAME = """
import sys, warnings
from importlib import import_module
import phasekit
from phasekit.runtime.moved import MOVED
for old, new in MOVED.items():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = import_module(old)
    assert found is import_module(new) is sys.modules[old], old
    messages = [str(one.message) for one in caught if one.category is DeprecationWarning]
    assert f"{old} has moved; import {new}" in messages, (old, messages)
"""


def test_the_old_name_of_every_module_that_moved_means_the_new_one_and_warns() -> None:
    done = subprocess.run([sys.executable, "-c", SAME], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("new", sorted(set(MOVED.values())))
def test_the_new_name_does_not_warn(new: str) -> None:
    assert find_spec(new) is not None
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        import_module(new)


def test_a_module_that_never_was_is_still_not_found() -> None:
    with pytest.raises(ModuleNotFoundError):
        import_module("phasekit.alien")
