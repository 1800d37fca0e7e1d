"""A process that does the units of a comparison named on its standard input.

    python -m phasekit.runs.worker FOLDER THREADS CHANNEL

An input line is a unit, `[pair, number or null]`. Output lines, to the file descriptor CHANNEL: `{"begins": …}` when
the unit's time limit starts, `{"ends": …, "failed": reason or null}`.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import TextIO

import torch

from phasekit.comparing.assemble import ensemble_of
from phasekit.comparing.batch_task import Unit, run_unit
from phasekit.comparing.setup import ENSEMBLE, Contest, prepare_contest
from phasekit.comparing.task import CompareTask
from phasekit.core.observer import Observer
from phasekit.recipes.loader import load
from phasekit.runs.comparison_folder import ComparisonFolder, recorder
from phasekit.runtime.allocator import keep_freed_memory
from phasekit.runtime.errors import said


def work(contest: Contest, folder: ComparisonFolder, unit: Unit, observer: Observer | None = None) -> None:
    """Do one unit, and store its outcome in the folder of its pair."""
    pair = contest.pairs()[unit.pair]
    kept = folder.pair(pair)
    if unit.number == ENSEMBLE:
        kept.keep_ensemble(ensemble_of(contest, pair, folder.gathered(contest, pair.problem)))
        return
    plan = kept.planned(contest, pair)
    if unit.number is not None:
        run_unit(contest, pair, plan, unit.number, recorder(kept, contest.job(pair)), observer)


def contest_in(folder: ComparisonFolder) -> Contest:
    """Load the data of the resolved recipe in a folder."""
    task = load(folder.path / "resolved.yaml").recipe
    assert isinstance(task, CompareTask)
    return prepare_contest(task)


def serve(folder: ComparisonFolder, contest: Contest, tasks: TextIO, channel: TextIO) -> None:
    """Do the units on standard input, one after the other, until it ends."""

    def say(**message: object) -> None:
        channel.write(json.dumps(message) + "\n")
        channel.flush()

    for line in tasks:
        unit = Unit(*json.loads(line))
        say(begins=[unit.pair, unit.number])
        reason = None
        try:
            work(contest, folder, unit)
        except KeyboardInterrupt:
            return
        except Exception as error:  # a third-party solver may fail in any way; the others continue
            reason = said(error)
        say(ends=[unit.pair, unit.number], failed=reason)


def _die_with(parent: int) -> None:
    """End this process when its parent has gone: another run may continue in the folder."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def main() -> None:
    """Read the resolved recipe of the folder and serve."""
    folder, threads, channel = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    threading.Thread(target=_die_with, args=(os.getppid(),), daemon=True).start()
    torch.set_num_threads(threads)
    keep_freed_memory()
    kept = ComparisonFolder(folder)
    contest = contest_in(kept)
    with os.fdopen(channel, "w", encoding="utf-8") as out:
        serve(kept, contest, sys.stdin, out)


if __name__ == "__main__":
    main()
