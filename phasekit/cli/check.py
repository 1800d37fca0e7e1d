"""`phasekit check`: whether a recipe is valid, and what it will cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.markup import escape

from phasekit.cli.console import Device, RecipeFile, Seeds, Sets, load_recipe, out

if TYPE_CHECKING:
    from phasekit.doctor import Diagnosis
    from phasekit.recipes.loaded import LoadedRecipe


def check(recipe: RecipeFile, sets: Sets = None, device: Device = None, seeds: Seeds = None) -> None:
    """Validate a recipe, load and examine its data, and print size, memory, expected time and findings.

    The exit code is 1 where the data cannot be right.
    """
    loaded = load_recipe(recipe, sets, device, seeds)
    from phasekit.training.task import TrainTask

    if isinstance(loaded.recipe, TrainTask):
        from phasekit.cli.training_facts import training_facts

        _print(training_facts(loaded))
        out.print("the recipe is valid")
        return
    from phasekit.cli.verdict import print_findings, verdict
    from phasekit.comparing.task import CompareTask

    diagnoses, notes = (_comparison if isinstance(loaded.recipe, CompareTask) else _reconstruction)(loaded)
    for name, of_data in notes.items():
        for note in of_data:
            out.print(escape(f"          note: {name}{note}"), style="yellow")
    for name, diagnosis in diagnoses.items():
        print_findings(out, diagnosis, f"{name}: " if name else "")
    out.print(escape(verdict(diagnoses)))
    if any(diagnosis.wrong for diagnosis in diagnoses.values()):
        raise SystemExit(1)


def _reconstruction(loaded: LoadedRecipe) -> tuple[dict[str, Diagnosis], dict[str, tuple[str, ...]]]:
    """Print what a reconstruction would be; return the diagnosis of its data, and their notes."""
    from phasekit.runs.prepare import diagnose, plan_for, prepare_loaded

    job = prepare_loaded(loaded)
    diagnosis = diagnose(loaded, job, plan_for(loaded, job))
    _print(diagnosis.facts)
    return {"": diagnosis}, {"": job.problem.notes}


def _comparison(loaded: LoadedRecipe) -> tuple[dict[str, Diagnosis], dict[str, tuple[str, ...]]]:
    """Print what a comparison would be; return the diagnosis of each problem's data, and their notes."""
    from phasekit.cli.comparison_facts import comparison_facts
    from phasekit.runs.prepare import diagnose_contest, prepare_contest_of

    contest = prepare_contest_of(loaded)
    _print(comparison_facts(contest))
    several = len(contest.problems) > 1
    diagnoses = {name if several else "": found for name, found in diagnose_contest(loaded, contest).items()}
    return diagnoses, {f"{name}: " if several else "": p.notes for name, p in contest.problems.items()}


def _print(figures: Mapping[str, str]) -> None:
    for name, value in figures.items():
        out.print(escape(f"{name:>14}: {value}"))
