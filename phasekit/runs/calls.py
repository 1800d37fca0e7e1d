"""solve(), compare() and train(): the tasks of a recipe as Python calls, with the same keys."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, Unpack

from pydantic.fields import FieldInfo

from phasekit.analysis.volume import volume
from phasekit.comparing.compare import run_contest
from phasekit.comparing.comparison import Comparison
from phasekit.comparing.setup import prepare_contest
from phasekit.comparing.task import CompareKeys, CompareTask
from phasekit.core.discovery import load_file
from phasekit.core.generator import Generator
from phasekit.core.observer import Observer, checked_observer
from phasekit.core.problem import Problem
from phasekit.core.registry import registry
from phasekit.core.result import Result
from phasekit.core.solver import SolverLike
from phasekit.core.source import SourceLike
from phasekit.core.task import Task
from phasekit.recipes.loader import load
from phasekit.runs.kept_arrays import KeptArrays
from phasekit.runs.prepare import checked_job
from phasekit.runs.run import run_loaded
from phasekit.runtime.errors import InputError
from phasekit.solving.solve import run_job
from phasekit.solving.task import SolveKeys, SolveTask
from phasekit.training.learner import Learner
from phasekit.training.task import TrainKeys, TrainTask
from phasekit.training.train import Trained, prepare_training, run_training

AnyTask = TypeVar("AnyTask", bound=Task)
Call = TypeVar("Call", bound=Callable[..., Any])

SHARED = ("workers", "limit_s", "dask")
"""Keys of a comparison that need a run folder, through which processes share the work."""


def _with_keys_of(model: type[Task]) -> Callable[[Call], Call]:
    """Show the keys of a task, with their defaults, as the signature of the function that takes them."""

    def shown(call: Call) -> Call:
        first = [p for p in inspect.signature(call).parameters.values() if p.kind is not p.VAR_KEYWORD]
        names = {"task", *(parameter.name for parameter in first)}
        keys = [_parameter(name, field) for name, field in model.model_fields.items() if name not in names]
        signature = inspect.Signature([*first, *keys], return_annotation=call.__annotations__["return"])
        setattr(call, "__signature__", signature)  # noqa: B010  # functions take attributes that no stub knows
        return call

    return shown


def _parameter(name: str, field: FieldInfo) -> inspect.Parameter:
    """Return a key as a keyword with its default."""
    default = inspect.Parameter.empty if field.is_required() else field.get_default(call_default_factory=True)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=field.annotation)


@_with_keys_of(SolveTask)
def solve(
    source: SourceLike, solver: SolverLike, *, observer: Observer | None = None, **keys: Unpack[SolveKeys]
) -> Result:
    """Reconstruct the object from one measurement with one solver, from one start per seed.

    The keywords are the keys of a recipe, with the same values: a plugin, its name, or a mapping; `source` may also be
    a Problem, or an array of counts (numpy, torch, h5py). With `out` it writes a run folder, as `phasekit run` does;
    without, it writes nothing. With `volume`, `Result.volume` holds displacement and strain.

    Raises InputError for invalid input, RunError if every start failed.
    """
    given = {"source": source, "solver": solver, **keys}
    observer = checked_observer(observer)
    if keys.get("out") is not None:
        result = _in_folder("solve", given, observer)
        assert isinstance(result, Result)
        return result
    task = _task(SolveTask, given)
    job = checked_job(task)
    result = run_job(job, job.plan(), observer=observer)
    return result if task.volume is None else replace(result, volume=volume(result, **task.volume.model_dump()))


@_with_keys_of(CompareTask)
def compare(
    source: SourceLike | None = None,
    solvers: Mapping[str, SolverLike] | None = None,
    *,
    observer: Observer | None = None,
    **keys: Unpack[CompareKeys],
) -> Comparison:
    """Compare different solvers on equal terms: the same data, mask, held-out voxels, starts and budget for all.

    The keywords are the keys of a recipe with `task: compare`, with the same values: `solvers` maps names to solvers;
    `source` is one measurement, or `problems` maps names to several; `seeds` is the number of starts, a list of seeds,
    or either by solver; `budget` is {"steps": n} or {"seconds": s} for each start; `goals` maps metrics to values.
    Results are measured outside the solvers, while their clock is stopped. A solver that refuses a problem, fails, or
    returns values that are not numbers is named in the result; the others continue.

    Without `out` this process does the work, one batch after the other. With it, processes share the work, finished
    parts are stored, and solvers that hang are stopped. Raises InputError for invalid input.
    """
    given = {"source": source, **({} if solvers is None else {"solvers": solvers}), **keys}
    observer = checked_observer(observer)
    if keys.get("out") is not None:
        comparison = _in_folder("compare", given, observer)
        assert isinstance(comparison, Comparison)
        return comparison
    task = _task(CompareTask, given)
    for key in SHARED:
        if getattr(task, key) is not None:
            raise InputError(f"{key} needs a run folder, through which processes share the work; set out", key)
    return run_contest(prepare_contest(task), observer)


@_with_keys_of(TrainTask)
def train(
    solver: Learner | Mapping[str, Any] | str,
    generator: Generator | Mapping[str, Any] | str,
    *,
    observer: Observer | None = None,
    **keys: Unpack[TrainKeys],
) -> Trained:
    """Train the network of a learner on a generator's objects.

    The keywords are the keys of a recipe with `task: train`, with the same values: `solver` is a learner (`cnn`),
    `generator` and `geometry` are plugins, `shape` is that of the data, `training` maps options of
    `phasekit.training.options.Training` to values. `Trained.weights.save(path)` writes a file for the option `weights`
    of a learner. With `out` it writes a run folder, from which an interrupted training can continue.

    Raises InputError for invalid input, RunError if the loss is not a number even with lower rates.
    """
    given = {"solver": solver, "generator": generator, **keys}
    observer = checked_observer(observer)
    if keys.get("out") is not None:
        trained = _in_folder("train", given, observer)
        assert isinstance(trained, Trained)
        return trained
    return run_training(prepare_training(_task(TrainTask, given)), observer=observer)


def _refuse_old(keys: Mapping[str, Any]) -> None:
    """Raise InputError for a keyword of version 0.1 with a new name."""
    if "watch" in keys:
        raise InputError("watch is now called observer; pass a phasekit.Observer", "watch")


def _task(model: type[AnyTask], keys: Mapping[str, Any]) -> AnyTask:
    """Make the task of a call, its plugin files loaded first."""
    _refuse_old(keys)
    for file in keys.get("plugins") or ():
        if Path(file).is_file():  # the validation names a missing one
            load_file(registry(), Path(file))
    return model.of(**keys)


def _in_folder(task: str, keys: Mapping[str, Any], observer: Observer) -> Any:
    """Run the task in a run folder: the keys become a recipe, which must name all inputs."""
    _refuse_old(keys)
    sources = {"source": keys.get("source"), **(keys.get("problems") or {})}
    for place, source in sources.items():
        if isinstance(source, Problem):
            raise InputError(
                f"{place}: a Problem made in Python cannot be written in a recipe, so it cannot have a run folder; "
                "omit `out`, or give the array of counts itself, or a file, as the source",
                place,
            )
    folder = Path(keys["out"])
    with KeptArrays(folder) as arrays:
        recipe = {"task": task, **{key: value for key, value in keys.items() if key != "out"}}
        if "source" in keys:
            recipe["source"] = arrays.named(keys["source"])
        if keys.get("problems"):
            recipe["problems"] = {name: arrays.named(source) for name, source in keys["problems"].items()}
        return run_loaded(load(recipe), folder, observer=observer)
