"""The tables of the benchmarks' page, from the result files that the benchmarks wrote."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any


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
        *_head("objects of this kind", "solved, as ranked by the run", "success per start", "95 % interval", "bar")
    ]
    for kind, row in found["summary"].items():
        low, high = row["95 % interval"]
        bars = ", ".join(f"{name} ≤ {value:g}" for name, value in row["bar"].items())
        first = f"{row['objects solved by the start ranked first']} of {row['objects']}"
        lines.append(_row(kind, first, f"{row['success per start']:.2f}", f"{low:.2f} to {high:.2f}", bars))
    lines += ["", *_head("object", "χ², first", "error, first", "error, best", "flat-phase error", "starts solved")]
    for row in found["rows"]:
        first = row["first"]
        solved = f"{row['starts solved']} of {row['starts']}"
        numbers = (f"{first['chi2']:.1e}", *(f"{v:.4f}" for v in (first["object-error"], row["best error"])))
        lines.append(_row(f"{row['kind']} {row['object']}", *numbers, f"{row['flat-phase error']:.3f}", solved))
    return lines


def iteration(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/iteration.py."""
    figures = ("hio / pair", "hio / naive", "hio / naive in its own process")
    lines = _head("array", "bare FFT pair, ms", "HIO, ms", "naive HIO, ms", "naive in its own process, ms", *figures)
    for row in found["rows"]:
        times = row["ms"]
        pair = min(times["fresh pair"], times["preallocated pair"])
        shown = [pair, times["hio"], times["naive"], times["naive in its own process"], *(row[key] for key in figures)]
        lines.append(_row(f"{row['size']}³", *(f"{value:.2f}" for value in shown)))
    bars = ", ".join(f"{name} ≤ {value:g}" for name, value in found["bars"].items())
    lines += ["", f"To be reached: {bars}."]
    grown = ", ".join(f"{name} iterations {value:.0f} MiB" for name, value in found.get("peak MiB", {}).items())
    return [*lines, "", f"Peak memory at 32³: {grown}."] if grown else lines


