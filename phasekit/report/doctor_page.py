"""The doctor's page: findings, facts, what was done to the data, and how they look; readable without a network."""

from __future__ import annotations

from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

import phasekit
from phasekit.core.problem import Problem
from phasekit.doctor import Diagnosis
from phasekit.numerics import fourier
from phasekit.report.drawing import LOSSLESS
from phasekit.report.ink import DARK, LIGHT, Ink
from phasekit.report.markup import Markup, bullets, element, facts, html, image, joined, section
from phasekit.runtime.storage import write_text

DECADES = 6
"""The colour scale reaches at most this many decades below the brightest sum."""


def write_doctor_page(path: Path, title: str, diagnosis: Diagnosis, problem: Problem) -> None:
    """Write a diagnosis as the self-contained page `path`; raises OSError where that cannot be written."""
    count = len(diagnosis.findings)
    story = f"{count} finding{'s' * (count != 1)}" if count else "Nothing wrong was found"
    head = element(
        "header",
        element("p", "phasekit ", phasekit.__version__, class_="brand"),
        element("h1", f"{title}: the data"),
        element("p", f"{story} in the data before any run.", class_="story"),
    )
    sections = [
        section("findings", "Findings", _findings(diagnosis)),
        section("facts", "Facts", facts(diagnosis.facts)),
        section("data", "The prepared data", _projections(problem)),
        section("steps", "What was done to them", *_record(problem)),
    ]
    write_text(path, _document(title, joined([head, element("main", *sections)])))


def _findings(diagnosis: Diagnosis) -> Markup:
    if not diagnosis.findings:
        return element("p", "None.")
    rows = [
        element("tr", element("th", found.name, scope="row"), element("td", found.figure), element("td", found.advice))
        for found in diagnosis.findings
    ]
    top = element("thead", element("tr", *(element("th", cell, scope="col") for cell in ("", "found", "to do"))))
    return element("div", element("table", top, element("tbody", *rows), class_="facts"), class_="wide")


def _record(problem: Problem) -> list[Markup]:
    done = problem.preparation or ("Nothing: there were no data to prepare.",)
    shown = [bullets(done)]
    if problem.notes:
        shown += [element("h3", "What was noted on the way"), bullets(problem.notes)]
    return shown


def _projections(problem: Problem) -> Markup:
    """Return the sum of the trusted photons along each axis (in 2-D the data), on a logarithmic scale."""
    photons = fourier.centred(problem.measured_intensity.double(), problem.ndim).cpu().numpy()
    trusted = fourier.centred(problem.trusted, problem.ndim).cpu().numpy()
    sums = []
    for axis in range(3) if problem.ndim == 3 else (None,):
        whole, known = (photons, trusted) if axis is None else (photons.sum(axis=axis), trusted.any(axis=axis))
        names = [f"axis {a}, index" for a in range(problem.ndim) if a != axis]
        sums.append((np.where(known, whole, np.nan), names, "" if axis is None else f"summed along axis {axis}"))
    light, dark = (image(_drawn(sums, ink)) for ink in (LIGHT, DARK))
    caption = (
        "Photons on one logarithmic scale for each, its lowest colour for zero; grey is trusted nowhere. The centre "
        "n//2 is the zero frequency."
    )
    source = f'<source srcset="{dark}" media="(prefers-color-scheme: dark)">'
    shown = Markup(f'{source}<img src="{light}" alt="{html("projections of the data along each axis")}">')
    return element("figure", element("picture", shown), element("figcaption", caption))


def _drawn(sums: list[tuple[np.ndarray, list[str], str]], ink: Ink) -> bytes:
    """Return images side by side as WebP on transparent paper."""
    figure = Figure(figsize=(3.7 * len(sums), 3.3), layout="compressed", facecolor="none")
    axes: Any = figure.subplots(1, len(sums), squeeze=False)
    for axis, (values, names, title) in zip(axes[0], sums, strict=True):
        top = float(np.nanmax(values)) or 1.0
        least = values[values > 0].min(initial=top)
        low = min(max(float(least) / 2, top * 10.0**-DECADES), top / 10)
        colours = mpl.colormaps["magma"].with_extremes(bad=ink.missing)
        shown = np.ma.masked_invalid(np.where(np.isnan(values), np.nan, np.maximum(values, low)))
        drawn = axis.imshow(
            shown, cmap=colours, norm=LogNorm(low, top), origin="lower", interpolation="nearest", aspect="auto"
        )
        axis.set_box_aspect(1)
        axis.set_title(title, color=ink.text, fontsize=10)
        axis.set_ylabel(names[0], color=ink.text, fontsize=9)
        axis.set_xlabel(names[1], color=ink.text, fontsize=9)
        axis.tick_params(colors=ink.text, color=ink.line, labelsize=8)
        bar = figure.colorbar(drawn, ax=axis, shrink=0.75, pad=0.02)
        bar.ax.tick_params(which="both", colors=ink.text, color=ink.line, labelsize=8)
    stream = BytesIO()
    figure.savefig(stream, format="webp", dpi=110, pil_kwargs=LOSSLESS)
    return stream.getvalue()


def _document(title: str, body: Markup) -> str:
    """Return the page; its policy lets nothing be fetched and no script run."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    style = files("phasekit.report").joinpath("style.css").read_text(encoding="utf-8")
    head = [
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark">'),
        element("title", f"{title}: the data"),
        element("style", Markup(style)),
    ]
    return f'<!doctype html>\n<html lang="en">{element("head", *head)}{element("body", body)}</html>\n'
