"""The doctor's page: findings, facts, preparation, and projections of the data; readable offline."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from phasekit.core.problem import Problem
from phasekit.doctor import Diagnosis
from phasekit.numerics import fourier
from phasekit.report.figures.drawing import LOSSLESS
from phasekit.report.figures.ink import DARK, LIGHT, Ink
from phasekit.report.figures.picture import Picture, address
from phasekit.report.html.document import document, flat
from phasekit.runtime.storage import write_text

DECADES = 6
"""The colour scale reaches at most this many decades below the brightest sum."""


class Projection(NamedTuple):
    """Trusted photons, summed along one axis in 3-D."""

    photons: np.ndarray
    """(rows, columns); NaN where no voxel is trusted."""
    axes: tuple[int, int]
    """The remaining axes of the data."""
    along: int | None
    """The axis of the sum; None in 2-D."""


def write_doctor_page(path: Path, title: str, diagnosis: Diagnosis, problem: Problem) -> None:
    """Write a diagnosis as the self-contained page `path`; raises OSError if it cannot be written."""
    sums = projections(problem)
    page = document(
        "doctor/page.html",
        name=title,
        findings=diagnosis.findings,
        facts=flat(diagnosis.facts),
        projections=Picture(address(_painted(sums, LIGHT)), address(_painted(sums, DARK))),
        preparation=problem.preparation,
        notes=problem.notes,
    )
    write_text(path, page)


def projections(problem: Problem) -> list[Projection]:
    """Return the sum of the trusted photons along each axis, in 2-D the data; centred."""
    photons = fourier.centred((problem.intensity + problem.hidden).double(), problem.ndim).cpu().numpy()
    trusted = fourier.centred(problem.valid | problem.held_out, problem.ndim).cpu().numpy()
    if problem.ndim == 2:
        return [Projection(np.where(trusted, photons, np.nan), (0, 1), None)]
    return [
        Projection(np.where(trusted.any(axis=axis), photons.sum(axis=axis), np.nan), left, axis)
        for axis, left in enumerate(((1, 2), (0, 2), (0, 1)))
    ]


def _painted(sums: list[Projection], ink: Ink) -> bytes:
    """Return the projections side by side, on logarithmic scales, as WebP with a transparent background."""
    figure = Figure(figsize=(3.7 * len(sums), 3.3), layout="compressed", facecolor="none")
    axes: Any = figure.subplots(1, len(sums), squeeze=False)
    for axis, (photons, (up, across), along) in zip(axes[0], sums, strict=True):
        top = float(np.nanmax(photons)) or 1.0
        least = photons[photons > 0].min(initial=top)
        low = min(max(float(least) / 2, top * 10.0**-DECADES), top / 10)
        colours = mpl.colormaps["magma"].with_extremes(bad=ink.missing)
        shown = np.ma.masked_invalid(np.where(np.isnan(photons), np.nan, np.maximum(photons, low)))
        image = axis.imshow(
            shown, cmap=colours, norm=LogNorm(low, top), origin="lower", interpolation="nearest", aspect="auto"
        )
        axis.set_box_aspect(1)
        axis.set_title("" if along is None else f"summed along axis {along}", color=ink.text, fontsize=10)
        axis.set_ylabel(f"axis {up}, index", color=ink.text, fontsize=9)
        axis.set_xlabel(f"axis {across}, index", color=ink.text, fontsize=9)
        axis.tick_params(colors=ink.text, color=ink.line, labelsize=8)
        bar = figure.colorbar(image, ax=axis, shrink=0.75, pad=0.02)
        bar.ax.tick_params(which="both", colors=ink.text, color=ink.line, labelsize=8)
    stream = BytesIO()
    figure.savefig(stream, format="webp", dpi=110, pil_kwargs=LOSSLESS)
    return stream.getvalue()
