"""Recipes of finished runs, and what is done to their folders."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

SOLVE = """\
source: {name: numpy, path: data.npy}
solver: [{name: hio, steps: 30}, {name: er, steps: 10}]
seeds: 3
batch: 2
device: cpu
plugins: [own.py]
"""


OWN = '''\
"""A schedule of one's own."""
from typing import Literal
from phasekit import Schedule

class Flat(Schedule):
    """The same number throughout."""

    name: Literal["flat-for-test"] = "flat-for-test"

    def at(self, step: int, steps: int) -> float:
        """Return it."""
        return 1.0
'''


COMPARE = """\
task: compare
source: {name: simulation, shape: [20, 18], seed: 3, photons: 1.0e5}
solvers:
  er: {name: er, steps: 30}
  HIO & ER: [{name: hio, steps: 20}, {name: er, steps: 10}]
seeds: 3
batch: 2
device: cpu
"""


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    info = json.loads((folder / "run.json").read_text())
    change(info)
    (folder / "run.json").write_text(json.dumps(info))


def tamper(file: Path, change: Callable[[np.ndarray], np.ndarray], what: str = "object") -> None:
    with h5py.File(file, "r+") as opened:
        opened["value"][what][...] = change(opened["value"][what][...])
