"""Beamlines and detectors in files of their own: YAML text to a checked model."""

from __future__ import annotations

from functools import cache
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from phasekit.core.mistakes import located
from phasekit.runtime import yaml_reader
from phasekit.runtime.errors import InputError

Model = TypeVar("Model", bound=BaseModel)


def parsed(model: type[Model], text: str, place: str) -> Model:
    """Return what `text` of the file `place` holds; raises InputError that names every mistake with its line."""
    made = _parsed(model, text, place)
    assert isinstance(made, model)
    return made


@cache
def _parsed(model: type[BaseModel], text: str, place: str) -> BaseModel:
    """Read the same text once."""
    tree = yaml_reader.parse(text, place)
    try:
        return model.model_validate(tree.data)
    except ValidationError as error:
        raise InputError("; ".join(located(error, tree))) from None
