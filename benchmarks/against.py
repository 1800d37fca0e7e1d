"""Whether this tree is slower than another revision: an iteration, and a short demo from start to report, in turn.

The other revision is unpacked beside it, and both run with this environment's packages, one after the other in each
round, so that ratios hold on a noisy machine. Writes benchmarks/results/against.json.

    python benchmarks/against.py REVISION [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from phasekit.runtime.json_text import json_text

ROOT = Path(__file__).parents[1]
OUT = Path(__file__).parent / "results" / "against.json"
SHORT = ("--set", "solver.0.repeat=2", "--seeds", "2", "--force")


def run(tree: Path, *words: str) -> float:
    """Run Python in a tree, its packages first, and return the seconds that it took."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tree), str(tree / "plugins")])}
    began = time.perf_counter()
    subprocess.run([sys.executable, *words], cwd=tree, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def measured(tree: Path, folder: Path) -> dict[str, float]:
    """Return one round of a tree: HIO over the bare Fourier pair at 64³, and seconds of a short demo."""
    run(tree, "benchmarks/iteration.py", "--sizes", "64", "--rounds", "12", "--out", str(folder / "iteration.json"))
    row = json.loads((folder / "iteration.json").read_text(encoding="utf-8"))["rows"][0]
    ratio = row["hio_over_pair"] if "hio_over_pair" in row else row["hio / pair"]  # the key in version 0.1
    demo = run(tree, "-m", "phasekit", "run", "examples/demo.yaml", "--out", str(folder / "demo"), *SHORT)
    return {"hio_over_pair": float(ratio), "demo_seconds": demo}


def main() -> None:
    """Measure both in turn, and print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rows: dict[str, list[dict[str, float]]] = {"here": [], "there": []}
    with TemporaryDirectory() as name:
        there, folder = Path(name) / "there", Path(name)
        archive = folder / "there.tar"
        subprocess.run(["git", "archive", "-o", str(archive), options.revision], cwd=ROOT, check=True)
        with tarfile.open(archive) as file:
            file.extractall(there, filter="data")
        for _ in range(options.rounds):
            rows["here"].append(measured(ROOT, folder))
            rows["there"].append(measured(there, folder))
    medians = {
        side: {key: statistics.median(row[key] for row in found) for key in found[0]} for side, found in rows.items()
    }
    ratios = {key: medians["here"][key] / medians["there"][key] for key in medians["here"]}
    for key, ratio in ratios.items():
        print(f"{key}: {medians['here'][key]:.3g} here, {medians['there'][key]:.3g} there, ratio {ratio:.3f}")
    OUT.write_text(json_text({"revision": options.revision, **rows, "ratios": ratios}), encoding="utf-8")


if __name__ == "__main__":
    main()
