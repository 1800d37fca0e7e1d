"""Read detector frames from TIFF, EDF and CBF files; an unreadable frame is named and counts as missing."""

from __future__ import annotations

import logging
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import tifffile
from pydantic import Field

from phasekit.reading.fabio_frames import FABIO_ENDINGS, fabio_pages, is_fabio
from phasekit.reading.stored import NUMPY_ENDINGS, Stored, read_numpy
from phasekit.runtime.errors import InputError
from phasekit.runtime.paths import InputFile

TIFF_ENDINGS = (".tif", ".tiff")
PICTURE_ENDINGS = (*TIFF_ENDINGS, *FABIO_ENDINGS)
BROKEN = (tifffile.TiffFileError, ValueError, OSError, EOFError, RuntimeError, struct.error, zlib.error, IndexError)
"""The exceptions of tifffile for truncated or damaged files."""

Image = np.ndarray[Any, Any]

ValidFile = Annotated[
    InputFile | None,
    Field(description="What to trust (TIFF or numpy), of one frame or all, in the sense of valid_means."),
]
FlatFieldFile = Annotated[
    InputFile | None,
    Field(description="Relative sensitivity (TIFF or numpy), of one frame or all, for the step flat-field."),
]
DarkFile = Annotated[
    InputFile | None,
    Field(description="Counts without beam (TIFF or numpy), one frame or several, for the step dark."),
]
"""Options of sources whose detector's own pictures are files apart."""


def read_image(path: Path) -> Stored:
    """Read one array from a TIFF, EDF, CBF or numpy file; raises InputError for others, and for damaged ones."""
    if is_picture(path):
        return read_stack(path)
    if path.suffix.lower() in NUMPY_ENDINGS:
        return read_numpy(path)
    readable = ", ".join((*PICTURE_ENDINGS, *NUMPY_ENDINGS))
    raise InputError(f"{path}: {readable} are read, not '{path.suffix}'")


def is_picture(path: Path) -> bool:
    """Tell by its name whether a file holds frames."""
    return path.suffix.lower() in TIFF_ENDINGS or is_fabio(path)


def read_stack(path: Path) -> Stored:
    """Read a picture file of one page (rows, columns), or of many (frames, rows, columns).

    Raises InputError for other files, truncated ones, and pages of different shapes.
    """
    pages, whole = _pages(path)
    read = [page for page in pages if isinstance(page, np.ndarray)]
    if not read:
        raise InputError(f"{path} is unreadable: {pages[0] if pages else 'it has no page'}; copy it again")
    if not whole:
        raise InputError(f"{path} is truncated after page {len(pages)}; copy it again")
    _check_shapes([(f"{path}, page {k}", page) for k, page in enumerate(pages) if isinstance(page, np.ndarray)])
    missing = {k: page for k, page in enumerate(pages) if isinstance(page, str)}
    frames = [page if isinstance(page, np.ndarray) else np.zeros_like(read[0]) for page in pages]
    return Stored(str(path), frames[0] if len(frames) == 1 else np.stack(frames), missing=missing)


def read_frames(files: Sequence[Path | str], place: str) -> Stored:
    """Read one frame per file: (frames, rows, columns).

    A name (text) in place of a file means that it is absent. Such a frame, and one whose file is truncated or
    damaged, is missing. Raises InputError if no frame is readable or if frames differ in shape.
    """
    frames: list[Image | None] = []
    missing: dict[int, str] = {}
    for k, file in enumerate(files):
        if isinstance(file, str):
            missing[k] = f"{file} is not there"
            frames.append(None)
            continue
        pages, whole = _pages(file)
        image = pages[0] if pages else "it is truncated"
        if len(pages) > 1:
            raise InputError(f"{file} has {len(pages)} pages, and one frame per file is needed; name the file itself")
        if isinstance(image, str) or not whole:
            missing[k] = f"{file.name}: {image if isinstance(image, str) else 'it is truncated'}"
        frames.append(None if k in missing or isinstance(image, str) else image)
    there = [(str(file), image) for file, image in zip(files, frames, strict=True) if image is not None]
    if not there:
        raise InputError(f"{place}: no frame can be read; the first: {next(iter(missing.values()), 'none there')}")
    _check_shapes(there)
    array = np.stack([np.zeros_like(there[0][1]) if image is None else image for image in frames])
    return Stored(place, array, missing=missing)


def _pages(path: Path) -> tuple[list[Image | str], bool]:
    """Return every page of a file, or why it cannot be read, and whether none is cut off the end."""
    if is_fabio(path):
        found, whole = fabio_pages(path)
        return [page if isinstance(page, str) else _image(page, path) for page in found], whole
    try:
        with _quiet(), tifffile.TiffFile(path) as file:
            pages: list[Image | str] = []
            for page in file.pages:
                try:
                    pages.append(_image(page.asarray(), path))
                except InputError:
                    raise
                except Exception as error:  # a codec may raise anything
                    if isinstance(error, ImportError) or "imagecodecs" in str(error):
                        raise InputError(_needs_codec(path, page)) from error
                    pages.append(f"truncated or damaged ({error})")
            if not pages:
                return ["truncated (its directory is cut off)"], True
            return _more_than_pages(file, pages, path)
    except tifffile.TiffFileError as error:
        return [f"no TIFF file, or truncated ({error})"], True
    except (struct.error, OSError) as error:
        return [f"truncated ({error})"], True


def _needs_codec(path: Path, page: Any) -> str:
    packing = getattr(page.compression, "name", page.compression)
    return (
        f"{path} is compressed by {packing}, which needs the package imagecodecs: install it (pip install imagecodecs)"
        ", or write the frames without compression"
    )


def _more_than_pages(file: tifffile.TiffFile, pages: list[Image | str], path: Path) -> tuple[list[Image | str], bool]:
    """Return the pages of a file that describes more than it has directories for, and whether all are there."""
    shape = file.series[0].shape
    if len(shape) != 3 or shape[0] <= len(pages):
        return pages, _chain_ends(file)
    try:
        return list(_image(file.series[0].asarray(), path)), True
    except BROKEN:
        return pages, False


def _chain_ends(file: tifffile.TiffFile) -> bool:
    """Tell whether the last directory says that it is the last one; it does not in a file that is cut off."""
    handle, form = file.filehandle, file.tiff
    handle.seek(file.pages.next_page_offset or 0)
    return not any(handle.read(form.offsetsize))


def _image(array: Image, path: Path) -> Image:
    """Return the array; raises InputError for colours and empty pictures."""
    if array.size == 0:
        raise ValueError("there is nothing in it")
    if array.ndim > 3 or (array.ndim == 3 and array.shape[-1] in (3, 4) and array.dtype == np.uint8):
        raise InputError(f"{path} holds a picture of shape {array.shape}; frames of counts, rows × columns, are needed")
    return array


def _check_shapes(named: Sequence[tuple[str, Image]]) -> None:
    """Raise InputError that names the first frame whose shape is not that of most."""
    shapes = [image.shape for _, image in named]
    usual = max(set(shapes), key=shapes.count)
    for name, image in named:
        if image.shape != usual:
            raise InputError(
                f"{name} has shape {image.shape}, the other frames have {usual}; frames of one shape are needed: is it "
                "another scan's, or was the region of interest changed?"
            )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep tifffile from logging errors that become messages here."""
    log = logging.getLogger("tifffile")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before
