"""What to know first: the outcome in plain words, the key figures, what to be wary of, the measurement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from phasekit.report.markup import Markup, bullets, element, facts, joined, number
from phasekit.report.table import support_volumes
from phasekit.result import Result


def headline(result: Result, info: Mapping[str, Any]) -> Markup:
    """Return the outcome as sentences, then the key figures as tiles."""
    return joined([element("p", story(result, info), class_="story"), tiles(result)])


def story(result: Result, info: Mapping[str, Any]) -> str:
    """Tell in plain words what was run and how it ended."""
    count, best = len(result.seeds), result.seeds[0]
    solver = f" of {info['solver']}" if info.get("solver") else ""
    starts = f"{count} starts{solver} were run" if count > 1 else f"One start{solver} was run"
    if len(result.failed) == count:
        return f"{starts}. None gave an object: every one failed, and what is shown below is what they left."
    value = number(best_value(result))
    words = [f"{starts} and ranked by {result.rank} (lower is better)." if count > 1 else f"{starts}."]
    words.append(f"{'The best, seed' if count > 1 else 'Seed'} {best}, ended at {result.rank} = {value}.")
    others = len(result.agreeing) - 1
    if count > 1:
        words.append(
            f"{others} of the other {count - 1} agree with it." if others else "No other start agrees with it."
        )
    if result.failed:
        words.append(f"{len(result.failed)} failed.")
    return " ".join(words)


def tiles(result: Result) -> Markup:
    """Return the key figures."""
    others = [name for name in result.final if name != result.rank]
    shown = [
        (f"best {result.rank}", number(best_value(result), 3)),
        ("starts that agree", f"{len(result.agreeing)} of {len(result.seeds)}"),
        ("support volume", f"{100 * support_volumes(result)[0]:.3g} %"),
        *((f"its {name}", number(float(result.final[name][0]), 3)) for name in others),
        ("solver time", duration(result.seconds)),
        ("status", result.status),
    ]
    inside = [element("div", element("dt", name), element("dd", value)) for name, value in shown]
    return element("dl", *inside, class_="tiles")


def warnings(result: Result) -> list[str]:
    """Return what a reader must not miss about the run, as sentences."""
    found, count, agreeing = [], len(result.seeds), len(result.agreeing)
    if result.status != "done":
        found.append(f"The run is {result.status}: these are the objects that it had reached, not its answer.")
    if count == 1:
        found.append("Only one start was run: whether another would agree is not known.")
    elif agreeing < 2:
        found.append("No other start agrees with the best: it is not reproducible. Do not trust it yet.")
    elif 2 * agreeing < count:
        found.append(f"Only {agreeing} of {count} starts agree.")
    if result.failed:
        listed = ", ".join(map(str, result.failed))
        found.append(f"{len(result.failed)} of {count} starts failed (seeds {listed}).")
    return found


def boxes(result: Result) -> Markup:
    """Return the warnings and the problem's notes, each in a box; nothing where there are none."""
    shown = [
        element("aside", element("h2", title), bullets(sentences), class_=kind)
        for title, sentences, kind in (
            ("Before you rely on this", warnings(result), "warning"),
            ("Notes on the data", result.problem.notes, "notes"),
        )
        if sentences
    ]
    return joined(shown)


def measurement(result: Result) -> Markup:
    """Return what is known of the data."""
    problem, total = result.problem, result.problem.valid.numel()
    trusted, held = int(problem.valid.sum()), int(problem.held_out.sum())
    options = problem.geometry.model_dump(mode="json", exclude={"ndim"})
    items: dict[str, Any] = {
        "array": " × ".join(map(str, problem.detector)),
        "voxels fitted": f"{100 * trusted / total:.4g} % ({trusted:,})",
        "voxels held out": f"{100 * held / total:.3g} % ({held:,})" if held else "none",
        "photons": number(float(problem.intensity.double().sum() + problem.hidden.double().sum())),
        "brightest voxel": number(float(problem.intensity.max())),
        "oversampling per axis": ", ".join(f"{ratio:.2g}" for ratio in problem.oversampling()),
        "geometry": {key: "not given" if value is None else value for key, value in options.items()},
        "truth": "known (simulated)" if problem.truth is not None else "not known",
    }
    return facts(items)


def best_value(result: Result) -> float:
    """Return the ranking metric of the best seed."""
    return float(result.final[result.rank][0]) if result.rank in result.final else float("nan")


def duration(seconds: float) -> str:
    """Write a time as people say it."""
    if seconds < 120:
        return f"{seconds:.3g} s"
    minutes = seconds / 60
    return f"{minutes:.3g} min" if minutes < 120 else f"{minutes / 60:.3g} h"
