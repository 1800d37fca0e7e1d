"""`phasekit check`: is a recipe valid, and what will it cost."""

from __future__ import annotations

from rich.markup import escape

from phasekit.cli.console import Device, RecipeFile, Seeds, Sets, load_recipe, out


def check(recipe: RecipeFile, sets: Sets = None, device: Device = None, seeds: Seeds = None) -> None:
    """Validate a recipe, load its data, and print size, oversampling, memory and expected time."""
    loaded = load_recipe(recipe, sets, device, seeds)
    from phasekit.comparing.task import CompareTask
    from phasekit.doctor import facts
    from phasekit.runs.prepare import plan_for, prepare_loaded
    from phasekit.training.task import TrainTask

    if isinstance(loaded.recipe, TrainTask | CompareTask):
        from phasekit.cli.comparison_facts import comparison_facts
        from phasekit.cli.training_facts import training_facts

        facts_of = training_facts if isinstance(loaded.recipe, TrainTask) else comparison_facts
        for name, value in facts_of(loaded).items():
            out.print(escape(f"{name:>14}: {value}"))
        out.print("the recipe is valid")
        return
    job = prepare_loaded(loaded)
    for name, value in facts(job.problem, plan_for(loaded, job), job.solver.length()).items():
        out.print(escape(f"{name:>14}: {value}"))
    for note in job.problem.notes:
        out.print(escape(f"          note: {note}"), style="yellow")
    out.print("the recipe is valid")
