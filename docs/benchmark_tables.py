"""The tables of the benchmarks' page, from the result files that the benchmarks wrote."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comparison_tables import bench, coverage, page, paper_figure_5, units
from house_tables import house
from markdown_tables import heads, line


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
        low, high = row["95 % interval"]
        bars = ", ".join(f"{name} ≤ {value:g}" for name, value in row["bar"].items())
        first = f"{row['objects solved by the start ranked first']} of {row['objects']}"
        lines.append(line(kind, first, f"{row['success per start']:.2f}", f"{low:.2f} to {high:.2f}", bars))
    lines += [
        "",
        *heads("object", "χ², first", "error, first", "error, best", "flat-phase error", "starts solved"),
    ]
    for row in found["rows"]:
        first = row["first"]
        solved = f"{row['starts solved']} of {row['starts']}"
        numbers = (f"{first['chi2']:.1e}", *(f"{v:.4f}" for v in (first["object-error"], row["best error"])))
        lines.append(line(f"{row['kind']} {row['object']}", *numbers, f"{row['flat-phase error']:.3f}", solved))
    return lines


def iteration(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/iteration.py."""
    figures = ("hio / pair", "hio / naive", "hio / naive in its own process")
    lines = heads("array", "bare FFT pair, ms", "HIO, ms", "naive HIO, ms", "naive in its own process, ms", *figures)
    for row in found["rows"]:
        times = row["ms"]
        pair = min(times["fresh pair"], times["preallocated pair"])
        shown = [pair, times["hio"], times["naive"], times["naive in its own process"], *(row[key] for key in figures)]
        lines.append(line(f"{row['size']}³", *(f"{value:.2f}" for value in shown)))
    bars = ", ".join(f"{name} ≤ {value:g}" for name, value in found["bars"].items())
    lines += ["", f"To be reached: {bars}."]
    grown = ", ".join(f"{name} iterations {value:.0f} MiB" for name, value in found.get("peak MiB", {}).items())
    return [*lines, "", f"Peak memory at 32³: {grown}."] if grown else lines


