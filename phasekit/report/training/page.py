"""The report of a training: curves, samples, gate, and what the weights do not know; one page, as that of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import torch
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

import phasekit
from phasekit.report.figures.chart import PAPER
from phasekit.report.figures.drawing import Drawing
from phasekit.report.figures.ink import Ink
from phasekit.report.figures.slices import PHASE_COLOURS, PHASE_TICKS
from phasekit.report.markup import Markup, bullets, element, facts, joined, number, section, table
from phasekit.report.numbers import duration
from phasekit.report.old_page import chart, document, figure, navigation, origin, tiles
from phasekit.runtime.storage import write_text
from phasekit.training.novelty import OUTSIDE, feature_names
from phasekit.training.train import Trained
from phasekit.training.trainer import Point

PLACES = {
    "curves": "Curves",
    "samples": "Samples",
    "gate": "Gate",
    "unknown": "Not known",
    "weights": "Weights",
    "run": "Recipe",
}

FLAT = "flat phase's phase error"

LINES: Mapping[str, Mapping[str, str]] = {
    "loss": {
        "validation loss": "var(--accent)",
        "loss": "var(--agree)",
        "floor": "var(--other)",
    },
    "object error": {
        "object error": "var(--accent)",
        "twin-mixture error": "var(--incident)",
        "flat-phase error": "var(--other)",
    },
    "phase error": {"phase error": "var(--accent)", FLAT: "var(--other)"},
    "residual": {"residual": "var(--accent)"},
}
"""Chart -> figure -> colour; a figure that is only there to read others by is dashed."""

ENOUGH = 20
"""Validation samples for each of its features from which on a gate may be relied upon."""

YARDSTICKS = ("floor", "flat-phase error", "twin-mixture error", FLAT)

CAPTIONS = {
    "loss": "Mean loss per epoch: that of the updates, and that of the running average of the weights over the "
    "validation samples. The dashed floor is the plain loss of the mean of object and twin; a loss that takes the "
    "nearer of the two falls below it.",
    "object error": "Median over the validation samples, global phase undone, against the nearer of "
    "object and twin. Dashed: the errors of the true object with a flat phase, and of the mean of object and twin.",
    "phase error": "Median over the validation samples, radians, weighted by the squared amplitude. "
    "Dashed: that of a flat phase, which knows nothing.",
    "residual": "Median over the validation samples of χ²: the difference of predicted and measured diffraction "
    "amplitude, squared, over the measured.",
    "rate": "Learning rate at the end of each epoch, setbacks included.",
}


def write_training_report(path: Path, trained: Trained, info: Mapping[str, Any], recipe: str) -> None:
    """Write what a training has come to as the self-contained page `path`; see `phasekit.report.write_report`."""
    sections = [
        section("curves", "Curves", *_curves(trained.points)),
        section("samples", "Samples it was not trained on", figure(_samples(trained))),
        section("gate", "Gate", *_gate(trained)),
        section("unknown", "What these weights do not know", _unknowns(trained)),
        section("weights", "What stands in the weights' file", _weights(trained)),
        section("run", "How it was made", *origin(info, recipe)),
    ]
    title = str(info.get("title") or info.get("name") or "Training")
    head = element(
        "header",
        element("p", "phasekit ", phasekit.__version__, class_="brand"),
        element("h1", title),
        element("p", _story(trained), class_="story"),
        tiles(_figures(trained)),
        _warnings(trained),
    )
    write_text(path, document(title, joined([head, navigation(PLACES), element("main", *sections, id="content")])))


# --- headline -----------------------------------------------------------------------------------------------


def _story(trained: Trained) -> str:
    """Tell in plain words what was trained, on what, and how far it came."""
    job, options = trained.job, trained.job.options
    box = " × ".join(map(str, job.shape))
    words = [
        f"The network '{job.learner.network.name}' of the solver '{job.learner.name}' was trained on objects of the "
        f"generator '{job.generator.name}', their data {box}: {options.trained():,} samples, in "
        f"{len(trained.points)} epochs of which the best is kept."
    ]
    figures = _best(trained)
    if {"object error", "flat-phase error"} <= figures.keys():
        part = figures["object error"] / figures["flat-phase error"]
        words.append(
            f"On {options.held_back():,} samples that it was not trained on, the median object error is "
            f"{number(figures['object error'], 3)}, {part:.0%} of that of the true object with a flat phase."
        )
    return " ".join(words)


def _figures(trained: Trained) -> dict[str, str]:
    """Return the key figures, each beside what it is to be read by."""
    figures = _best(trained)
    shown = {}
    for name, by, word in (
        ("validation loss", "floor", "floor"),
        ("object error", "flat-phase error", "flat phase"),
        ("phase error", FLAT, "flat phase"),
    ):
        if name in figures:
            beside = f" ({word}: {number(figures[by], 3)})" if by in figures else ""
            shown[f"{name}{beside}"] = number(figures[name], 3)
    if "residual" in figures:
        shown["residual χ²"] = number(figures["residual"], 3)
    shown["time"] = duration(trained.seconds)
    shown["status"] = "done" if trained.finished else "not finished"
    return shown


def _warnings(trained: Trained) -> Markup:
    found = []
    if not trained.finished:
        found.append("The training is not finished: its minutes were up. `--resume` goes on from here.")
    if not trained.points:
        found.append("Not one epoch is done: these are the weights as they were drawn, and nothing is known of them.")
    elif len(trained.points) > 1 and trained.weights.about["epoch"] < trained.points[-1].epoch:
        found.append(
            f"The validation loss was lowest after epoch {trained.weights.about['epoch']} of {len(trained.points)}; "
            "those weights are kept. If it rose since, more samples would help more than more epochs."
        )
    figures = _best(trained)
    if figures.get("object error", 0) > figures.get("flat-phase error", np.inf):
        found.append("Answers are no better than the true object with a flat phase: it has not learnt the phase.")
    elif figures.get("object error", 0) > figures.get("twin-mixture error", np.inf):
        found.append(
            "The mean of object and twin would have a lower error than the answers: they are a start for other solvers."
        )
    if (samples := trained.job.options.held_back()) < ENOUGH * len(feature_names()):
        found.append(
            f"The gate was set by {samples:,} validation samples, too few to tell what is usual: it will call outside "
            f"much that the training covered. {ENOUGH * len(feature_names())} would do."
        )
    if not found:
        return Markup("")
    return element("aside", element("h2", "Before you rely on these weights"), bullets(found), class_="warning")


def _best(trained: Trained) -> dict[str, float]:
    """Return the figures of the epoch whose weights are kept."""
    return dict(trained.weights.about["figures"])


# --- curves -------------------------------------------------------------------------------------------------


def _curves(points: Sequence[Point]) -> list[Markup]:
    if not points:
        return [element("p", "There is none before the first epoch is done.")]
    epochs = [point.epoch for point in points]
    shown = []
    for name, lines in LINES.items():
        told = {line: [point.figures.get(line) for point in points] for line in lines}
        told = {line: values for line, values in told.items() if any(value is not None for value in values)}
        if told:
            shown.append(chart(name.replace(" ", "-"), _chart(name, epochs, told, lines), CAPTIONS[name]))
    rates = {"rate": [point.rate for point in points]}
    spec = _chart("learning rate", epochs, rates, {"rate": "var(--accent)"})
    spec["layout"]["yaxis"] |= {"type": "linear"}
    return [*shown, chart("rate", spec, CAPTIONS["rate"]), _table(points)]


def _chart(
    title: str, epochs: list[int], lines: Mapping[str, Sequence[float | None]], colours: Mapping[str, str]
) -> dict[str, Any]:
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers" if len(epochs) < 40 else "lines",
            "name": name,
            "x": epochs,
            "y": [None if v is None or not np.isfinite(v) else float(f"{v:.4g}") for v in values],
            "line": {
                "color": colours[name],
                "width": 1.6 if name in YARDSTICKS else 2.4,
                "dash": "dash" if name in YARDSTICKS else "solid",
            },
            "hovertemplate": f"{name}<br>epoch %{{x}}: %{{y:.4g}}<extra></extra>",
        }
        for name, values in lines.items()
    ]
    layout = PAPER | {
        "height": 340,
        "showlegend": len(traces) > 1,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": {"title": {"text": "epoch"}, "rangemode": "tozero"},
        "yaxis": {"title": {"text": title}, "type": "log", "nticks": 8},
    }
    return {"data": traces, "layout": layout}


def _table(points: Sequence[Point]) -> Markup:
    """Return the last points as numbers, for those who cannot see the charts."""
    names = list(dict.fromkeys(name for point in points for name in point.figures))
    few = points[-12:]
    rows = [
        ([str(p.epoch), str(p.step), *(number(p.figures.get(name, np.nan), 3) for name in names)], "other") for p in few
    ]
    caption = "The last epochs as numbers." if len(few) < len(points) else "Every epoch as numbers."
    return table(["epoch", "update", *names], rows, f"{caption} All of them are in history.csv.")


# --- samples ------------------------------------------------------------------------------------------------


def _samples(trained: Trained) -> Drawing:
    errors = ", ".join(number(float(error), 3) for error in trained.errors)
    where = ", cut through the middle across the first axis," if trained.truth.ndim == 4 else ""
    caption = (
        f"The first validation samples{where} beside the network's answers, each turned to the nearer of object and "
        f"twin and to the same global phase. Their object errors from the top: {errors}. Each pair has one scale; "
        "phases are shown where the true object is."
    )
    return Drawing(
        "samples", partial(_paint_samples, trained), caption, "amplitude and phase of validation objects and answers"
    )


def _paint_samples(trained: Trained, ink: Ink) -> Figure:
    count = len(trained.truth)
    figure = Figure(figsize=(10.5, 2.45 * count + 0.3), layout="compressed", facecolor="none")
    axes: Any = figure.subplots(count, 4, squeeze=False)
    span = _span(trained.truth)
    titles = ("true amplitude", "answer's amplitude", "true phase", "answer's phase")
    for row, (truth, answer) in enumerate(zip(trained.truth, trained.answers, strict=True)):
        true, found = (_levelled(_cut(one), _cut(truth)) for one in (truth, answer))
        inside = np.abs(true) > 0.1 * np.abs(true).max()
        top = float(np.abs(true).max()) or 1.0
        grey = {"cmap": mpl.colormaps["viridis"], "norm": Normalize(0, top)}
        hue = {"cmap": _phases(span).with_extremes(bad=ink.missing), "norm": Normalize(-span, span)}
        shown = [(np.abs(true), grey), (np.abs(found), grey)]
        shown += [(np.ma.masked_where(~inside, np.angle(one)), hue) for one in (true, found)]
        for axis, (values, style), title in zip(axes[row], shown, titles, strict=True):
            drawn = axis.imshow(values, origin="lower", interpolation="nearest", **style)
            axis.set_title(title if row == 0 else "", color=ink.text, fontsize=10)
            axis.set_xticks([])
            axis.set_yticks([])
            axis.set_facecolor(ink.missing)
            axis.spines[:].set_color(ink.line)
        bar = figure.colorbar(drawn, ax=list(axes[row]), shrink=0.86, pad=0.015)
        bar.set_label("phase (rad)", color=ink.text, fontsize=9.5)
        if span == np.pi:
            bar.set_ticks([place for place, _ in PHASE_TICKS], labels=[text for _, text in PHASE_TICKS])
        bar.ax.tick_params(colors=ink.text, color=ink.line, labelsize=8.5)
        bar.outline.set_edgecolor(ink.line)
    return figure


def _cut(one: torch.Tensor) -> np.ndarray:
    values = one.resolve_conj().numpy()
    return np.asarray(values[len(values) // 2] if values.ndim == 3 else values)


def _levelled(one: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Undo the mean phase of the truth."""
    return np.asarray(one * np.exp(-1j * np.angle(truth.sum())))


