"""What to know first: the outcome in plain words, the key figures, what to be wary of, the measurement."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from phasekit.analysis.volume import Volume
from phasekit.core.result import Result
from phasekit.report.crystal import WORDS, Crystal
from phasekit.report.markup import Markup, bullets, element, facts, joined, number
from phasekit.report.table import support_volumes


def headline(result: Result, info: Mapping[str, Any], volume: Volume | None) -> Markup:
    """Return the outcome as sentences, then the key figures as tiles: those of a crystal, then those of the run."""
    shown = [element("p", story(result, info), class_="story"), tiles(figures_of_run(result))]
    if volume is not None:
        shown.insert(1, tiles(figures_of_crystal(Crystal(volume))))
    return joined(shown)


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


def tiles(figures: Mapping[str, str]) -> Markup:
    """Return key figures."""
    inside = [element("div", element("dt", name), element("dd", value)) for name, value in figures.items()]
    return element("dl", *inside, class_="tiles")


def figures_of_run(result: Result) -> dict[str, str]:
    """Return what tells how the run went."""
    others = [name for name in result.final if name != result.rank]
    return {
        f"best {result.rank}": number(best_value(result), 3),
        "starts that agree": f"{len(result.agreeing)} of {len(result.seeds)}",
        "support volume": f"{100 * support_volumes(result)[0]:.3g} %",
        **{f"its {name}": number(float(result.final[name][0]), 3) for name in others},
        "solver time": duration(result.seconds),
        "status": result.status,
    }


def figures_of_crystal(crystal: Crystal) -> dict[str, str]:
    """Return size, voxel, strain and lattice, as far as they are known."""
    volume = crystal.volume
    shown = {"size along x × y × z": times(crystal.size_nm, 0)} if crystal.view.inside.any() else {}
    shown["voxel"] = times(volume.spacing_nm, 2)
    for name in crystal.strains:
        shown[WORDS[name]] = crystal.strain(name)
    if spacing := crystal.d_spacing():
        shown["d-spacing"] = spacing
    shown["object or twin"] = "open" if volume.twin == "open" else f"settled by {volume.twin}"
    return shown


def times(lengths: Sequence[float], digits: int) -> str:
    """Write lengths as "120 × 80 × 95 nm", or as one where they are the same."""
    told = [f"{length:.{digits}f}" for length in lengths]
    if digits:
        told = [word.rstrip("0").rstrip(".") for word in told]
        told = told[:1] if len(set(told)) == 1 else told
    return f"{' × '.join(told)} nm"


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


def boxes(result: Result, info: Mapping[str, Any], volume: Volume | None) -> Markup:
    """Return the warnings, the doctor's findings and the notes, each in a box; nothing where there are none."""
    shown = [
        element("aside", element("h2", title), bullets(sentences), class_=kind)
        for title, sentences, kind in (
            ("Before you rely on this", warnings(result), "warning"),
            ("What the doctor found in the data", findings(info), "warning"),
            ("Notes on the data", result.problem.notes, "notes"),
            ("Notes on the object", volume.notes if volume else (), "notes"),
        )
        if sentences
    ]
    return joined(shown)


def findings(info: Mapping[str, Any]) -> list[Markup]:
    """Return what `phasekit doctor` found before the run: name, figure, advice."""
    found = info.get("doctor", {}).get("findings", ())
    return [joined([element("strong", f["name"]), ": ", f["figure"], " ", f["advice"]]) for f in found]


def measurement(result: Result, info: Mapping[str, Any]) -> Markup:
    """Return what was done to the data, then what is known of them."""
    problem, total = result.problem, result.problem.valid.numel()
    trusted, held = int(problem.valid.sum()), int(problem.held_out.sum())
    options = problem.geometry.model_dump(mode="json", exclude={"ndim"})
    shown = []
    if problem.preparation:
        steps = element("ol", *(element("li", sentence) for sentence in problem.preparation))
        shown = [element("h3", "Preparation, in order"), steps, element("h3", "Data as they were fitted")]
    items: dict[str, Any] = {
        "array": " × ".join(map(str, problem.detector)),
        "voxels fitted": f"{100 * trusted / total:.4g} % ({trusted:,})",
        "voxels held out": f"{100 * held / total:.3g} % ({held:,})" if held else "none",
        "photons": number(float(problem.measured_intensity.double().sum())),
        "brightest voxel": number(float(problem.intensity.max())),
        "oversampling per axis": _ratios(problem.oversampling()),
        "geometry": {key: "not given" if value is None else value for key, value in options.items()},
        "truth": "known (simulated)" if problem.truth is not None else "not known",
    }
    shown.append(facts(items))
    if told := info.get("doctor", {}).get("facts"):
        shown += [element("h3", "What the doctor measured"), facts(told)]
    return joined(shown)


def best_value(result: Result) -> float:
    """Return the ranking metric of the best seed."""
    return float(result.final[result.rank][0]) if result.rank in result.final else float("nan")


def duration(seconds: float) -> str:
    """Write a time as people say it."""
    if seconds < 120:
        return f"{seconds:.3g} s"
    minutes = seconds / 60
    return f"{minutes:.3g} min" if minutes < 120 else f"{minutes / 60:.3g} h"


def _ratios(oversampling: tuple[float, ...]) -> str:
    if math.isnan(oversampling[0]):
        return "cannot be told: too much of the pattern is untrusted"
    return ", ".join(f"{ratio:.2g}" for ratio in oversampling)
