"""Random scans written to disk as beamlines write them, some spoilt, and read: right, refused or flagged, or wrong.

Every scan is drawn from a seed: a layout (files and how they hang together), a detector (type of the counts, how gaps
are marked) and a fault. What is read is compared with what was written, voxel by voxel. Writes
benchmarks/results/intake.json.

    python benchmarks/intake.py [--scans 200] [--seed 0] [--out FILE]

- right: every trusted voxel has the counts that were written, every bad voxel is untrusted, and at most one good voxel
  in a hundred is untrusted besides.
- refused: one sentence (InputError) that names the fault.
- flagged: a finding of the doctor, or a note, that names the fault.
- wrong: anything else.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from figures import write
from intake_scans import DETECTORS, FAULTS, LAYOUTS, SPOILING, Frames, Scan, crystal, plain

from phasekit import Geometry, InputError, Source
from phasekit.doctor import examine


def one(seed: int, folder: Path) -> dict[str, Any]:
    """Draw, write and read one scan; return what it was and what came of it."""
    rng = np.random.default_rng(seed)
    counts = crystal(rng)
    scan = Scan(rng, counts, np.zeros(counts.shape, dtype=bool))
    layout, detector = LAYOUTS[rng.integers(len(LAYOUTS))], DETECTORS[rng.integers(len(DETECTORS))]
    fault = FAULTS[rng.integers(len(FAULTS))]
    if fault in SPOILING:
        detector = plain
    detector(scan)
    fault(scan)
    source = layout(scan, folder) | scan.options
    outcome, words = judged(scan, source)
    return {"seed": seed, "layout": layout.__name__, "detector": detector.__name__, "fault": fault.__name__} | {
        "outcome": outcome,
        "words": words.replace(str(folder), "."),
    }


def judged(scan: Scan, options: Mapping[str, Any]) -> tuple[str, str]:
    """Read a scan and compare: right, refused, flagged or wrong, and the words for it."""
    try:
        source = Source.resolve(options)
        raw = source.raw()
        geometry = None if options["name"] == "aps-34idc" else Geometry.resolve("far-field")
        problem = source.load(geometry, torch.Generator())
    except (InputError, ValueError) as error:
        known = any(word in str(error) for word in scan.names)
        return ("refused" if known else "wrong"), str(error)
    assert raw is not None
    said = [f"{finding.name}: {finding.figure} {finding.advice}" for finding in examine(problem, raw).findings]
    said += problem.notes
    flags = [sentence for sentence in said if any(word in sentence for word in scan.names)]
    if flags:
        return "flagged", flags[0]
    if scan.names:
        return "wrong", "; ".join(said) or "nothing was said"
    return compared(scan, raw.counts.numpy(), raw.without_strange_counts().valid.numpy())


def compared(scan: Scan, counts: Frames, valid: Frames) -> tuple[str, str]:
    """Compare what was read with what was written."""
    truth = scan.counts if scan.truth is None else scan.truth
    if counts.shape != truth.shape:
        return "wrong", f"shape {counts.shape} instead of {truth.shape}"
    if bool((valid & scan.bad).any()):
        return "wrong", f"{int((valid & scan.bad).sum())} bad voxels are trusted"
    if not np.array_equal(counts[valid], truth.astype("float32")[valid]):
        return "wrong", "other counts were read"
    left_out = float((~valid & ~scan.bad).mean())
    return ("right", "") if left_out <= 0.01 else ("wrong", f"{left_out:.1%} of the good voxels are untrusted")


def main() -> None:
    """Read the command line, and print and write the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scans", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="The result; benchmarks/results/intake.json by default.")
    asked = parser.parse_args()
    rows = []
    for seed in range(asked.seed, asked.seed + asked.scans):
        with tempfile.TemporaryDirectory() as folder:
            rows.append(one(seed, Path(folder)))
    shares = Counter(row["outcome"] for row in rows)
    for outcome in ("right", "refused", "flagged", "wrong"):
        print(f"{outcome:>8}: {shares[outcome]} of {len(rows)}")
    for row in rows:
        if row["outcome"] == "wrong":
            print(row)
    layouts: dict[str, Counter[str]] = {layout.__name__: Counter() for layout in LAYOUTS}
    for row in rows:
        layouts[row["layout"]][row["outcome"]] += 1
    found = {"scans": len(rows), "first_seed": asked.seed, "outcomes": shares, "by_layout": layouts}
    write("intake", {**found, "rows": rows}, asked.out)


if __name__ == "__main__":
    main()
