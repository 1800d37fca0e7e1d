"""FinishedRun: a run folder read back to be run again: its recipe, files, batches and outcomes."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from phasekit.core.result import OUTCOME_TYPES, BatchOutcome
from phasekit.recipes.loaded import LoadedRecipe
from phasekit.recipes.loader import load
from phasekit.runs.comparison_folder import PairFolder
from phasekit.runs.folder import RunFolder, sha256
from phasekit.runtime import storage, yaml_reader
from phasekit.runtime.errors import InputError
from phasekit.training.task import TrainTask

NOT_RUN = "it did not run"

Split = Mapping[str, tuple[tuple[int, ...], ...]]
"""Folder of batches, relative to the run folder -> the seeds of each batch."""

DAMAGE = (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError)
"""Errors that reading a damaged file may raise."""


class FinishedRun:
    """A run folder whose run.json says that it is done."""

    def __init__(self, path: Path) -> None:
        """Read run.json; raises InputError if the run is absent or not finished."""
        self.path = path
        if not (path / "run.json").is_file():
            raise InputError(f"{path} is not a run folder (it has no run.json); give the run folder of a finished run")
        self.info = RunFolder(path).info()
        self.listed = self._plugins()
        if self.info["status"] != "done":
            raise InputError(
                f"{path} holds an unfinished run ({self.info['status']}); finish it first: {self._resume()}"
            )

    @property
    def threads(self) -> int:
        """The number of threads that it used; raises InputError if unknown."""
        try:
            return int((self.info.get("plan") or self.info)["threads"])
        except DAMAGE:
            raise InputError(
                f"{self.path / 'run.json'} lacks the number of threads; run it again with --force"
            ) from None

    def check_inputs(self) -> tuple[str, ...]:
        """Return the places of all input files; raises InputError if one has changed."""
        known, wrong = self.info.get("inputs") or {}, []
        for place, entry in known.items():
            path = self.listed.get(place, Path(entry["path"]))
            if not path.exists():
                wrong.append(f"{place}: {path} no longer exists")
            elif (digest := sha256(path)) != entry["sha256"]:
                wrong.append(f"{place}: {path} has changed (SHA-256 {entry['sha256'][:12]}… then, {digest[:12]}… now)")
        if wrong:
            raise InputError("\n".join(wrong) + f"\nrestore the inputs of {self.path}; nothing was run")
        return tuple(known)

    def loaded(self) -> LoadedRecipe:
        """Return its recipe, with its copies of plugin files, on the device that it used, if available."""
        sets = [f"{place}={json.dumps(str(path))}" for place, path in self.listed.items()]
        found = load(self.path / "resolved.yaml", sets)
        sets.append(f"device={self._device(found.recipe.device)}")
        if isinstance(found.recipe, TrainTask):
            sets.append("training.minutes=null")  # it continued until it was finished
        found = load(self.path / "resolved.yaml", sets)
        return replace(found, name=str(self.info.get("name", found.name)))

    @cached_property
    def batches(self) -> Split:
        """How its seeds were split into batches; raises InputError if that cannot be read."""
        return split_in(self.path)

    def left(self, place: str, number: int) -> BatchOutcome | str:
        """Return the outcome of a batch, or the reason why it failed; raises InputError if it cannot be read."""
        found = outcome_in(self.path / place, number)
        if isinstance(found, BatchOutcome) and found.seeds != self.batches[place][number]:
            raise InputError(
                f"{self.path / place}: batch {number} holds other seeds than expected; run it again with --force"
            )
        if found == NOT_RUN and place in self.batches:
            raise InputError(
                f"{self.path / place}: the outcome of batch {number} no longer exists; run it again with --force"
            )
        return found

    def _plugins(self) -> dict[str, Path]:
        """Return the paths of the copies of plugin files, by their places in the recipe."""
        data = yaml_reader.read(self.path / "resolved.yaml").data
        listed = data.get("plugins") if isinstance(data, dict) else None
        listed = listed if isinstance(listed, list) else []
        # By name: the folder may have been moved, and the recipe has the old path.
        return {f"plugins.{i}": self.path / "plugins" / Path(str(file)).name for i, file in enumerate(listed)}

    def _resume(self) -> str:
        """Return the command that finishes it."""
        if self.listed:  # the recipe that names the copies differs from the one that names the files
            return "phasekit run with its original recipe, and --resume"
        return shlex.join(["phasekit", "run", str(self.path / "resolved.yaml"), "--out", str(self.path), "--resume"])

    def _device(self, asked: str) -> str:
        """Return cuda if it is known to have used it and there is a GPU; otherwise cpu."""
        gpus = (self.info.get("environment") or {}).get("gpus")
        known: Any = (self.info.get("plan") or {}).get("device", "cuda" if gpus and asked != "cpu" else "cpu")
        return "cuda" if str(known).startswith("cuda") and torch.cuda.is_available() else "cpu"


def split_in(path: Path) -> Split:
    """Return how the seeds of the run in a folder are split; raises InputError if that cannot be read."""
    try:
        plan = RunFolder(path).info().get("plan")
        files = sorted(path.glob("units/*/*/plan.json"))
        plans = {str(file.parent.relative_to(path)): json.loads(file.read_text(encoding="utf-8")) for file in files}
        plans |= {".": plan} if plan is not None else {}
        return {place: tuple(tuple(batch) for batch in one["batches"]) for place, one in plans.items()}
    except DAMAGE as error:
        raise InputError(f"{path}: the batches of seeds cannot be read ({error}); run it again with --force") from None


def outcome_in(path: Path, number: int) -> BatchOutcome | str:
    """Return the outcome of a batch in the folder `path`, or the reason why there is none."""
    if not (path / "batches").is_dir():
        return NOT_RUN
    kept = PairFolder(path)
    file = kept.left_file(number)
    if not file.is_file():
        return kept.failure(number) or kept.failure(None) or NOT_RUN
    try:
        outcome: BatchOutcome = storage.restore(file, OUTCOME_TYPES)
    except DAMAGE as error:
        raise InputError(f"{file} is damaged ({error}); run it again with --force") from None
    return outcome
