"""Descriptions of trained weights, as rows and lines for a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from phasekit.runtime.errors import InputError
from phasekit.training.library import library
from phasekit.training.weights import Weights


def library_rows() -> list[dict[str, Any]]:
    """Return one row for each set of weights with a name; a row of an unreadable file has the reason."""
    rows = []
    for name, (path, origin) in sorted(library().items()):
        try:
            summary = _summary(Weights.load(path))
        except InputError as error:
            summary = {
                "network": f"cannot be read: {error}",
                "data": "",
                "generator": "",
                "object_error": "",
                "commit": "",
            }
        rows.append({"name": name, **summary, "from": origin})
    return rows


def file_lines(path: Path) -> list[str]:
    """Return the description of a weights file; raises InputError for any other file."""
    weights = Weights.load(path)
    about = {key: value for key, value in weights.about.items() if key != "gate"}
    parameters = sum(tensor.numel() for tensor in weights.tensors.values())
    lines = [f"network: {weights.network.model_dump()}", f"weights: {parameters / 1e6:.3g} million"]
    lines += [f"data: {_times(weights.detector)}", f"box: {_times(weights.box)}"]
    lines += [f"{key}: {value}" for key, value in about.items()]
    return [*lines, f"novelty detector: {'set' if 'gate' in weights.about else 'none'}"]


def _summary(weights: Weights) -> dict[str, Any]:
    about = weights.about
    figures, made = about.get("figures", {}), about.get("environment", {})
    error = f"{figures['object_error']:.3g}" if "object_error" in figures else "–"
    flat = f" (flat phase {figures['flat_phase_error']:.3g})" if "flat_phase_error" in figures else ""
    return {
        "network": weights.network.name,
        "data": _times(weights.detector),
        "generator": str(about.get("generator", {}).get("name", "–")),
        "object_error": error + flat,
        "commit": str(made.get("commit") or "–")[:12],
    }


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
