"""The tables of the benchmarks' page, from the result files that the benchmarks wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmark_labels import label
from comparison_tables import bench, coverage, page, paper_figure_5, units
from deep_prior_tables import ablation, deep_prior, headline, hybrid, noise, speed
from house_tables import house
from markdown_tables import heads, line
from network_tables import cnn, cnn_measured, network_speed, transfer


def benchmark_tables(folder: Path) -> str:
    """Return the tables of every result file in `folder`, as Markdown; a sentence where there is none."""
    parts = []
    for path in sorted(folder.glob("*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        render = RENDERERS.get(path.stem.partition("-")[0])
        if render is not None:
            parts += [f"## {path.stem}", "", *render(found), "", _environment(found["environment"]), ""]
    return "\n".join(parts) or "No results have been recorded here yet.\n"


def recovery(found: Mapping[str, Any]) -> list[str]:
    """Return the tables of benchmarks/recover.py: success by kind, then every object."""
    lines = [
        *heads("objects of this kind", "solved, as ranked by the run", "success per start", "95 % interval", "bar")
    ]
    for kind, row in found["summary"].items():
        low, high = row["interval_95"]
        bars = ", ".join(f"{name} ≤ {value:g}" for name, value in row["bar"].items())
        first = f"{row['solved_by_first']} of {row['objects']}"
        lines.append(line(kind, first, f"{row['success_per_start']:.2f}", f"{low:.2f} to {high:.2f}", bars))
    lines += [
        "",
        *heads("object", "χ², first", "error, first", "error, best", "flat-phase error", "starts solved"),
    ]
    for row in found["rows"]:
        first = row["first"]
        solved = f"{row['starts_solved']} of {row['starts']}"
        numbers = (f"{first['chi2']:.1e}", *(f"{v:.4f}" for v in (first["object-error"], row["best_error"])))
        lines.append(line(f"{row['kind']} {row['object']}", *numbers, f"{row['flat_phase_error']:.3f}", solved))
    return lines


def iteration(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/iteration.py."""
    figures = ("hio_over_pair", "hio_over_naive", "hio_over_naive_own_process")
    lines = heads(
        "array", "bare FFT pair, ms", "HIO, ms", "naive HIO, ms", "naive in its own process, ms", *map(label, figures)
    )
    for row in found["rows"]:
        ms = row["ms"]
        pair = min(ms["fresh_pair"], ms["preallocated_pair"])
        values = [pair, ms["hio"], ms["naive"], ms["naive_own_process"], *(row[key] for key in figures)]
        lines.append(line(f"{row['size']}³", *(f"{value:.2f}" for value in values)))
    ways = ("hio_over_pair", "hio_third_over_pair", "raar_over_pair", "er_over_pair", "hio_step_by_step_over_pair")
    shown = [key for key in (*ways, "shrinkwrap_in_iterations") if all(key in row for row in found["rows"])]
    lines += ["", *heads("array", *map(label, shown))]
    lines += [line(f"{row['size']}³", *(f"{row[key]:.2f}" for key in shown)) for row in found["rows"]]
    bars = ", ".join(f"{label(name)} ≤ {_bar(value)}" for name, value in found["bars"].items())
    lines += ["", f"To be reached: {bars}."]
    grown = ", ".join(f"{label(name)} iterations {value:.0f} MiB" for name, value in found.get("peak_mib", {}).items())
    return [*lines, "", f"Peak memory at 32³: {grown}."] if grown else lines


def _bar(value: float | Mapping[str, float]) -> str:
    """Return a bar, or the bars of arrays of several sizes."""
    if isinstance(value, Mapping):
        return ", ".join(f"{bar:g} ({size}³)" for size, bar in value.items())
    return f"{value:g}"


def measured(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/measured.py: the start ranked first of each set of seeds."""
    figures = ("r-factor", "r-factor (held out)", "support_percent", "energy_in_one_piece_percent")
    lines = heads("data", "set", *map(label, figures), "starts that agree", "correlation of the sets", "bar")
    for name, row in found["rows"].items():
        classical = f"correlation with {row.get('classical')}"
        labels = {"classical_correlation": classical}
        bars = ", ".join(f"{labels.get(key, label(key))} ≤ {value:g}" for key, value in row["bar"].items())
        for number, one in enumerate(row["sets"], start=1):
            shown = (f"{one[key]:.4g}" if key in one else "–" for key in figures)
            both = f"{row['object_correlation']:.4f}"
            if "classical_correlation" in row:
                both += f" ({classical}: {row['classical_correlation']:.4f})"
            lines.append(line(name, str(number), *shown, str(one["agreeing"]), both, bars))
    return lines


def resample(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/resample.py."""
    lines = heads("array", "scipy's map_coordinates, s", "phasekit, s", "ratio", "bar")
    for row in found["rows"]:
        times = (f"{row['seconds'][name]:.2f}" for name in ("scipy", "phasekit"))
        lines.append(line(f"{row['size']}³", *times, f"{row['ratio']:.2f}", f"≤ {found['bar']:g}"))
    return lines


def strain(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/strain.py."""
    figures = ("mean_over_true_mean", "slope_over_true_slope", "rms_error_over_rms_strain", "voxels")
    lines = heads("crystal", *map(label, figures))
    for name, row in found["rows"].items():
        lines.append(line(name, *(f"{row[key]:.4g}" if key in row else "–" for key in figures)))
    bars = ", ".join(f"{label(name)} {value}" for name, value in found["bars"].items())
    return [*lines, "", f"To be reached: {bars}."]


RENDERERS = {
    "bench": bench,
    "cnn": cnn,
    "coverage": coverage,
    "house": house,
    "cnn_measured": cnn_measured,
    "page": page,
    "paper_figure_5": paper_figure_5,
    "recover": recovery,
    "iteration": iteration,
    "measured": measured,
    "resample": resample,
    "strain": strain,
    "deep_prior": deep_prior,
    "deep_prior_ablation": ablation,
    "deep_prior_headline": headline,
    "deep_prior_hybrid": hybrid,
    "deep_prior_measured": measured,
    "deep_prior_noise": noise,
    "deep_prior_speed": speed,
    "network_speed": network_speed,
    "transfer": transfer,
    "units": units,
}
"""How a result file's name begins, the script's name -> what makes its tables."""


def _environment(found: Mapping[str, Any]) -> str:
    """Say on what the figures were measured."""
    where = ", ".join(found["gpus"]) or f"{found['cores']} cores of {found['processor']}"
    commit, changed, _ = str(found["commit"]).partition("+")
    version = f"{found['phasekit']} ({commit[:12]}{', changed' if changed else ''})"
    return (
        f"Measured on {found['date']} with phasekit {version}, "
        f"torch {found['packages']['torch']}, {found['threads']} threads, {where}."
    )
