"""Every start's object on the comparison's page: its middle planes in a few kilobytes, coloured by a script."""

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
from phasekit.report.markup import Markup, element, html, inert_json

NOTE = (
    "Choose a seed in the table, or with the arrow keys from there on, to see its object: amplitude over its maximum "
    "and phase (rad, its mean zero) in 8 bits, turned to the same reference and cut and cropped like the best objects "
    "above; what lies beyond that is not shown. Grey is outside the support."
)


class Starts:
    """The objects of all starts, problem by problem."""

    def __init__(self, galleries: Mapping[str, Gallery]) -> None:
        self.galleries = galleries

    def object(self, entry: Entry, seed: int) -> str:
        """Return the packed object of a start; "" for one that failed."""
        if entry.portrait is None or seed not in entry.portrait.cuts:
            return ""
        return deflated(entry.portrait.cuts[seed], self.galleries[entry.problem].planes())

    def viewer(self, table: str) -> Markup:
        """Return the place where the page's script shows a start of the table with this name."""
        known = {problem: told for problem, gallery in self.galleries.items() if (told := _told(gallery))}
        spec = {"problems": known, "scales": _scales(self.galleries)}
        script = f'<script type="application/json" data-starts="{html(table)}">{inert_json(spec)}</script>'
        inside = element("h3", "", aria_live="polite"), element("div", "")
        holder = element(
            "div", *inside, id=f"{table}-shown", class_="start", role="group", aria_label="The chosen start"
        )
        return element("div", element("p", NOTE, class_="note"), holder, Markup(script))


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


def _told(gallery: Gallery) -> dict[str, Any] | None:
    """Return how the planes of a problem are drawn, and the object that starts are seen beside."""
    reference = gallery.reference
    if reference is None:
        return None
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
    """Return the colours of the 256 values of amplitude and phase, those of the figures."""
    view = next((gallery.reference for gallery in galleries.values() if gallery.reference is not None), None)
    scales = []
    for row in object_rows(view) if view is not None else []:
        colours = [to_hex(colour) for colour in mpl.colormaps[row.colours](np.linspace(0, 1, 256))]
        ends = [row.ticks[0][1], row.ticks[-1][1]] if row.ticks else ["0", "1"]
        scales.append({"title": row.title, "label": row.label, "colours": colours, "ends": ends})
    return scales
