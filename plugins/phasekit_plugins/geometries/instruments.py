"""Instruments: the packaged beamlines, which are data files, and your own."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Discriminator, Field, GetJsonSchemaHandler, Tag
from pydantic_core import CoreSchema

from phasekit import InputError, InputFile, Options
from phasekit.core.yaml_file import parsed
from phasekit.runtime.suggest import near
from phasekit.runtime.text import read_text

from .circles import Circle, Direction

PixelSize = Annotated[float, Field(gt=0)]
ENDINGS = (".yaml", ".yml")


class Instrument(Options):
    """The contents of a beamline file: circles outermost first, directions of the detector's rows and columns."""

    owner: ClassVar[str] = "a beamline file"

    name: str = Field(min_length=1, description="Name of the beamline.")
    sample_circles: tuple[Circle, ...] = Field(description="Circles of the sample, outermost first.")
    detector_circles: tuple[Circle, ...] = Field(description="Circles of the detector, outermost first.")
    row: Direction = Field(description="Direction of the detector's increasing row index, all circles at zero.")
    column: Direction = Field(description="Direction of its increasing column index.")
    pixel_um: PixelSize | tuple[PixelSize, PixelSize] | None = Field(
        None, description="Pixel size, µm: one number, or row and column."
    )
    distance_m: float | None = Field(None, gt=0, description="Distance from sample to detector, metres.")
    rocking: str | None = Field(None, description="The circle that is usually rocked.")
    source: str = Field("", description="Origin of these values.")
    note: str = Field("", description="Note in every run that does not give `column`: that packages disagree on it.")


@cache
def packaged() -> dict[str, Instrument]:
    """Return the packaged beamlines: name -> instrument."""
    folder = files("phasekit_plugins.geometries").joinpath("beamlines")
    texts = sorted((file.name, file.read_text(encoding="utf-8")) for file in folder.iterdir())
    instruments = [parsed(Instrument, text, name) for name, text in texts if name.endswith(ENDINGS)]
    return {one.name: one for one in instruments}


def _kind(value: Any) -> str:
    return "file" if str(value).endswith(ENDINGS) else "name"


def instrument(beamline: str | Path) -> Instrument:
    """Return a beamline; raises InputError for an unknown name, with suggestions, or an invalid file."""
    if isinstance(beamline, Path):
        return parsed(Instrument, read_text(beamline), str(beamline))
    known = packaged()
    for name, found in known.items():
        if name.lower() == beamline.lower():
            return found
    raise InputError(
        f"no beamline is called '{beamline}'; {near(beamline, known)} (your own is a YAML file: beamline: mine.yaml)"
    )


def _there(beamline: str | Path) -> str | Path:
    """Refuse an unknown beamline, or an invalid file."""
    instrument(beamline)
    return beamline


class _NamesAndFiles:
    """Says which names are taken, in any case, and how the name of a file ends."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        any_case = ("".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else c for c in name) for name in packaged())
        other = {"type": "string", "pattern": rf"^({'|'.join(any_case)})$|\.ya?ml$"}
        return {"title": "name or file", "anyOf": [{"enum": [*packaged()]}, other]}


BeamlineName = Annotated[
    Annotated[InputFile, Tag("file")] | Annotated[str, Field(min_length=1), Tag("name")],
    Discriminator(_kind),
    AfterValidator(_there),
    _NamesAndFiles(),
]
"""A beamline: the name of a packaged one, or a YAML file beside the recipe."""
