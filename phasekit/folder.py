"""The run folder: what a run leaves on disk, how it goes on after a kill, and how it is known to be finished."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import io
import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from phasekit import storage
from phasekit.batches import Plan
from phasekit.environment import environment
from phasekit.errors import InputError
from phasekit.interfaces import Solver
from phasekit.plugin import Plugin
from phasekit.recipe import Loaded
from phasekit.result import Outcome, Row
from phasekit.solve import Job, Progress, Watch
from phasekit.state import State

CHECKPOINT_S = 8.0
"""Seconds of work between two checkpoints."""


class RunFolder:
    """A folder with one run: recipe.yaml, resolved.yaml, run.json, run.log, batches/, results."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: io.TextIOWrapper | None = None

    @property
    def status(self) -> str | None:
        """ "running", "interrupted", "failed" or "done"; None where there is no run."""
        return str(self.info()["status"]) if (self.path / "run.json").is_file() else None

    def info(self) -> dict[str, Any]:
        """Return run.json."""
        found: dict[str, Any] = json.loads((self.path / "run.json").read_text(encoding="utf-8"))
        return found

    def update(self, **changes: Any) -> None:
        """Change entries of run.json."""
        info = self.info() if (self.path / "run.json").is_file() else {}
        storage.write_text(self.path / "run.json", json.dumps({**info, **changes}, indent=1) + "\n")

    def log(self, text: str) -> None:
        """Append a line to run.log, with the time."""
        with (self.path / "run.log").open("a", encoding="utf-8") as lines:
            lines.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")

    def check(self, loaded: Loaded, *, resume: bool, force: bool) -> bool:
        """Return whether the run is already finished; raises InputError where it may not start here."""
        if not self.path.exists():
            return False
        if not self.path.is_dir():
            raise InputError(f"{self.path} is a file; choose another folder with --out")
        if force or not any(self.path.iterdir()):
            return False
        if self.status is None:
            raise InputError(f"{self.path} is not empty and holds no run; choose another folder with --out")
        if self._fingerprint(loaded) != self.info().get("fingerprint"):
            raise InputError(
                f"{self.path} holds the run of another recipe (its resolved.yaml or input files differ); "
                "choose another folder with --out, or --force to replace it"
            )
        if self.status == "done":
            return True
        if not resume:
            raise InputError(f"{self.path} holds an unfinished run; --resume goes on with it, --force starts again")
        return False

    def open(self, loaded: Loaded, *, force: bool) -> None:
        """Make the folder, or take it over, and write down what is going to be run; raises InputError."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = (self.path / ".lock").open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{self.path}: another process is running here; wait for it, or choose --out") from None
        except OSError as error:
            raise InputError(
                f"{self.path} cannot be written to ({error.strerror}); choose another with --out"
            ) from None
        if force:
            self._clear()
        if self.status is None:
            (self.path / "batches").mkdir(exist_ok=True)
            storage.write_text(self.path / "recipe.yaml", loaded.text)
            storage.write_text(self.path / "resolved.yaml", self._resolved(loaded))
            self.update(
                status="running",
                started=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
                name=loaded.name,
                set=list(loaded.sets),
                fingerprint=self._fingerprint(loaded),
                inputs={place: {"path": str(p), "sha256": sha256(p)} for place, p in loaded.recipe.inputs().items()},
                environment=environment(),
            )
            self.log("started")
        else:
            self.update(status="running")
            self.log(f"resumed after {self._steps_seen()}")

    def plan(self) -> Plan | None:
        """Return the plan that an unfinished run began with, its threads set again; None where there is none."""
        known = self.info().get("plan") if self.status else None
        if known is None:
            return None
        torch.set_num_threads(int(known["threads"]))
        return Plan(
            batches=tuple(tuple(batch) for batch in known["batches"]),
            every=int(known["every"]),
            seconds_per_step=float(known["seconds_per_step"]),
            bytes_needed=int(known["bytes_needed"]),
        )

    def close(self) -> None:
        """Let other processes have the folder."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _clear(self) -> None:
        """Remove what a run wrote, and nothing else."""
        for name in ("batches", "figures", "plugins"):
            shutil.rmtree(self.path / name, ignore_errors=True)
        for name in (
            "run.json",
            "run.log",
            "recipe.yaml",
            "resolved.yaml",
            "history.csv",
            "result.cxi",
            "report.html",
        ):
            (self.path / name).unlink(missing_ok=True)

    def _resolved(self, loaded: Loaded) -> str:
        """Copy the plugin files beside the recipe and return the recipe that names the copies."""
        copies = []
        for file in loaded.recipe.plugins:
            (self.path / "plugins").mkdir(exist_ok=True)
            copies.append(Path(shutil.copy2(file, self.path / "plugins" / file.name)).resolve())
        recipe = loaded.recipe.model_copy(update={"plugins": tuple(copies), "out": self.path.resolve()})
        text = replace(loaded, recipe=recipe).resolved()
        hashes = [f"# {place}: sha256 {sha256(path)}" for place, path in loaded.recipe.inputs().items()]
        return "\n".join([*hashes, text])

    def _fingerprint(self, loaded: Loaded) -> str:
        """Return what tells two runs apart: the resolved recipe and the content of its files."""
        recipe = loaded.recipe.model_copy(update={"out": None})
        parts = [
            replace(loaded, recipe=recipe).resolved(),
            *(sha256(p) for p in loaded.recipe.inputs().values()),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _steps_seen(self) -> str:
        """Return the last line of the log that names a step: how far the run had come."""
        lines = (self.path / "run.log").read_text(encoding="utf-8").splitlines()
        return next((line for line in reversed(lines) if " step " in line), "no step").strip()

    def write_history(self, rows: tuple[Row, ...]) -> None:
        """Write history.csv: seed, step, seconds and every metric."""
        names = list(dict.fromkeys(name for row in rows for name in row.metrics))
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(["seed", "step", "seconds", *names])
        for row in rows:
            values = (f"{row.metrics[name]:.9g}" if name in row.metrics else "" for name in names)
            table.writerow([row.seed, row.step, f"{row.seconds:.4f}", *values])
        storage.write_text(self.path / "history.csv", text.getvalue())


class Recorder(Watch):
    """Keeps in a run folder what a run needs to go on, and passes everything on to another watch."""

    def __init__(self, folder: RunFolder, then: Watch | None = None, *, only_read: bool = False) -> None:
        self.folder, self.then, self.only_read = folder, then or Watch(), only_read
        self.types: Mapping[str, type] = {}
        self.device = torch.device("cpu")
        self.saved_at = time.monotonic()

    def planned(self, job: Job, plan: Plan) -> None:
        """Learn which states the files may hold, and write the plan down."""
        self.types = {t.__name__: t for t in (*state_types(job.solver), Progress, Outcome, Row, State)}
        self.device = job.problem.device
        if self.only_read:
            return
        self.folder.update(
            plan={
                "batches": plan.batches,
                "every": plan.every,
                "threads": torch.get_num_threads(),
                "device": str(job.problem.device),
                "seconds_per_step": plan.seconds_per_step,
                "bytes_needed": plan.bytes_needed,
            }
        )
        self.saved_at = time.monotonic()
        self.then.planned(job, plan)

    def _path(self, batch: int, kind: str) -> Path:
        return self.folder.path / "batches" / f"{batch:04d}-{kind}.h5"

    def finished_before(self, batch: int) -> Outcome | None:
        """Return the batch's outcome if it is on disk."""
        path = self._path(batch, "done")
        if not path.is_file():
            return None
        outcome: Outcome = storage.restore(path, self.types)
        self.then.finished(batch, outcome)
        return outcome

    def went_on(self, batch: int) -> Progress | None:
        """Return the batch's last checkpoint."""
        path = self._path(batch, "state")
        if not path.is_file():
            return None
        progress: Progress = storage.restore(path, self.types, self.device)
        self.folder.log(f"batch {batch} goes on from the checkpoint at step {progress.state.step}")
        return progress

    def moved(self, progress: Progress) -> None:
        """Log the step, and keep the state when the last one kept is old."""
        self.folder.log(f"batch {progress.batch} at step {progress.state.step}")
        if time.monotonic() - self.saved_at >= CHECKPOINT_S:
            self._keep(progress)
        self.then.moved(progress)

    def _keep(self, progress: Progress) -> None:
        storage.save(self._path(progress.batch, "state"), progress)
        self.saved_at = time.monotonic()
        self.folder.log(f"batch {progress.batch} kept, step {progress.state.step}")

    def stopped(self, progress: Progress) -> None:
        """Keep the last state of a run that is being interrupted."""
        self._keep(progress)
        self.then.stopped(progress)

    def finished(self, batch: int, outcome: Outcome) -> None:
        """Keep the outcome; the checkpoint is no longer needed."""
        storage.save(self._path(batch, "done"), outcome)
        self._path(batch, "state").unlink(missing_ok=True)
        self.saved_at = time.monotonic()
        self.folder.log(f"batch {batch} done")
        self.then.finished(batch, outcome)


def state_types(solver: Plugin) -> set[type[State]]:
    """Collect the state types of a solver and of every solver in its options."""
    found = {solver.state_type} if isinstance(solver, Solver) else set()
    for key in type(solver).model_fields:
        value = getattr(solver, key)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Solver):
                found |= state_types(part)
    return found


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
