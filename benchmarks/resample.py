"""What resampling costs: a complex object onto an orthogonal grid, against scipy's map_coordinates of order 1.

Both interpolate the same object, real and imaginary part, at the same places; scipy is given its coordinates ready
made, phasekit works them out, and interpolates |object| and the support besides. Timed in turn. Writes
benchmarks/results/resample.json.

    python benchmarks/resample.py [--size 256] [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage

from phasekit.analysis.resample import Grid, resample_object
from phasekit.core.environment import environment

HERE = Path(__file__).parent
BAR = 1.5
STEPS = 10.0 * np.array([[0.0, 0.2, 1.0], [0.1, 1.0, 0.0], [1.0, 0.3, 0.4]])
"""Steps of a sheared array, nm; columns are array axes."""


def main() -> None:
    """Time both and print a line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "resample.json")
    options = parser.parse_args()
    n = options.size
    rng = np.random.default_rng(0)
    smooth = ndimage.gaussian_filter(rng.normal(size=(n, n, n)).astype(np.float32), 3)
    object = (np.exp(1j * smooth / smooth.std()) * (1 + 0.1 * smooth)).astype(np.complex64)
    support = np.ones((n, n, n), dtype=bool)
    middle = np.full(3, n // 2)
    grid = Grid(STEPS, middle.astype(float), np.full(3, -10.0 * (n // 2)), 10.0, (n, n, n))
    z, y, x = np.meshgrid(*[10.0 * (np.arange(n) - n // 2)] * 3, indexing="ij")
    back = np.linalg.inv(STEPS)
    places = np.stack([back[a, 0] * x + back[a, 1] * y + back[a, 2] * z + n // 2 for a in range(3)])
    places = places.astype(np.float32)
    real, imaginary = np.ascontiguousarray(object.real), np.ascontiguousarray(object.imag)
    given = torch.from_numpy(object), torch.from_numpy(support)
    times: dict[str, list[float]] = {"scipy": [], "phasekit": []}
    for turn in range(options.rounds + 1):
        began = time.perf_counter()
        theirs = [ndimage.map_coordinates(part, places, order=1) for part in (real, imaginary)]
        between = time.perf_counter()
        ours = resample_object(*given, grid)
        ended = time.perf_counter()
        if turn:  # the first round warms up
            times["scipy"].append(between - began)
            times["phasekit"].append(ended - between)
    deep = ndimage.binary_erosion(ours["support"].numpy(), iterations=2)
    away = np.angle(np.exp(1j * (ours["phase"].numpy() - np.arctan2(theirs[1], theirs[0]))))[deep]
    seconds = {name: statistics.median(values) for name, values in times.items()}
    row = {"size": n, "seconds": seconds, "ratio": seconds["phasekit"] / seconds["scipy"]}
    row["largest_phase_difference_rad"] = float(np.abs(away).max())
    print(
        f"{n}³: scipy {seconds['scipy']:.2f} s, phasekit {seconds['phasekit']:.2f} s, ratio {row['ratio']:.2f} "
        f"(bar {BAR}); largest difference of phase {row['largest_phase_difference_rad']:.1e}"
    )
    found = {"schema": 1, "environment": environment(), "threads": torch.get_num_threads(), "bar": BAR, "rows": [row]}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=1) + "\n")
    print(f"written: {options.out}")


if __name__ == "__main__":
    main()
