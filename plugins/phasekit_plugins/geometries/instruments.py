"""Instruments: the packaged beamlines, which are data files, and your own."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, ClassVar

import yaml
from pydantic import AfterValidator, Discriminator, Field, Tag, ValidationError

from phasekit import InputError, InputFile, Options
from phasekit.runtime.suggest import near

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
    instruments = [_instrument(text, name) for name, text in texts if name.endswith(ENDINGS)]
    return {one.name: one for one in instruments}


def _kind(value: Any) -> str:
    return "file" if str(value).endswith(ENDINGS) else "name"


def instrument(beamline: str | Path) -> Instrument:
    """Return a beamline; raises InputError for an unknown name, with suggestions, or an invalid file."""
    if isinstance(beamline, Path):
        try:
            return _instrument(beamline.read_text(encoding="utf-8"), str(beamline))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{beamline} cannot be read as a text file in UTF-8 ({error})") from error
    known = packaged()
    for name, found in known.items():
        if name.lower() == beamline.lower():
            return found
    raise InputError(
        f"no beamline is called '{beamline}'; {near(beamline, known)} (your own is a YAML file: beamline: mine.yaml)"
    )


@cache
def _instrument(text: str, place: str) -> Instrument:
    """Read a beamline file, with a cache by its text; raises InputError that names every mistake."""
    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"{place} is not valid YAML: {' '.join(str(error).split())}") from error
    try:
        return Instrument.model_validate(read)
    except ValidationError as error:
        lines = [
            ": ".join(filter(None, [".".join(map(str, line["loc"])), line["msg"].removeprefix("Value error, ")]))
            for line in error.errors(include_url=False)
        ]
        raise InputError(f"{place}: {'; '.join(lines)}") from None


def _there(beamline: str | Path) -> str | Path:
    """Refuse an unknown beamline, or an invalid file."""
    instrument(beamline)
    return beamline


BeamlineName = Annotated[
    Annotated[InputFile, Tag("file")] | Annotated[str, Field(min_length=1), Tag("name")],
    Discriminator(_kind),
    AfterValidator(_there),
]
"""A beamline: the name of a packaged one, or a YAML file beside the recipe."""