def _span(truth: torch.Tensor) -> float:
    """Return the largest phase that the colours have to reach, π at most."""
    cuts = [_levelled(_cut(one), _cut(one)) for one in truth]
    most = max((float(np.quantile(np.abs(np.angle(c[np.abs(c) > 0])), 0.99)) for c in cuts if np.any(c)), default=1.0)
    return float(np.pi) if most > 0.8 * np.pi else max(most, 1e-3)


def _phases(span: float) -> Any:
    """Return a cyclic map where phases go around, and one with as many colours for less where they do not."""
    return mpl.colormaps[PHASE_COLOURS if span == np.pi else "RdBu_r"]


# --- gate, caveats, weights ---------------------------------------------------------------------------------


def _gate(trained: Trained) -> list[Markup]:
    gate = trained.weights.about["gate"]
    limit = gate["distances"][round(100 * OUTSIDE)]
    words = (
        "An answer is called outside of what the training covered where data and answer together look stranger than "
        f"{OUTSIDE:.0%} of the {trained.job.options.held_back():,} validation samples do: where the Mahalanobis "
        f"distance of the logarithms below from their mean is above {number(limit, 3)}. So one in twenty of the data "
        "that it was trained for is called outside too."
    )
    middle = dict(zip(feature_names(), gate["middle"], strict=True))
    rows = [([name, f"{np.exp(value):.3g}"], "other") for name, value in middle.items()]
    return [
        element("p", words),
        table(["|Q| in cycles per voxel", "typical"], rows, "What the gate looks at, and its geometric mean."),
    ]


