"""The run folder: what a run leaves on disk, how it goes on after a kill, and how it is known to be finished."""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import shutil
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from phasekit.core.environment import environment
from phasekit.recipes.loader import LoadedRecipe
from phasekit.runtime import storage
from phasekit.runtime.errors import InputError, RunError
from phasekit.runtime.json_text import json_text, read_json
from phasekit.solving.batches import Plan

OWN = ("plugins", "recipe.yaml", "resolved.yaml", "run.json", "run.log")
"""What every run folder has, whatever its task."""

ARRAYS = "arrays"
"""Where arrays given from Python lie; they are there before the run."""

OUTPUTS_OF_0_1 = (
    *("batches", "bench.json", "checkpoint.h5", "comparison.json", "figures", "history.csv", "report.html"),
    *("result.cxi", "result.vti", "seeds.csv", "tensorboard", "units", "weights.safetensors", "workers.log"),
)
"""What tasks leave: version 0.1 did not list it in run.json, and what is listed there is removed only if it is here."""


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
        """Return run.json; raises InputError where it is damaged."""
        try:
            info = read_json(self.path / "run.json")
        except InputError:
            raise
        except ValueError:
            info = {}
        if "status" not in info:
            raise InputError(f"{self.path / 'run.json'} is damaged; remove it, and run again with --force")
        return info

    def update(self, **changes: Any) -> None:
        """Change entries of run.json."""
        info = self.info() if (self.path / "run.json").is_file() else {}
        storage.write_text(self.path / "run.json", json_text({**info, **changes}))

    def log(self, text: str) -> None:
        """Append a line to run.log, with the time."""
        with (self.path / "run.log").open("a", encoding="utf-8") as lines:
            lines.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")

    def check(self, loaded: LoadedRecipe, *, resume: bool, force: bool) -> bool:
        """Return whether the run is already finished; raises InputError where it may not start here."""
        if not self.path.exists():
            return False
        if not self.path.is_dir():
            raise InputError(f"{self.path} is a file; choose another folder with --out")
        if self.status is None:
            # A run that was killed before it had written run.json leaves its lock: it may start again.
            if any(entry.name != ARRAYS for entry in self.path.iterdir()) and not (self.path / ".lock").is_file():
                raise InputError(f"{self.path} is not empty and holds no run; choose another folder with --out")
            return False
        if force:
            return False
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

    def open(self, loaded: LoadedRecipe, outputs: Sequence[str], *, force: bool) -> None:
        """Make the folder, or take it over, and write down what is going to be run.

        `outputs` are the files and folders that the task is going to leave. Raises InputError.
        """
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
        for unfinished in (*self.path.glob(".*.[0-9]*"), *self.path.glob("batches/.*.[0-9]*")):
            unfinished.unlink()  # what a kill left under a temporary name
        if force or self.status is None:
            plugins = [(file.name, file.read_bytes()) for file in loaded.recipe.plugins]  # they may lie in here
            self._clear(outputs)
            storage.write_text(self.path / "recipe.yaml", loaded.text)
            storage.write_text(self.path / "resolved.yaml", self._resolved(loaded, plugins))
            self.update(
                status="running",
                started=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
                name=loaded.name,
                outputs=list(outputs),
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
        """Return the plan that an unfinished run began with; None where there is none."""
        plan = self.info().get("plan") if self.status else None
        if plan is None:
            return None
        return Plan(
            batches=tuple(tuple(batch) for batch in plan["batches"]),
            every=int(plan["every"]),
            seconds_per_step=float(plan["seconds_per_step"]),
            bytes_needed=int(plan["bytes_needed"]),
        )

    def threads(self) -> int | None:
        """Return with how many threads an unfinished run began, on which its last digits depend; None if unknown."""
        info = self.info() if self.status else {}
        threads = (info.get("plan") or info).get("threads")
        return None if threads is None else int(threads)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Do the work of an open folder: how it ends, if not well, is written down; others may have the folder then.

        Raises RunError where a file could not be written.
        """
        try:
            yield
        except KeyboardInterrupt:
            self._ended("interrupted", "interrupted")
            raise
        except OSError as error:
            self._ended("interrupted", traceback.format_exc())
            raise RunError(f"what came of it could not be written ({error}); make room, then --resume") from error
        except Exception:
            self._ended("failed", "failed\n" + traceback.format_exc())
            raise
        finally:
            self.close()

    def _ended(self, status: str, text: str) -> None:
        """Write how it ended, if the disk has room for that."""
        with suppress(OSError):
            self.update(status=status)
            self.log(text)

    def close(self) -> None:
        """Let other processes have the folder."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _clear(self, outputs: Sequence[str]) -> None:
        """Remove what a run wrote, the earlier one and the one to come, and nothing else."""
        earlier = self.info().get("outputs", OUTPUTS_OF_0_1) if self.status else OUTPUTS_OF_0_1
        for name in {*OWN, *outputs, *(name for name in earlier if name in OUTPUTS_OF_0_1)}:
            path = self.path / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def _resolved(self, loaded: LoadedRecipe, plugins: Sequence[tuple[str, bytes]]) -> str:
        """Copy the plugin files (name, content) beside the recipe and return the recipe that names the copies."""
        copies: list[Path] = []
        for number, (name, content) in enumerate(plugins):
            copy = (self.path / "plugins" / name).resolve()
            if copy in copies:  # of the same name, from another folder
                copy = copy.with_stem(f"{copy.stem}_{number}")
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(content)
            copies.append(copy)
        recipe = loaded.recipe.model_copy(update={"plugins": tuple(copies), "out": self.path.resolve()})
        text = replace(loaded, recipe=recipe).resolved()
        hashes = [f"# {place}: sha256 {sha256(path)}" for place, path in loaded.recipe.inputs().items()]
        return "\n".join([*hashes, text])

    def _fingerprint(self, loaded: LoadedRecipe) -> str:
        """Return what tells two runs apart: the resolved recipe and the content of its files."""
        recipe = loaded.recipe.essential()
        parts = [
            replace(loaded, recipe=recipe).resolved(),
            *(sha256(p) for p in loaded.recipe.inputs().values()),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _steps_seen(self) -> str:
        """Return the last line of the log that names a step: how far the run had come."""
        log = self.path / "run.log"
        lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
        return next((line for line in reversed(lines) if " step " in line), "no step").strip()


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, or of the names and contents of the files, hidden ones not, of a folder."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
        lines = [os.fsencode(file.name) + f"\0{sha256(file)}\n".encode() for file in files]
        return hashlib.sha256(b"".join(lines)).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
