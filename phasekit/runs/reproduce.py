"""reproduce(): run a finished run again from its folder, and compare the results."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from phasekit.comparing.comparison import Comparison
from phasekit.comparing.task import CompareTask
from phasekit.core.environment import changes
from phasekit.core.result import Result
from phasekit.recipes.loaded import LoadedRecipe
from phasekit.runs import comparison_run, solve_run, training_run
from phasekit.runs.difference import Deviation, of_starts, of_tensors
from phasekit.runs.finished_run import FinishedRun, outcome_in, split_in
from phasekit.runs.folder import RunFolder
from phasekit.runs.prepare import prepare_loaded
from phasekit.runs.recorder import Recorder
from phasekit.runs.reproduction import Reproduction
from phasekit.runs.run import run_loaded
from phasekit.runtime.errors import InputError
from phasekit.solving.solve import run_job
from phasekit.training.task import TrainTask
from phasekit.training.weights import Weights

LOSS = "validation_loss"
"""The figure that ranks the weights of a training."""


def reproduce(folder: Path | str, out: Path | str | None = None) -> Reproduction:
    """Run a finished run again, with its split into batches and its threads, and compare; `phasekit reproduce`.

    `folder` is its run folder, which is not changed; the second run is an ordinary run folder too, kept in `out`
    if given. Reconstructions and comparisons are compared start by start, trainings tensor by tensor.

    Raises InputError if the folder holds no finished run, a file in it is damaged, or an input file has changed;
    RunError if the second run fails.
    """
    finished = FinishedRun(Path(folder))
    inputs = finished.check_inputs()
    loaded, threads = finished.loaded(), torch.get_num_threads()
    _look_through(finished, loaded)
    with _room(out) as path:
        try:
            torch.set_num_threads(finished.threads)
            rank, deviations = _again(finished, loaded, path, kept=out is not None)
        finally:
            torch.set_num_threads(threads)
        now = RunFolder(path).info()
    return Reproduction(
        folder=finished.path,
        task=loaded.recipe.task,
        deviations=deviations,
        rank=rank,
        inputs=inputs,
        changes=changes(_environment(finished.info), _environment(now)),
        notes=tuple(_notes(finished, loaded)),
        out=None if out is None else path,
    )


@contextmanager
def _room(out: Path | str | None) -> Iterator[Path]:
    """Return the folder of the second run; raises InputError if it is not empty."""
    if out is None:
        with TemporaryDirectory(prefix="phasekit-") as folder:
            yield Path(folder) / "run"
        return
    path = Path(out)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(f"{path} is not an empty folder; choose another one with --out")
    yield path


def _look_through(finished: FinishedRun, loaded: LoadedRecipe) -> None:
    """Read all results to compare with, so that damage is reported before anything runs."""
    if isinstance(loaded.recipe, TrainTask):
        Weights.load(finished.path / "weights.safetensors")
    elif not finished.batches:
        raise InputError(f"{finished.path} lacks the batches of seeds; run it again with --force")
    for place, batches in finished.batches.items():
        for number in range(len(batches)):
            finished.left(place, number)


def _again(finished: FinishedRun, loaded: LoadedRecipe, path: Path, kept: bool) -> tuple[str, tuple[Deviation, ...]]:
    """Run it again in `path`, as a resumed run, which takes batches and threads from its folder."""
    if isinstance(loaded.recipe, TrainTask):
        _begin(RunFolder(path), loaded, training_run.OUTPUTS, threads=finished.threads)
        run_loaded(loaded, path, resume=True)
        return LOSS, tuple(_weights(finished.path, path))
    if isinstance(loaded.recipe, CompareTask):
        _begin(RunFolder(path), loaded, comparison_run.OUTPUTS, threads=finished.threads)
        for place in finished.batches:
            (path / place).mkdir(parents=True)
            shutil.copy(finished.path / place / "plan.json", path / place)
        comparison = run_loaded(loaded, path, resume=True)
        assert isinstance(comparison, Comparison)
        rank = comparison.contest.rank
        return rank, tuple(_starts(finished, path, _names(comparison), rank))
    folder = RunFolder(path)
    _begin(folder, loaded, solve_run.OUTPUTS, plan=finished.info["plan"])
    plan = folder.plan()
    if kept or plan is None:
        result = run_loaded(loaded, path, resume=True)
        assert isinstance(result, Result)
    else:  # figures and report, which take longer than many runs, would be thrown away
        result = run_job(prepare_loaded(loaded), plan, Recorder(folder))
    return result.rank, tuple(_starts(finished, path, {".": {}}, result.rank))


def _begin(folder: RunFolder, loaded: LoadedRecipe, outputs: Sequence[str], **facts: Any) -> None:
    """Make a folder like that of a run interrupted before its first step."""
    folder.open(loaded, outputs, force=False)
    folder.update(status="interrupted", **facts)
    folder.close()


def _names(comparison: Comparison) -> dict[str, dict[str, str]]:
    """Return what lies in each folder of a comparison."""
    pairs = comparison.contest.pairs()
    return {f"units/{pair.folder}": {"problem": pair.problem, "solver": pair.solver} for pair in pairs}


def _starts(
    finished: FinishedRun, path: Path, names: Mapping[str, Mapping[str, str]], rank: str
) -> Iterator[Deviation]:
    """Compare the outcomes of the batches in the folder of the finished run and in `path`."""
    splits = {**split_in(path), **finished.batches}  # a solver may have refused once
    for place, batches in splits.items():
        what = names.get(place, {"solver": place})
        for number, seeds in enumerate(batches):
            outcomes = (finished.left(place, number), outcome_in(path / place, number))
            yield from of_starts(what, seeds, outcomes, rank)


def _weights(then: Path, now: Path) -> Iterator[Deviation]:
    """Compare two trainings: their weights tensor by tensor, and the figures on the validation samples."""
    one, other = (Weights.load(path / "weights.safetensors") for path in (then, now))
    yield from of_tensors(one.tensors, other.tensors)
    figures = [dict(weights.about.get("figures", {})) for weights in (one, other)]
    metrics = {
        name: (float(value), float(figures[1][name])) for name, value in figures[0].items() if name in figures[1]
    }
    yield Deviation({"figures": "validation"}, figures[0] == figures[1], metrics=metrics, rank=LOSS)


def _environment(info: Mapping[str, Any]) -> dict[str, Any]:
    """Return the environment of a run, with its threads and device."""
    plan = info.get("plan") or {}
    used = {"threads": (plan or info).get("threads"), **({"device": plan["device"]} if "device" in plan else {})}
    return {**(info.get("environment") or {}), **used}


def _notes(finished: FinishedRun, loaded: LoadedRecipe) -> Iterator[str]:
    """Return reasons to expect differences, as sentences."""
    recipe = loaded.recipe
    if isinstance(recipe, CompareTask) and recipe.budget is not None and recipe.budget.seconds is not None:
        yield (
            "its budget is in seconds, in which a solver makes more or fewer steps each time: it cannot be "
            "reproduced bit for bit, and is compared within the tolerance"
        )
    if int(finished.info.get("processes", 1)) > 1:
        yield f"it was trained by {finished.info['processes']} processes, here by one, which rounds differently"
    commit = str((finished.info.get("environment") or {}).get("commit"))
    if commit.endswith("+changes"):
        yield f"it was made by an edited phasekit ({commit}), and the folder does not contain the edits"