def measured(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/measured.py: the start ranked first of each set of seeds."""
    figures = ("r-factor", "r-factor (held out)", "support, %", "energy in one piece, %")
    lines = heads("data", "set", *figures, "starts that agree", "correlation of the sets", "bar")
    for name, row in found["rows"].items():
        bars = ", ".join(f"{key} ≤ {value:g}" for key, value in row["bar"].items())
        for number, one in enumerate(row["sets"], start=1):
            shown = (f"{one[key]:.4g}" if key in one else "–" for key in figures)
            both = f"{row['correlation of |object|']:.4f}"
            if other := next((key for key in row if key.startswith("correlation with")), None):
                both += f" ({other}: {row[other]:.4f})"
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
    figures = ("mean / true mean", "slope / true slope", "rms error / rms strain", "voxels")
    lines = heads("crystal", *figures)
    for name, row in found["rows"].items():
        lines.append(line(name, *(f"{row[key]:.4g}" if key in row else "–" for key in figures)))
    bars = ", ".join(f"{name} {value}" for name, value in found["bars"].items())
    return [*lines, "", f"To be reached: {bars}."]


def deep_prior(found: Mapping[str, Any]) -> list[str]:
    """Return the tables of benchmarks/deep_prior.py: solved by size and protocol, then every object."""
    lines = heads("size, protocol", "objects solved, as ranked by the run")
    lines += [line(name, f"{row['solved']} of {row['objects']}") for name, row in found["summary"].items()]
    errors = ("error, first", "flat-phase error", "twin-mixture error")
    lines += ["", *heads("object", "protocol", "starts × steps", "seconds", "χ², first", *errors, "starts solved")]
    for row in found["rows"]:
        values = [row["object-error"][0], row["flat-phase error"], row["twin-mixture error"]]
        lines.append(
            line(
                f"{row['size']}³, {row['object']}",
                row["protocol"],
                f"{row['starts']} × {row['steps']}",
                f"{row['seconds']:.0f}",
                f"{row['chi2'][0]:.1e}",
                *(f"{value:.3f}" for value in values),
                f"{row['starts solved']} of {row['starts']}",
            )
        )
    bars = ", ".join(f"{name} ≤ {value:g}" for name, value in found["bars"].items())
    return [*lines, "", f"Solved means {bars}; the seconds are those of all starts on one thread."]


def ablation(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/deep_prior_ablation.py."""
    lines = heads("what is changed", "starts solved", "95 % interval", "median χ²", "median error", "ms per step")
    for row in found["rows"]:
        low, high = row["95 % interval"]
        solved = f"{row['solved']} of {row['starts']}"
        medians = (f"{row['median chi2']:.1e}", f"{row['median object-error']:.3f}", f"{row['ms per step']:.1f}")
        lines.append(line(row["name"], solved, f"{low:.2f} to {high:.2f}", *medians))
    read = "; ".join(
        f"object {number}: flat phase {row['flat-phase error']:.3f}, twin mixture {row['twin-mixture error']:.3f}"
        for number, row in found["read by"].items()
    )
    return [*lines, "", f"{found['steps']} steps each. Errors to read the last but one column by: {read}."]


def speed(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/deep_prior_speed.py."""
    lines = heads("array, network", "of", "step", "ms per network", "of the first")
    for row in found["rows"]:
        for number in ("one network", "four networks"):
            for name, value in row[number].items():
                what = (f"{row['size']}³, {row['network']}", number, name)
                lines.append(line(*what, f"{value['ms']:.1f}", f"{value['ratio']:.2f}"))
    return lines


def hybrid(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/deep_prior_hybrid.py: success per start, and pair by pair in equal seconds."""
    ours, theirs, kept = "per start, deep prior", "per start, random", "random, best by chi2"
    lines = heads("data", "error ≤", ours, theirs, f"{kept}, same seconds", "pairs won, lost, tied", "difference")
    for kind, bars in found["summary"].items():
        for bar, row in bars.items():
            rates = [
                f"{part['successes']} of {part['starts']} ({low:.2f} to {high:.2f})"
                for part in (row[ours], row[theirs], row[kept])
                for low, high in [part["95 % interval"]]
            ]
            pairs = row["deep prior against the best by chi2"]
            counts = ", ".join(str(pairs[name]) for name in ("wins", "losses", "ties"))
            low, high = pairs["95 % interval"]
            lines.append(line(kind, bar, *rates, counts, f"{pairs['difference']:+.2f} ({low:+.2f} to {high:+.2f})"))
    lines += ["", *heads("data", "object", "flat-phase error", "twin-mixture error")]
    for row in found["objects"]:
        errors = (f"{row[name]:.3f}" for name in ("flat-phase error", "twin-mixture error"))
        lines.append(line(row["kind"], str(row["object"]), *errors))
    return [*lines, "", "Intervals are 95 %: Wilson's score for rates, objects drawn again for the difference."]


def noise(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/deep_prior_noise.py."""
    lines = heads("object", "best error, step", "last", "last / best", "kept, step", "kept / best", "flat-phase error")
    for row in found["rows"]:
        lines.append(
            line(
                str(row["object"]),
                f"{row['best']:.3f}, {row['best at step']}",
                f"{row['last']:.3f}",
                f"{row['last over best']:.2f}",
                f"{row['kept']:.3f}, {row['kept at step']}",
                f"{row['kept over best']:.2f}",
                f"{row['flat-phase error']:.3f}",
            )
        )
    counts, bars, wanted = found["summary"], found["bars"], found["wanted"]
    lines += [
        "",
        f"Last over best ≥ {bars['last over best']:g} on {counts['overfitted']} of {counts['objects']} objects ",
    ]
    lines[-1] += (
        f"(wanted: {wanted['overfitted']}), kept over best ≤ {bars['kept over best']:g} on {counts['kept well']} "
    )
    lines[-1] += f"(wanted: {wanted['kept well']}). Crystals of phase span {found['phase span']:g} rad, "
    lines[-1] += (
        f"{found['photons']:g} counts in the brightest voxel, {found['steps']} steps, the rate rising on purpose."
    )
    return lines


def headline(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/deep_prior_headline.py."""
    lines = heads("network and protocol", "steps", "ms per step", "loss in the end", "goal at step", "object error")
    for row in found["rows"]:
        goal = row["goal reached at (step, seconds)"]
        reached = f"{goal[0]} ({goal[1]:.0f} s)" if goal else "not reached"
        figures = (f"{row['ms per step']:.2f}", f"{row['loss']:.1e}", reached, f"{row['object-error']:.4f}")
        lines.append(line(row["name"], str(row["steps"]), *figures))
    return [*lines, "", f"The goal is a loss of {found['goal']:g}."]


def cnn(found: Mapping[str, Any]) -> list[str]:
    """Return the tables of benchmarks/cnn.py: errors, refinement, gate, speed."""
    made = found["trained on"]
    lines = [
        f"Weights `{found['weights']}`, trained on `{made['generator']['name']}` in {made['seconds'] / 60:.0f} min; "
        f"{found['samples']} fresh samples.",
        "",
    ]
    if errors := found.get("errors, exact data"):
        lines += heads("exact data", "median", "quartiles")
        for name, row in errors.items():
            lines.append(line(name, f"{row['median']:.3g}", " to ".join(f"{v:.3g}" for v in row["quartiles"])))
    if refined := found.get("refinement"):
        lines += ["", *heads("start, ER and HIO", "χ² ≤ 1e-6", "95 % interval", "median χ²")]
        for name, row in refined.items():
            if isinstance(row, Mapping):
                low, high = row["95 % interval"]
                share = f"{row['solved']} of {row['of']}"
                lines.append(line(name, share, f"{low:.2f} to {high:.2f}", f"{row['median chi2']:.1e}"))
    if gate := found.get("gate"):
        lines += ["", *heads("samples", "called outside", "95 % interval")]
        for name, row in gate.items():
            low, high = row["95 % interval"]
            lines.append(line(name, f"{row['flagged']} of {row['of']}", f"{low:.2f} to {high:.2f}"))
    if speed := found.get("speed"):
        rates = ", ".join(f"{rate:.0f} ({size})" for size, rate in speed["patterns per second in batches of"].items())
        alone = speed["one pattern, ms"]
        lines += ["", f"One pattern takes {alone:.2g} ms; patterns per second, by batch: {rates}."]
    return lines


def cnn_measured(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/cnn_measured.py."""
    lines = heads(
        "data, goal", "chain and start", "starts that reach it", "median iterations", "lowest R", "support, %"
    )
    for name, data in found["data"].items():
        for case, row in data["rows"].items():
            there = f"{row['reached the goal']} of {row['starts']}"
            best = min(range(row["starts"]), key=lambda i: row["R in the end"][i])
            figures = (f"{row['R in the end'][best]:.4f}", f"{row['support, %'][best]:.2f}")
            median = row["median iterations"] or "not reached"
            lines.append(line(f"{name}, R ≤ {data['goal']:.4f}", case, there, str(median), *figures))
    return [*lines, "", f"Weights `{found['weights']}`; the goal is {found['slack']:g} × the classical recipe's R."]


def network_speed(found: Mapping[str, Any]) -> list[str]:
    """Return the tables of benchmarks/network_speed.py: updates, and streams of patterns."""
    lines = [f"Arrays of {found['side']}³, updates of {found['batch']} samples, precision {found['precision']}.", ""]
    lines += heads("network, channels", "what", "ms", "per second")
    for name, row in found.items():
        if not isinstance(row, Mapping) or "update" not in row:
            continue
        for what, told in row.items():
            if what.startswith("update"):
                lines.append(line(name, what, f"{told['ms']:.3g}", f"{told['samples per second']:.0f} samples"))
            for figure, value in told.items() if what.startswith("stream") else ():
                alone = figure == "one pattern, ms"
                size = "one pattern" if alone else f"batches of {figure.split()[-1]}"
                ms, rate = (f"{value:.3g}", f"{1e3 / value:.0f}") if alone else ("", f"{value:.0f}")
                lines.append(line(name, f"{what}, {size}", ms, f"{rate} patterns"))
    drawn = ", ".join(f"{what.removesuffix(', ms')} {value:.3g} ms" for what, value in found["samples"].items())
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
            steps = [curve["first step at the goal"][metric] for curve in curves]
            there = sorted(step for step in steps if step is not None)
            span = f"{there[0]}" if len(there) == 1 else f"{there[0]} to {there[-1]}" if there else ""
            told = f", after {span} steps" if there else ""
            figures.append(f"{len(there)} of {len(steps)}{told}")
        figures.append(f"{statistics.median(curve['kept']['object-error'] for curve in curves):.4f}")
        lines.append(line(case, *figures))
    return [*lines, "", f"Weights `{found['weights']}`, {len(rows)} objects, {found['steps']} steps."]


def _by(curve: Mapping[str, Any], step: int) -> float:
    """Return the χ² of the last step that was told, up to a step."""
    return float([value for at, value in zip(curve["steps"], curve["chi2"], strict=True) if at <= step][-1])


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
