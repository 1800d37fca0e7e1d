"""Every start's object on the comparison's page: its middle slices in a few kilobytes, coloured by a script."""

from __future__ import annotations

import zlib
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
import torch
from matplotlib.colors import to_hex

from phasekit.comparing.comparison import Entry
from phasekit.comparing.middle_slices import Cut
from phasekit.report.comparison.gallery import Gallery
from phasekit.report.figures.plane import Plane
from phasekit.report.figures.slices import object_rows


def packed_object(entry: Entry, seed: int, gallery: Gallery) -> str:
    """Return the object of a start, cut like those of the gallery; "" for one that failed."""
    if entry.ensemble is None or seed not in entry.ensemble.cuts:
        return ""
    return deflated(entry.ensemble.cuts[seed], gallery.planes())


def viewer(galleries: Mapping[str, Gallery]) -> dict[str, Any]:
    """Return what the page's script needs to show starts: the planes of every problem, the reference, the colours."""
    problems = {problem: _drawn(gallery) for problem, gallery in galleries.items() if gallery.views}
    return {"problems": problems, "scales": _scales(galleries)}


def deflated(cut: Cut, planes: list[Plane]) -> str:
    """Return amplitudes, then phases, of all planes cropped as those of figures: deflated, in base64."""
    parts = []
    for plane, values in zip([*planes, *planes], [*cut.amplitude, *cut.phase], strict=True):
        rows, columns = _box(plane)
        parts.append(np.ascontiguousarray(values.numpy()[rows, columns]).tobytes())
    return b64encode(zlib.compress(b"".join(parts), 9)).decode()


def _box(plane: Plane) -> tuple[slice, slice]:
    rows, columns = (part for part in plane.cut if isinstance(part, slice))
    return rows, columns


def _drawn(gallery: Gallery) -> dict[str, Any]:
    """Return how to draw the slices of a problem, and the object shown beside the starts."""
    reference = gallery.reference
    assert reference is not None  # one of the views, if the truth is unknown
    planes = []
    for plane in gallery.planes():
        rows, columns = _box(plane)
        left, right, bottom, top = plane.extent
        size = f"{right - left:.4g} × {top - bottom:.4g} {plane.unit}"
        shape = {"rows": rows.stop - rows.start, "columns": columns.stop - columns.start}
        planes.append({"title": plane.title, "size": size, "aspect": (right - left) / (top - bottom), **shape})
    cut = Cut.of(torch.from_numpy(reference.object), torch.from_numpy(reference.support), gallery.centre)
    return {"planes": planes, "reference": gallery.compared_with(), "object": deflated(cut, gallery.planes())}


def _scales(galleries: Mapping[str, Gallery]) -> list[dict[str, Any]]:
    """Return the colours of the 256 values of amplitude and phase, as in the figures."""
    view = next((gallery.reference for gallery in galleries.values() if gallery.reference is not None), None)
    scales = []
    for row in object_rows(view) if view is not None else []:
        colours = [to_hex(colour) for colour in mpl.colormaps[row.colours](np.linspace(0, 1, 256))]
        ends = [row.ticks[0][1], row.ticks[-1][1]] if row.ticks else ["0", "1"]
        scales.append({"title": row.title, "label": row.label, "colours": colours, "ends": ends})
    return scales
