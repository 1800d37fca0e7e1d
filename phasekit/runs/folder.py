"""The run folder: what a run writes to disk, how it continues after a kill, and its status."""

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
from phasekit.recipes.loaded import LoadedRecipe
from phasekit.runtime import storage
from phasekit.runtime.errors import InputError, RunError
from phasekit.runtime.json_text import json_text, read_json
from phasekit.solving.batches import Plan

OWN = ("plugins", "recipe.yaml", "resolved.yaml", "run.json", "run.log")
"""The contents of every run folder, whatever its task."""

ARRAYS = "arrays"
"""The folder of arrays given from Python; written before the run."""

OUTPUTS_OF_0_1 = (
    *("batches", "bench.json", "checkpoint.h5", "comparison.json", "figures", "history.csv", "report.html"),
    *("result.cxi", "result.vti", "seeds.csv", "tensorboard", "units", "weights.safetensors", "workers.log"),
)
"""The outputs of tasks. Version 0.1 did not list them in run.json; a listed name is removed only if it is here."""


class RunFolder:
    """A folder with one run: recipe.yaml, resolved.yaml, run.json, run.log, batches/, results."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: io.TextIOWrapper | None = None

    @property
    def status(self) -> str | None:
        """ "running", "interrupted", "failed" or "done"; None without a run."""
        return str(self.info()["status"]) if (self.path / "run.json").is_file() else None

    def info(self) -> dict[str, Any]:
        """Return run.json; raises InputError if it is damaged."""
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
        """Return whether the run is already finished; raises InputError if it must not start here."""
        if not self.path.exists():
            return False
        if not self.path.is_dir():
            raise InputError(f"{self.path} is a file; choose another folder with --out")
        if self.status is None:
            # A run that was killed before it wrote run.json leaves its lock; it may start again.
            if any(entry.name != ARRAYS for entry in self.path.iterdir()) and not (self.path / ".lock").is_file():
                raise InputError(f"{self.path} is not empty and is not a run folder; choose another folder with --out")
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
            raise InputError(f"{self.path} holds an unfinished run; --resume continues it, --force starts again")
        return False

    def open(self, loaded: LoadedRecipe, outputs: Sequence[str], *, force: bool) -> None:
        """Make the folder, or take it over, and write the recipe.

        `outputs` are the files and folders that the task will write. Raises InputError.
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
            unfinished.unlink()  # temporary files left by a kill
        if force or self.status is None:
            plugins = [(file.name, file.read_bytes()) for file in loaded.recipe.plugins]  # they may be in this folder
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
        """Return the plan of an unfinished run; None if there is none."""
        plan = self.info().get("plan") if self.status else None
        if plan is None:
            return None
        return Plan(
            batches=tuple(tuple(batch) for batch in plan["batches"]),
            every=int(plan["every"]),
            seconds_per_step=float(plan["seconds_per_step"]),
            bytes_needed=int(plan["bytes_needed"]),
            compiled=bool(plan.get("compiled", False)),
        )

    def threads(self) -> int | None:
        """Return the number of threads of an unfinished run, on which its last digits depend; None if unknown."""
        info = self.info() if self.status else {}
        threads = (info.get("plan") or info).get("threads")
        return None if threads is None else int(threads)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """A context for the work of an open folder: it records a failure, and releases the folder at the end.

        Raises RunError if a file could not be written.
        """
        try:
            yield
        except KeyboardInterrupt:
            self._ended("interrupted", "interrupted")
            raise
        except OSError as error:
            self._ended("interrupted", traceback.format_exc())
            raise RunError(f"results could not be written ({error}); free disk space, then use --resume") from error
        except Exception:
            self._ended("failed", "failed\n" + traceback.format_exc())
            raise
        finally:
            self.close()

    def _ended(self, status: str, text: str) -> None:
        """Record how it ended, if the disk has room."""
        with suppress(OSError):
            self.update(status=status)
            self.log(text)

    def close(self) -> None:
        """Release the folder for other processes."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _clear(self, outputs: Sequence[str]) -> None:
        """Remove the outputs of the earlier run and of the next one, and nothing else."""
        earlier = self.info().get("outputs", OUTPUTS_OF_0_1) if self.status else OUTPUTS_OF_0_1
        for name in {*OWN, *outputs, *(name for name in earlier if name in OUTPUTS_OF_0_1)}:
            path = self.path / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def _resolved(self, loaded: LoadedRecipe, plugins: Sequence[tuple[str, bytes]]) -> str:
        """Copy the plugin files (name, content) next to the recipe; return the recipe that names the copies."""
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
        """Return what identifies a run: the resolved recipe and the content of its files."""
        recipe = loaded.recipe.essential()
        parts = [
            replace(loaded, recipe=recipe).resolved(),
            *(sha256(p) for p in loaded.recipe.inputs().values()),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _steps_seen(self) -> str:
        """Return the last line of the log that names a step."""
        log = self.path / "run.log"
        lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
        return next((line for line in reversed(lines) if " step " in line), "no step").strip()


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, or of the names and contents of the files of a folder, without hidden ones."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
        lines = [os.fsencode(file.name) + f"\0{sha256(file)}\n".encode() for file in files]
        return hashlib.sha256(b"".join(lines)).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
