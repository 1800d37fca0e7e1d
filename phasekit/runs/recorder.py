"""Recorder: stores in a run folder what a run needs to continue after a kill."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import torch

from phasekit.core.feedback import iteration_of
from phasekit.core.geometry import Geometry
from phasekit.core.result import OUTCOME_TYPES, BatchOutcome
from phasekit.core.state import FromWave, State
from phasekit.numerics.wave_iteration import compiled
from phasekit.runs.folder import RunFolder
from phasekit.runtime import storage
from phasekit.solving.batches import Plan
from phasekit.solving.job import Checkpoints, Job, Progress

CHECKPOINT_S = 8.0
"""Seconds of work between two checkpoints."""


class Recorder(Checkpoints):
    """Stores in a run folder what a run needs to continue."""

    def __init__(self, folder: RunFolder, *, only_read: bool = False) -> None:
        self.folder, self.only_read = folder, only_read
        self.types: Mapping[str, type] = {}
        self.device = torch.device("cpu")
        self.geometry: Geometry
        self.saved_at = time.monotonic()

    def learn(self, job: Job) -> None:
        """Note the types of state in the files, and the device to load them to."""
        states = {part.state_type for part in job.solver.parts()}
        self.types = {**OUTCOME_TYPES, **{kind.__name__: kind for kind in (*states, FromWave, Progress, State)}}
        self.device, self.geometry = job.problem.device, job.problem.geometry

    def planned(self, job: Job, plan: Plan) -> None:
        """Note the types of state in the files, and store the plan."""
        self.learn(job)
        if self.only_read:
            return
        (self.folder.path / "batches").mkdir(exist_ok=True)
        with compiled(plan.compiled):
            iteration = iteration_of(job.solver, job.problem)
        self.folder.update(
            plan={
                "batches": plan.batches,
                "every": plan.every,
                "threads": torch.get_num_threads(),
                "device": str(job.problem.device),
                "seconds_per_step": plan.seconds_per_step,
                "bytes_needed": plan.bytes_needed,
                "compiled": plan.compiled,
                **({} if iteration is None else {"iteration": iteration}),
            }
        )
        self.saved_at = time.monotonic()

    def _path(self, batch: int, kind: str) -> Path:
        return self.folder.path / "batches" / f"{batch:04d}-{kind}.h5"

    def outcome(self, batch: int) -> BatchOutcome | None:
        """Return the batch's outcome; None if it is not on disk."""
        path = self._path(batch, "done")
        if not path.is_file():
            return None
        outcome: BatchOutcome = storage.restore(path, self.types)
        return outcome

    def progress(self, batch: int) -> Progress | None:
        """Return the batch's last checkpoint; None if there is none."""
        path = self._path(batch, "state")
        if not path.is_file():
            return None
        progress: Progress = storage.restore(path, self.types, self.device)
        progress.state.measured_by(self.geometry)
        self.folder.log(f"batch {batch} continues from the checkpoint at step {progress.state.step}")
        return progress

    def moved(self, progress: Progress) -> None:
        """Log the step, and store the state if the last checkpoint is old."""
        self.folder.log(f"batch {progress.batch} at step {progress.state.step}")
        if time.monotonic() - self.saved_at >= CHECKPOINT_S:
            self._keep(progress)

    def _keep(self, progress: Progress) -> None:
        storage.save(self._path(progress.batch, "state"), progress)
        self.saved_at = time.monotonic()
        self.folder.log(f"batch {progress.batch} kept, step {progress.state.step}")

    def stopped(self, progress: Progress) -> None:
        """Store the last state of a run that is being interrupted."""
        self._keep(progress)

    def finished(self, batch: int, outcome: BatchOutcome) -> None:
        """Store the outcome, and remove the checkpoint."""
        storage.save(self._path(batch, "done"), outcome)
        self._path(batch, "state").unlink(missing_ok=True)
        self.saved_at = time.monotonic()
        self.folder.log(f"batch {batch} done")
