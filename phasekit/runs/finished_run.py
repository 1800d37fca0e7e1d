"""FinishedRun: a run folder read back, to be run again: its recipe, its files, its split, what every batch left."""

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
from phasekit.recipes.loader import LoadedRecipe, load
from phasekit.runs.comparison_folder import PairFolder
from phasekit.runs.folder import RunFolder, sha256
from phasekit.runtime import storage, yaml_reader
from phasekit.runtime.errors import InputError
from phasekit.training.task import TrainTask

NOT_RUN = "it did not run"

Split = Mapping[str, tuple[tuple[int, ...], ...]]
"""Folder in which batches lie, told against the run folder -> the seeds of each batch."""

DAMAGE = (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError)
"""What reading a damaged file may raise."""


class FinishedRun:
    """A run folder whose run.json says that it is done."""

    def __init__(self, path: Path) -> None:
        """Read run.json; raises InputError where there is no finished run."""
        self.path = path
        if not (path / "run.json").is_file():
            raise InputError(f"{path} holds no run (there is no run.json); name the run folder of a finished run")
        self.info = RunFolder(path).info()
        self.listed = self._plugins()
        if self.info["status"] != "done":
            raise InputError(
                f"{path} holds a run that is not finished ({self.info['status']}); finish it first: {self._resume()}"
            )

    @property
    def threads(self) -> int:
        """With how many threads it was run; raises InputError where that is not told."""
        try:
            return int((self.info.get("plan") or self.info)["threads"])
        except DAMAGE:
            raise InputError(f"{self.path / 'run.json'} does not tell the threads; run it again with --force") from None

    def check_inputs(self) -> tuple[str, ...]:
        """Return the places of all files that were read; raises InputError where one has changed."""
        known, wrong = self.info.get("inputs") or {}, []
        for place, entry in known.items():
            path = self.listed.get(place, Path(entry["path"]))
            if not path.exists():
                wrong.append(f"{place}: {path} is not there any more")
            elif (digest := sha256(path)) != entry["sha256"]:
                wrong.append(
                    f"{place}: {path} has changed since (SHA-256 {entry['sha256'][:12]}… then, {digest[:12]}… now)"
                )
        if wrong:
            raise InputError("\n".join(wrong) + f"\nput back what {self.path} was made from; nothing was run")
        return tuple(known)

    def loaded(self) -> LoadedRecipe:
        """Return its recipe, with its own copies of plugin files, on the device that it ran on where there is one."""
        sets = [f"{place}={json.dumps(str(path))}" for place, path in self.listed.items()]
        found = load(self.path / "resolved.yaml", sets)
        sets.append(f"device={self._device(found.recipe.device)}")
        if isinstance(found.recipe, TrainTask):
            sets.append("training.minutes=null")  # it went on until it was finished
        found = load(self.path / "resolved.yaml", sets)
        return replace(found, name=str(self.info.get("name", found.name)))

    @cached_property
    def batches(self) -> Split:
        """How its seeds were split; raises InputError where that cannot be read."""
        return split_in(self.path)

    def left(self, place: str, number: int) -> BatchOutcome | str:
        """Return what a batch left, or the reason why it failed; raises InputError for what cannot be read."""
        found = outcome_in(self.path / place, number)
        if isinstance(found, BatchOutcome) and found.seeds != self.batches[place][number]:
            raise InputError(
                f"{self.path / place}: batch {number} holds other seeds than it should; run it again with --force"
            )
        if found == NOT_RUN and place in self.batches:
            raise InputError(
                f"{self.path / place}: what batch {number} left is not there any more; run it again with --force"
            )
        return found

    def _plugins(self) -> dict[str, Path]:
        """Return where the copies of the recipe's plugin files lie, by their places in the recipe."""
        data = yaml_reader.read(self.path / "resolved.yaml").data
        listed = data.get("plugins") if isinstance(data, dict) else None
        listed = listed if isinstance(listed, list) else []
        # By name: the folder may have been moved, and the recipe tells where it was.
        return {f"plugins.{i}": self.path / "plugins" / Path(str(file)).name for i, file in enumerate(listed)}

    def _resume(self) -> str:
        """Return the command that finishes it."""
        if self.listed:  # the recipe with the copies is another one than that with the files themselves
            return "phasekit run with the recipe that it was begun with, and --resume"
        return shlex.join(["phasekit", "run", str(self.path / "resolved.yaml"), "--out", str(self.path), "--resume"])

    def _device(self, asked: str) -> str:
        """Return cuda where it ran there, as far as that is known, and there is a GPU; else cpu."""
        gpus = (self.info.get("environment") or {}).get("gpus")
        known: Any = (self.info.get("plan") or {}).get("device", "cuda" if gpus and asked != "cpu" else "cpu")
        return "cuda" if str(known).startswith("cuda") and torch.cuda.is_available() else "cpu"


def split_in(path: Path) -> Split:
    """Return how the seeds of the run in a folder are split; raises InputError where that cannot be read."""
    try:
        plan = RunFolder(path).info().get("plan")
        files = sorted(path.glob("units/*/*/plan.json"))
        plans = {str(file.parent.relative_to(path)): json.loads(file.read_text(encoding="utf-8")) for file in files}
        plans |= {".": plan} if plan is not None else {}
        return {place: tuple(tuple(batch) for batch in one["batches"]) for place, one in plans.items()}
    except DAMAGE as error:
        raise InputError(
            f"{path}: how the seeds were split cannot be read ({error}); run it again with --force"
        ) from None


def outcome_in(path: Path, number: int) -> BatchOutcome | str:
    """Return what a batch left in the folder `path`, or the reason why it left nothing."""
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
