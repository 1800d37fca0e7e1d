"""The page of a training: curves, samples, novelty and limits, in one self-contained file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from phasekit.report.figures.picture import Picture
from phasekit.report.html.document import flat, report
from phasekit.report.training.curves import charts, last_epochs
from phasekit.report.training.samples import samples_drawing
from phasekit.runtime.storage import write_text
from phasekit.training.figures import label
from phasekit.training.novelty import OUTSIDE, feature_names
from phasekit.training.train import Trained

ENOUGH = 20
"""Validation samples for each feature that a reliable novelty detector needs."""

FAULTS = ("photons", "gaps", "coherence", "centre", "oversampling")
"""Imperfections of measured data that training can simulate."""

READ_BY = {"validation_loss": "floor", "object_error": "flat_phase_error", "phase_error": "flat_phase_phase_error"}
"""Key figure -> the figure to compare it with."""


def write_training_report(path: Path, trained: Trained, info: Mapping[str, Any], recipe: str) -> None:
    """Write the self-contained page of a training to `path`; see `phasekit.report.write_report`."""
    page = report(
        "training/page.html",
        info,
        recipe,
        training=training_facts(trained),
        doubts=doubts(trained),
        charts=charts(trained.points),
        last=last_epochs(trained.points),
        samples=Picture.of(samples_drawing(trained)),
        errors=trained.errors.tolist(),
        cut=trained.truth.ndim == 4,
        novelty=novelty_facts(trained),
        unknowns=unknowns(trained),
        weights=weights_facts(trained),
    )
    write_text(path, page)


def training_facts(trained: Trained) -> dict[str, Any]:
    """Return what was trained, on which objects, for how long, and its key figures."""
    job, figures = trained.job, best_figures(trained)
    shown = [
        {"name": label(name), "value": figures[name], "by": by, "beside": figures.get(by)}
        for name, by in READ_BY.items()
        if name in figures
    ]
    return {
        "network": job.learner.network.name,
        "solver": job.learner.name,
        "generator": job.generator.name,
        "shape": job.shape,
        "samples": job.options.trained(),
        "validation": job.options.held_back(),
        "enough": ENOUGH * len(feature_names()),
        "epochs": len(trained.points),
        "best_epoch": trained.weights.about["epoch"],
        "object_error": figures.get("object_error"),
        "part_of_flat": _ratio(figures, "object_error", "flat_phase_error"),
        "figures": shown,
        "residual": figures.get("residual"),
        "seconds": trained.seconds,
        "finished": trained.finished,
    }


def doubts(trained: Trained) -> list[str]:
    """Return the warnings about the weights; the template has a sentence for each."""
    figures, points = best_figures(trained), trained.points
    error = figures.get("object_error", 0)
    worse_than_flat = error > figures.get("flat_phase_error", np.inf)
    holds = {
        "not finished": not trained.finished,
        "no epoch": not points,
        "best before the end": len(points) > 1 and trained.weights.about["epoch"] < points[-1].epoch,
        "no better than flat": worse_than_flat,
        "worse than the mixture": not worse_than_flat and error > figures.get("twin_mixture_error", np.inf),
        "few samples": trained.job.options.held_back() < ENOUGH * len(feature_names()),
    }
    return [doubt for doubt, true in holds.items() if true]


def best_figures(trained: Trained) -> dict[str, float]:
    """Return the figures of the epoch whose weights are kept."""
    return dict(trained.weights.about["figures"])


def novelty_facts(trained: Trained) -> dict[str, Any]:
    """Return the limit of the novelty detector, and the geometric mean of each feature."""
    novelty = trained.weights.about["gate"]
    return {
        "limit": novelty["distances"][round(100 * OUTSIDE)],
        "outside": OUTSIDE,
        "typical": {name: float(np.exp(value)) for name, value in zip(feature_names(), novelty["middle"], strict=True)},
    }


def unknowns(trained: Trained) -> dict[str, Any]:
    """Return what the section on limits needs."""
    simulated = trained.job.options.augment.model_dump(mode="json")
    low, _, high = trained.weights.about["oversampling"]
    return {
        "generator": trained.job.generator.name,
        "not_simulated": [name for name in FAULTS if not simulated[name]],
        "oversampling": list(zip(low, high, strict=True)),
        "seed": trained.job.options.seed,
    }


def weights_facts(trained: Trained) -> dict[str, Any]:
    """Return the contents of the weights file."""
    weights = trained.weights
    parameters = sum(tensor.numel() for tensor in weights.tensors.values())
    about = {key: value for key, value in weights.about.items() if key not in ("gate", "oversampling")}
    facts = {
        "network": weights.network.model_dump(mode="json"),
        "weights": f"{parameters:,}",
        "data": " × ".join(map(str, weights.detector)),
        "box": " × ".join(map(str, weights.box)),
    }
    return flat({**facts, **about})


def _ratio(figures: Mapping[str, float], name: str, whole: str) -> float | None:
    return figures[name] / figures[whole] if {name, whole} <= figures.keys() else None
