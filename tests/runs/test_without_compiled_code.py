"""Runs where numba is missing or the processor has no vectors: the same results, and run.json says how."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

RECIPE = """\
source: {name: simulation, generator: superellipsoid, shape: [12, 16, 14], seed: 3, photons: 1.0e5}
solver: {name: raar, steps: 5}
seeds: 2
batch: 2
device: cpu
"""
BLOCKED = "import sys; sys.modules['numba'] = None; "


def _ended(folder: Path, block: str = "", **environment: str) -> tuple[dict[str, Any], Any, str]:
    """Run the recipe in a process of its own; return run.json, the objects and what was said."""
    folder.mkdir()
    (folder / "recipe.yaml").write_text(RECIPE)
    code = f"{block}import phasekit; phasekit.run('recipe.yaml', out='out')"
    path = os.pathsep.join(part for part in sys.path if part)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    with h5py.File(folder / "out" / "batches" / "0000-done.h5") as file:
        objects = np.asarray(file["value/object"])
    return json.loads((folder / "out" / "run.json").read_text()), objects, done.stderr


def test_without_numba_and_without_vectors_a_run_ends_with_the_same_objects(tmp_path: Path) -> None:
    pytest.importorskip("numba")
    usual, objects, _ = _ended(tmp_path / "usual")
    assert usual["plan"]["iteration"] == "on the wave"
    blocked, others, _ = _ended(tmp_path / "blocked", BLOCKED)
    assert blocked["plan"]["iteration"] == "step by step: numba is not installed"
    np.testing.assert_allclose(others, objects, atol=1e-4 * np.abs(objects).max())
    plain = {"NUMBA_CPU_NAME": "generic", "NUMBA_CACHE_DIR": str(tmp_path / "kept")}
    first, others, said = _ended(tmp_path / "no-vectors", **plain)
    assert first["plan"]["iteration"] == "on the wave"
    assert said.count("once on this machine") == 1
    np.testing.assert_allclose(others, objects, atol=1e-4 * np.abs(objects).max())
    _, again, said = _ended(tmp_path / "again", **plain)
    assert "once on this machine" not in said
    np.testing.assert_array_equal(again, others)