def _unknowns(trained: Trained) -> Markup:
    job, about = trained.job, trained.weights.about
    augment = {key: value for key, value in job.options.augment.model_dump(mode="json").items() if value}
    faults = [name for name in ("photons", "gaps", "coherence", "centre", "oversampling") if name not in augment]
    low, _, high = about["oversampling"]
    ratios = ", ".join(f"{a:.2g}–{b:.2g}" for a, b in zip(low, high, strict=True))
    points = {
        "Object or twin.": "ρ(r) and ρ*(−r) have the same diffraction. Which of them an answer is, is chance.",
        "Other objects.": f"It has seen objects of '{job.generator.name}' with the options below and nothing else. Of "
        "others it makes the nearest that it knows, and that may fit the data well.",
        "Measured data.": "Every figure here is of simulated data. Try it on data whose object is known before it is "
        "believed on others.",
        "Faults that it has not seen.": f"Not simulated: {', '.join(faults)}."
        if faults
        else "All that are offered were simulated, within the ranges in the recipe.",
        "Oversampling.": f"From the least to the largest per axis: {ratios}. Data beyond it have to be brought to it "
        "(the solver does so unless told otherwise), and lose by it.",
        "The single answer.": "The figures are medians: half of the validation samples came out worse. The residual "
        "and the gate's verdict stand beside each answer; neither is proof of it.",
        "Spread over seeds.": f"One training, with seed {job.options.seed}. Another seed gives other weights; how "
        "other, one training cannot say.",
    }
    return bullets([joined([element("strong", name), " ", words]) for name, words in points.items()])


def _weights(trained: Trained) -> Markup:
    parameters = sum(tensor.numel() for tensor in trained.weights.tensors.values())
    about = {key: value for key, value in trained.weights.about.items() if key not in ("gate", "oversampling")}
    return facts(
        {
            "network": trained.weights.network.model_dump(mode="json"),
            "weights": f"{parameters:,}",
            "data": " × ".join(map(str, trained.weights.detector)),
            "box": " × ".join(map(str, trained.weights.box)),
            **about,
        }
    )