def measured(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/measured.py: the start ranked first of each set of seeds."""
    figures = ("r-factor", "r-factor (held out)", "support, %", "energy in one piece, %")
    lines = _head("data", "set", *figures, "starts that agree", "correlation of the sets", "bar")
    for name, row in found["rows"].items():
        bars = ", ".join(f"{key} ≤ {value:g}" for key, value in row["bar"].items())
        for number, one in enumerate(row["sets"], start=1):
            shown = (f"{one[key]:.4g}" if key in one else "–" for key in figures)
            both = f"{row['correlation of |object|']:.4f}"
            if other := next((key for key in row if key.startswith("correlation with")), None):
                both += f" ({other}: {row[other]:.4f})"
            lines.append(_row(name, str(number), *shown, str(one["agreeing"]), both, bars))
    return lines


def resample(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/resample.py."""
    lines = _head("array", "scipy's map_coordinates, s", "phasekit, s", "ratio", "bar")
    for row in found["rows"]:
        times = (f"{row['seconds'][name]:.2f}" for name in ("scipy", "phasekit"))
        lines.append(_row(f"{row['size']}³", *times, f"{row['ratio']:.2f}", f"≤ {found['bar']:g}"))
    return lines


def strain(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/strain.py."""
    figures = ("mean / true mean", "slope / true slope", "rms error / rms strain", "voxels")
    lines = _head("crystal", *figures)
    for name, row in found["rows"].items():
        lines.append(_row(name, *(f"{row[key]:.4g}" if key in row else "–" for key in figures)))
    bars = ", ".join(f"{name} {value}" for name, value in found["bars"].items())
    return [*lines, "", f"To be reached: {bars}."]


def deep_prior(found: Mapping[str, Any]) -> list[str]:
    """Return the tables of benchmarks/deep_prior.py: solved by size and protocol, then every object."""
    lines = _head("size, protocol", "objects solved, as ranked by the run")
    lines += [_row(name, f"{row['solved']} of {row['objects']}") for name, row in found["summary"].items()]
    errors = ("error, first", "flat-phase error", "twin-mixture error")
    lines += ["", *_head("object", "protocol", "starts × steps", "seconds", "χ², first", *errors, "starts solved")]
    for row in found["rows"]:
        values = [row["object-error"][0], row["flat-phase error"], row["twin-mixture error"]]
        lines.append(
            _row(
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
    lines = _head("what is changed", "starts solved", "95 % interval", "median χ²", "median error", "ms per step")
    for row in found["rows"]:
        low, high = row["95 % interval"]
        solved = f"{row['solved']} of {row['starts']}"
        medians = (f"{row['median chi2']:.1e}", f"{row['median object-error']:.3f}", f"{row['ms per step']:.1f}")
        lines.append(_row(row["name"], solved, f"{low:.2f} to {high:.2f}", *medians))
    read = "; ".join(
        f"object {number}: flat phase {row['flat-phase error']:.3f}, twin mixture {row['twin-mixture error']:.3f}"
        for number, row in found["read by"].items()
    )
    return [*lines, "", f"{found['steps']} steps each. Errors to read the last but one column by: {read}."]


def speed(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/deep_prior_speed.py."""
    lines = _head("array, network", "of", "step", "ms per network", "of the first")
    for row in found["rows"]:
        for number in ("one network", "four networks"):
            for name, value in row[number].items():
                what = (f"{row['size']}³, {row['network']}", number, name)
                lines.append(_row(*what, f"{value['ms']:.1f}", f"{value['ratio']:.2f}"))
    return lines


def hybrid(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/deep_prior_hybrid.py: success per start, and pair by pair in equal seconds."""
    ours, theirs, kept = "per start, deep prior", "per start, random", "random, best by chi2"
    lines = _head("data", "error ≤", ours, theirs, f"{kept}, same seconds", "pairs won, lost, tied", "difference")
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
            lines.append(_row(kind, bar, *rates, counts, f"{pairs['difference']:+.2f} ({low:+.2f} to {high:+.2f})"))
    lines += ["", *_head("data", "object", "flat-phase error", "twin-mixture error")]
    for row in found["objects"]:
        errors = (f"{row[name]:.3f}" for name in ("flat-phase error", "twin-mixture error"))
        lines.append(_row(row["kind"], str(row["object"]), *errors))
    return [*lines, "", "Intervals are 95 %: Wilson's score for rates, objects drawn again for the difference."]


def noise(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/deep_prior_noise.py."""
    lines = _head("object", "best error, step", "last", "last / best", "kept, step", "kept / best", "flat-phase error")
    for row in found["rows"]:
        lines.append(
            _row(
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
    lines = _head("network and protocol", "steps", "ms per step", "loss in the end", "goal at step", "object error")
    for row in found["rows"]:
        goal = row["goal reached at (step, seconds)"]
        reached = f"{goal[0]} ({goal[1]:.0f} s)" if goal else "not reached"
        figures = (f"{row['ms per step']:.2f}", f"{row['loss']:.1e}", reached, f"{row['object-error']:.4f}")
        lines.append(_row(row["name"], str(row["steps"]), *figures))
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
        lines += _head("exact data", "median", "quartiles")
        for name, row in errors.items():
            lines.append(_row(name, f"{row['median']:.3g}", " to ".join(f"{v:.3g}" for v in row["quartiles"])))
    if refined := found.get("refinement"):
        lines += ["", *_head("start, ER and HIO", "χ² ≤ 1e-6", "95 % interval", "median χ²")]
        for name, row in refined.items():
            if isinstance(row, Mapping):
                low, high = row["95 % interval"]
                share = f"{row['solved']} of {row['of']}"
                lines.append(_row(name, share, f"{low:.2f} to {high:.2f}", f"{row['median chi2']:.1e}"))
    if gate := found.get("gate"):
        lines += ["", *_head("samples", "called outside", "95 % interval")]
        for name, row in gate.items():
            low, high = row["95 % interval"]
            lines.append(_row(name, f"{row['flagged']} of {row['of']}", f"{low:.2f} to {high:.2f}"))
    if speed := found.get("speed"):
        rates = ", ".join(f"{rate:.0f} ({size})" for size, rate in speed["patterns per second in batches of"].items())
        alone = speed["one pattern, ms"]
        lines += ["", f"One pattern takes {alone:.2g} ms; patterns per second, by batch: {rates}."]
    return lines


def cnn_measured(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/cnn_measured.py."""
    lines = _head(
        "data, goal", "chain and start", "starts that reach it", "median iterations", "lowest R", "support, %"
    )
    for name, data in found["data"].items():
        for case, row in data["rows"].items():
            there = f"{row['reached the goal']} of {row['starts']}"
            best = min(range(row["starts"]), key=lambda i: row["R in the end"][i])
            figures = (f"{row['R in the end'][best]:.4f}", f"{row['support, %'][best]:.2f}")
            median = row["median iterations"] or "not reached"
            lines.append(_row(f"{name}, R ≤ {data['goal']:.4f}", case, there, str(median), *figures))
    return [*lines, "", f"Weights `{found['weights']}`; the goal is {found['slack']:g} × the classical recipe's R."]


def bench(found: Mapping[str, Any]) -> list[str]:
    """Return the table of `phasekit bench`: per problem and solver, how often the object is found, and how well."""
    lines = _head("problem", "solver", "object error, median", "95 % interval", "object error ≤ 0.2", "s per start")
    for problem, told in found["problems"].items():
        for solver in told["ranking"]:
            row = told["solvers"][solver]
            error = row["metrics"].get("object-error")
            if error is None:
                lines.append(_row(problem, solver, "not run", "", "", ""))
                continue
            median, low, high = ("failed" if error[k] is None else f"{error[k]:.3f}" for k in ("median", "low", "high"))
            share = row["object-error <= 0.2"]
            cost = "" if row["seconds per start"] is None else f"{row['seconds per start']:.3g}"
            lines.append(
                _row(problem, solver, median, f"{low} to {high}", f"{share['reached']} of {share['of']}", cost)
            )
    return [*lines, "", f"Suite {found['suite']}, arrays of {found['side']}³, {found['seeds']} starts each."]


def network_speed(found: Mapping[str, Any]) -> list[str]:
    """Return the tables of benchmarks/network_speed.py: updates, and streams of patterns."""
    lines = [f"Arrays of {found['side']}³, updates of {found['batch']} samples, precision {found['precision']}.", ""]
    lines += _head("network, channels", "what", "ms", "per second")
    for name, row in found.items():
        if not isinstance(row, Mapping) or "update" not in row:
            continue
        for what, told in row.items():
            if what.startswith("update"):
                lines.append(_row(name, what, f"{told['ms']:.3g}", f"{told['samples per second']:.0f} samples"))
            for figure, value in told.items() if what.startswith("stream") else ():
                alone = figure == "one pattern, ms"
                size = "one pattern" if alone else f"batches of {figure.split()[-1]}"
                ms, rate = (f"{value:.3g}", f"{1e3 / value:.0f}") if alone else ("", f"{value:.0f}")
                lines.append(_row(name, f"{what}, {size}", ms, f"{rate} patterns"))
    drawn = ", ".join(f"{what.removesuffix(', ms')} {value:.3g} ms" for what, value in found["samples"].items())
    return [*lines, "", f"To {drawn}.", *(["", found["note"]] if "note" in found else [])]


def transfer(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/transfer.py: χ² on the way, and when the goal was reached."""
    rows, goal = found["rows"], found["goal"]
    at = sorted({max(1, round(found["steps"] * part)) for part in (0.03, 0.1, 0.3, 1)})
    head = (f"median χ² at {step}" for step in at)
    lines = _head("start", *head, f"χ² ≤ {goal:g}", f"loss ≤ {goal:g}", "median object error")
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
        lines.append(_row(case, *figures))
    return [*lines, "", f"Weights `{found['weights']}`, {len(rows)} objects, {found['steps']} steps."]


def _by(curve: Mapping[str, Any], step: int) -> float:
    """Return the χ² of the last step that was told, up to a step."""
    return float([value for at, value in zip(curve["steps"], curve["chi2"], strict=True) if at <= step][-1])


def coverage(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/coverage.py: how many true phases lie in their 68 % intervals."""
    kinds = {key.removeprefix("judged, "): one for key, one in found.items() if key.startswith("judged, ")}
    factors = {name: f"{one['drift factor']:.3g} and {one['noise factor']:.3g}" for name, one in kinds.items()}
    lines = _head("problem, side, solver", *(f"{name}: {told}" for name, told in factors.items()))
    for name in next(iter(kinds.values()))["pairs"]:
        lines.append(_row(name, *(f"{100 * one['pairs'][name]:.0f} %" for one in kinds.values())))
    for side in next(iter(kinds.values()))["mean by side"]:
        lines.append(_row(f"mean, {side}³", *(f"{100 * one['mean by side'][side]:.0f} %" for one in kinds.values())))
    lines.append(_row("mean", *(f"{100 * one['mean']:.0f} %" for one in kinds.values())))
    lines.append(_row("standard deviation", *(f"{100 * one['standard deviation']:.0f} %" for one in kinds.values())))
    fitted = found["fitted"]
    told = (
        f"The noisy problems of the suite, version {found['suite']}, that a solver has solved. Factors on drift and on "
        f"photon noise; fitted on {len(fitted['pairs'])} pairs of other objects and solvers, where the coverage is "
        f"{100 * fitted['mean']:.0f} % with a standard deviation of {100 * fitted['standard deviation']:.0f} %; "
        f"{found['seeds']} starts."
    )
    return [*lines, "", told]


RENDERERS = {
    "bench": bench,
    "cnn": cnn,
    "coverage": coverage,
    "cnn_measured": cnn_measured,
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


def _head(*cells: str) -> list[str]:
    return [_row(*cells), _row(*["---"] * len(cells))]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
