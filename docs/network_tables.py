"""The tables of the benchmarks of trained networks."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from benchmark_labels import label
from markdown_tables import heads, line


def cnn(found: Mapping[str, Any]) -> list[str]:
    """Return the tables of benchmarks/cnn.py: errors, refinement, novelty, speed."""
    made = found["trained_on"]
    lines = [
        f"Weights `{found['weights']}`, trained on `{made['generator']['name']}` in {made['seconds'] / 60:.0f} min; "
        f"{found['samples']} fresh samples.",
        "",
    ]
    if errors := found.get("errors_exact_data"):
        lines += heads("exact data", "median", "quartiles")
        for name, row in errors.items():
            lines.append(line(label(name), f"{row['median']:.3g}", " to ".join(f"{v:.3g}" for v in row["quartiles"])))
    if refined := found.get("refinement"):
        lines += ["", *heads("start, ER and HIO", "χ² ≤ 1e-6", "95 % interval", "median χ²")]
        for start in ("cnn", "random-phase"):
            for iterations, row in refined[start].items():
                low, high = row["interval_95"]
                figures = (f"{row['solved']} of {row['of']}", f"{low:.2f} to {high:.2f}", f"{row['median_chi2']:.1e}")
                lines.append(line(f"{start}, {iterations} iterations", *figures))
    if novelty := found.get("novelty"):
        lines += ["", *heads("samples", "called outside", "95 % interval")]
        for name, row in novelty.items():
            low, high = row["interval_95"]
            lines.append(line(label(name), f"{row['flagged']} of {row['of']}", f"{low:.2f} to {high:.2f}"))
    if speed := found.get("speed"):
        rates = ", ".join(f"{rate:.0f} ({size})" for size, rate in speed["patterns_per_second_by_batch"].items())
        alone = speed["one_pattern_ms"]
        lines += ["", f"One pattern takes {alone:.2g} ms; patterns per second, by batch: {rates}."]
    return lines


def cnn_measured(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/cnn_measured.py."""
    lines = heads(
        "data, goal", "chain and start", "starts that reach it", "median iterations", "lowest R", "support, %"
    )
    for name, data in found["data"].items():
        for case, row in data["rows"].items():
            there = f"{row['reached_goal']} of {row['starts']}"
            best = min(range(row["starts"]), key=lambda i: row["final_r"][i])
            figures = (f"{row['final_r'][best]:.4f}", f"{row['support_percent'][best]:.2f}")
            median = row["median_iterations"] or "not reached"
            lines.append(line(f"{name}, R ≤ {data['goal']:.4f}", label(case), there, str(median), *figures))
    return [*lines, "", f"Weights `{found['weights']}`; the goal is {found['slack']:g} × the classical recipe's R."]


def network_speed(found: Mapping[str, Any]) -> list[str]:
    """Return the tables of benchmarks/network_speed.py: updates, and streams of patterns."""
    lines = [f"Arrays of {found['side']}³, updates of {found['batch']} samples, precision {found['precision']}.", ""]
    lines += heads("network, channels", "what", "ms", "per second")
    for name, row in found.items():
        if not isinstance(row, Mapping) or "update" not in row:
            continue
        for what, times in row.items():
            if what.startswith("update"):
                lines.append(
                    line(name, label(what), f"{times['ms']:.3g}", f"{times['samples_per_second']:.0f} samples")
                )
            for figure, value in times.items() if what.startswith("stream") else ():
                alone = figure == "one_pattern_ms"
                size = "one pattern" if alone else f"batches of {figure.rpartition('_')[2]}"
                ms, rate = (f"{value:.3g}", f"{1e3 / value:.0f}") if alone else ("", f"{value:.0f}")
                lines.append(line(name, f"{label(what)}, {size}", ms, f"{rate} patterns"))
    drawn = ", ".join(f"{label(what.removesuffix('_ms'))} {value:.3g} ms" for what, value in found["samples"].items())
    return [*lines, "", f"To {drawn}.", *(["", found["note"]] if "note" in found else [])]


def transfer(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/transfer.py: χ² on the way, and when the goal was reached."""
    rows, goal = found["rows"], found["goal"]
    at = sorted({max(1, round(found["steps"] * part)) for part in (0.03, 0.1, 0.3, 1)})
    head = (f"median χ² at {step}" for step in at)
    lines = heads("start", *head, f"χ² ≤ {goal:g}", f"loss ≤ {goal:g}", "median object error")
    for case in (name for name, row in rows[0].items() if isinstance(row, Mapping) and "steps" in row):
        curves = [row[case] for row in rows]
        figures = [f"{statistics.median(_by(curve, step) for curve in curves):.1e}" for step in at]
        for metric in ("chi2", "pearson"):
            steps = [curve["first_step_at_goal"][metric] for curve in curves]
            there = sorted(step for step in steps if step is not None)
            span = f"{there[0]}" if len(there) == 1 else f"{there[0]} to {there[-1]}" if there else ""
            after = f", after {span} steps" if there else ""
            figures.append(f"{len(there)} of {len(steps)}{after}")
        figures.append(f"{statistics.median(curve['kept']['object-error'] for curve in curves):.4f}")
        lines.append(line(label(case), *figures))
    return [*lines, "", f"Weights `{found['weights']}`, {len(rows)} objects, {found['steps']} steps."]


def _by(curve: Mapping[str, Any], step: int) -> float:
    """Return the χ² of the last recorded step up to a step."""
    return float([value for at, value in zip(curve["steps"], curve["chi2"], strict=True) if at <= step][-1])
