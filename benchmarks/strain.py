"""How well strain is found again: crystals with known strain, phased from 1e5 counts, against what is known.

A theta scan of APS 34-ID-C, sheared, with h_ref beside the array's centre; the truth settles the twin. Figures are
those two voxels inside the crystal, and farther than three from a dislocation. Writes benchmarks/results/strain.json.

    python benchmarks/strain.py [--seeds 8]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

# After the path, for the known crystals lie in tests/, which is no package that is installed.
import phasekit  # noqa: E402  # after the path
from phasekit.core.environment import environment  # noqa: E402  # after the path
from tests.strained import figures, known_crystal, phased  # noqa: E402  # after the path

CRYSTALS = {
    "uniform dilation of 1e-3": ("dilation", 1e-3),
    "gradient, 1e-3 at the faces": ("gradient", 1e-3),
    "edge dislocation, b = d": ("edge", 1),
    "edge dislocation, b = 2d": ("edge", 2),
}
BARS = {"mean": "± 2 %", "slope": "± 5 %", "rms_error_over_rms_strain": "≤ 0.15"}


def main() -> None:
    """Phase every crystal and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "strain.json")
    options = parser.parse_args()
    rows = {}
    for name, (kind, size) in CRYSTALS.items():
        known = known_crystal(kind, size, n=48, parts=4)
        result = phased(known.geometry, known.object, options.seeds)
        rows[name] = figures(known, phasekit.volume(result)) | {"agreeing": len(result.agreeing)}
        print(f"{name}: " + ", ".join(f"{key} {value:.4g}" for key, value in rows[name].items()), flush=True)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    found = {"schema": 1, "environment": environment(), "threads": torch.get_num_threads(), "bars": BARS, "rows": rows}
    options.out.write_text(json.dumps(found, indent=1) + "\n")
    print(f"written: {options.out}")


if __name__ == "__main__":
    main()
