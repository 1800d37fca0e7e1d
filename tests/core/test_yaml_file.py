"""A file of options is read once, and every mistake is named with its line."""

from __future__ import annotations

import pytest

from phasekit import InputError, Options
from phasekit.core.yaml_file import parsed


class Camera(Options):
    """Two options."""

    name: str
    pixel_um: float


def test_the_same_text_is_the_same_model() -> None:
    assert parsed(Camera, "name: on\npixel_um: 55", "a.yaml") is parsed(Camera, "name: on\npixel_um: 55", "a.yaml")
    assert parsed(Camera, "name: on\npixel_um: 55", "a.yaml") == Camera(name="on", pixel_um=55)


def test_every_mistake_is_named_with_its_line() -> None:
    with pytest.raises(InputError) as caught:
        parsed(Camera, "name: 3\n\npixel_un: 55", "a.yaml")
    assert "a.yaml:1: name" in str(caught.value)
    assert "a.yaml:3: Camera has no option 'pixel_un'; did you mean pixel_um?" in str(caught.value)
