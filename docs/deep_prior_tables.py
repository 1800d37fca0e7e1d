"""The tables of the benchmarks of the deep prior."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmark_labels import label
from markdown_tables import heads, line


def deep_prior(found: Mapping[str, Any]) -> list[str]:
    """Return the tables of benchmarks/deep_prior.py: solved by size and protocol, then every object."""
    lines = heads("size, protocol", "objects solved, as ranked by the run")
    for row in found["summary"]:
        lines.append(line(f"{row['size']}³, {row['protocol']}", f"{row['solved']} of {row['objects']}"))
    errors = ("error, first", "flat-phase error", "twin-mixture error")
    lines += ["", *heads("object", "protocol", "starts × steps", "seconds", "χ², first", *errors, "starts solved")]
    for row in found["rows"]:
        values = [row["object-error"][0], row["flat_phase_error"], row["twin_mixture_error"]]
        lines.append(
            line(
                f"{row['size']}³, {row['object']}",
                row["protocol"],
                f"{row['starts']} × {row['steps']}",
                f"{row['seconds']:.0f}",
                f"{row['chi2'][0]:.1e}",
                *(f"{value:.3f}" for value in values),
                f"{row['starts_solved']} of {row['starts']}",
            )
        )
    bars = ", ".join(f"{name} ≤ {value:g}" for name, value in found["bars"].items())
    return [*lines, "", f"Solved means {bars}; the seconds are those of all starts on one thread."]


def ablation(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/deep_prior_ablation.py."""
    lines = heads("what is changed", "starts solved", "95 % interval", "median χ²", "median error", "ms per step")
    for row in found["rows"]:
        low, high = row["interval_95"]
        solved = f"{row['solved']} of {row['starts']}"
        medians = (f"{row['median_chi2']:.1e}", f"{row['median_object_error']:.3f}", f"{row['ms_per_step']:.1f}")
        lines.append(line(row["name"], solved, f"{low:.2f} to {high:.2f}", *medians))
    read = "; ".join(
        f"object {number}: flat phase {row['flat_phase_error']:.3f}, twin mixture {row['twin_mixture_error']:.3f}"
        for number, row in found["reference_errors"].items()
    )
    return [*lines, "", f"{found['steps']} steps each. Errors to read the last but one column by: {read}."]


def speed(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/deep_prior_speed.py."""
    lines = heads("array, network", "of", "step", "ms per network", "of the first")
    for row in found["rows"]:
        for number in ("one_network", "four_networks"):
            for name, value in row[number].items():
                what = (f"{row['size']}³, {row['network']}", label(number), label(name))
                lines.append(line(*what, f"{value['ms']:.1f}", f"{value['ratio']:.2f}"))
    return lines


def hybrid(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/deep_prior_hybrid.py: success per start, and pair by pair in equal seconds."""
    rated = ("deep_prior_per_start", "random_per_start", "random_best_by_chi2")
    head = ("per start, deep prior", "per start, random", "random, best by chi2, same seconds")
    lines = heads("data", "error ≤", *head, "pairs won, lost, tied", "difference")
    for kind, bars in found["summary"].items():
        for bar, row in bars.items():
            rates = [
                f"{part['successes']} of {part['starts']} ({low:.2f} to {high:.2f})"
                for part in (row[name] for name in rated)
                for low, high in [part["interval_95"]]
            ]
            pairs = row["deep_prior_against_best_by_chi2"]
            counts = ", ".join(str(pairs[name]) for name in ("wins", "losses", "ties"))
            low, high = pairs["interval_95"]
            lines.append(line(kind, bar, *rates, counts, f"{pairs['difference']:+.2f} ({low:+.2f} to {high:+.2f})"))
    lines += ["", *heads("data", "object", "flat-phase error", "twin-mixture error")]
    for row in found["objects"]:
        errors = (f"{row[name]:.3f}" for name in ("flat_phase_error", "twin_mixture_error"))
        lines.append(line(row["kind"], str(row["object"]), *errors))
    return [*lines, "", "Intervals are 95 %: Wilson's score for rates, objects drawn again for the difference."]


def noise(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/deep_prior_noise.py."""
    lines = heads("object", "best error, step", "last", "last / best", "kept, step", "kept / best", "flat-phase error")
    for row in found["rows"]:
        lines.append(
            line(
                str(row["object"]),
                f"{row['best']:.3f}, {row['best_at_step']}",
                f"{row['last']:.3f}",
                f"{row['last_over_best']:.2f}",
                f"{row['kept']:.3f}, {row['kept_at_step']}",
                f"{row['kept_over_best']:.2f}",
                f"{row['flat_phase_error']:.3f}",
            )
        )
    counts, bars, wanted = found["summary"], found["bars"], found["wanted"]
    lines += [
        "",
        f"Last over best ≥ {bars['last_over_best']:g} on {counts['overfitted']} of {counts['objects']} objects ",
    ]
    lines[-1] += (
        f"(wanted: {wanted['overfitted']}), kept over best ≤ {bars['kept_over_best']:g} on {counts['kept_well']} "
    )
    lines[-1] += f"(wanted: {wanted['kept_well']}). Crystals of phase span {found['phase_span']:g} rad, "
    lines[-1] += (
        f"{found['photons']:g} counts in the brightest voxel, {found['steps']} steps, the rate rising on purpose."
    )
    return lines


def headline(found: Mapping[str, Any]) -> list[str]:
    """Return the table of benchmarks/deep_prior_headline.py."""
    lines = heads("network and protocol", "steps", "ms per step", "loss in the end", "goal at step", "object error")
    for row in found["rows"]:
        goal = row["goal_step_and_seconds"]
        reached = f"{goal[0]} ({goal[1]:.0f} s)" if goal else "not reached"
        figures = (f"{row['ms_per_step']:.2f}", f"{row['loss']:.1e}", reached, f"{row['object-error']:.4f}")
        lines.append(line(row["name"], str(row["steps"]), *figures))
    return [*lines, "", f"The goal is a loss of {found['goal']:g}."]
