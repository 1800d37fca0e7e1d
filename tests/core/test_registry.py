"""The registry is a plain store: what is entered is found, what is forgotten is gone, what is not there is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from phasekit.core import registry as module
from phasekit.core.registry import Registry, fill_with, registry


class One:
    """A class."""


class Other:
    """Another class."""


@pytest.fixture
def store() -> Registry:
    made = Registry()
    made.enter("solver", "hio", One, "here")
    made.enter("solver", "er", One, "there")
    made.enter("loss", "chi2", Other, "here")
    return made


def test_what_is_entered_is_found_by_kind_and_name(store: Registry) -> None:
    assert store.find("solver", "hio") is One
    assert store.find("loss", "chi2") is Other
    assert store.names("solver") == ["er", "hio"]
    assert store.names("network") == []


def test_one_class_entered_twice_is_one_and_two_of_a_name_are_refused(store: Registry) -> None:
    store.enter("solver", "hio", One, "again")
    assert store.find("solver", "hio") is One
    store.enter("solver", "hio", Other, "elsewhere")
    with pytest.raises(ValueError, match=r"One from here and Other from elsewhere; both are refused"):
        store.find("solver", "hio")


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("solver", "hoi", "no solver is called 'hoi'; did you mean hio"),
        ("loss", "hio", "no loss is called 'hio'; 'hio' is a solver"),
    ],
)
def test_what_is_not_there_is_told_with_what_may_be_meant(store: Registry, kind: str, name: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        store.find(kind, name)


def test_what_an_origin_brought_is_forgotten_and_the_rest_stays(store: Registry) -> None:
    store.weights = [("here", Path("a")), ("there", Path("b"))]
    store.set_aside("here", ValueError("of two\nlines"))
    assert store.broken == {"here": "ValueError: of two lines"}
    store.forget("here")
    assert (list(store.entries), store.weights, store.broken) == ([("solver", "er")], [("there", Path("b"))], {})


def test_what_was_set_aside_is_named_where_something_is_missing(store: Registry) -> None:
    store.set_aside("bad-dist", ImportError("gone"))
    with pytest.raises(ValueError, match=r"set aside: bad-dist \(ImportError: gone\)"):
        store.find("solver", "raar")


def test_the_registry_of_a_process_is_filled_once_on_its_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_fillers", [])
    filled: list[Registry] = []
    fill_with(lambda made: None)
    fill_with(filled.append)
    fresh = registry.__wrapped__
    assert filled == []
    made = fresh()
    assert len(filled) == 1
    assert filled[0] is made
    assert registry() is registry()
