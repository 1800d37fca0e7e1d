"""How fast scans are read, beside another revision, and how many bytes a region of a BLISS scan takes from its file.

Both revisions read the same files, made here, in turn, with this environment's packages, so that ratios hold on a noisy
machine. Writes benchmarks/results/reading_speed.json.

    python benchmarks/reading_speed.py [--revision 5d1cdd7] [--megabytes 256] [--rounds 5]

- The scan of BLISS is 2164 × 1030 pixels of uint32 in a file of Lima, behind an external and a soft link, in each of
  several layouts. Its region is 200 × 200. Bytes are those that the process asked the system for (rchar of
  /proc/self/io), over those of the region; of compressed chunks HDF5 reads the whole.
- Seconds are CPU time of `arrays()` of the source, the best of each round, and the median of the rounds.
- `raw zip` is the gold crystal's scan in ../shared/data, if that is there.
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
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import h5py
import hdf5plugin
import numpy as np

ROOT = Path(__file__).parents[1]
RAW = ROOT.parent / "shared" / "data" / "aps34idc_au_scan54_raw.zip"
PICTURE = (2164, 1030)
REGION = (900, 1100, 400, 600)
REPEATS = 3
LAYOUTS: Mapping[str, Mapping[str, Any]] = {
    "contiguous": {},
    "a chunk per frame": {"chunks": (1, *PICTURE)},
    "tiles": {"chunks": (1, 128, 128)},
    "a chunk per frame, bitshuffle": {"chunks": (1, *PICTURE), **hdf5plugin.Bitshuffle(cname="lz4")},
}
PARTS = 8


def make(folder: Path, megabytes: float) -> None:
    """Write one scan of BLISS in each layout, and as a virtual data set."""
    frames = max(PARTS, round(megabytes * 2**20 / (4 * PICTURE[0] * PICTURE[1])) // PARTS * PARTS)
    counts = np.random.default_rng(0).poisson(1, (frames, *PICTURE)).astype(np.uint32)
    for name, options in LAYOUTS.items():
        with h5py.File(folder / f"lima {name}.h5", "w") as file:
            file.create_dataset("entry_0000/measurement/data", data=counts, **options)
        _scan(folder / f"{name}.h5", h5py.ExternalLink(f"lima {name}.h5", "entry_0000/measurement/data"), frames)
    virtual, each = h5py.VirtualLayout(counts.shape, counts.dtype), frames // PARTS
    for k in range(PARTS):
        with h5py.File(folder / f"part{k}.h5", "w") as file:
            file["data"] = counts[each * k : each * (k + 1)]
        virtual[each * k : each * (k + 1)] = h5py.VirtualSource(f"part{k}.h5", "data", (each, *PICTURE))
    with h5py.File(folder / "lima virtual.h5", "w") as file:
        file.create_virtual_dataset("data", virtual)
    _scan(folder / "virtual.h5", h5py.ExternalLink("lima virtual.h5", "data"), frames)


def _scan(path: Path, link: h5py.ExternalLink, frames: int) -> None:
    with h5py.File(path, "w") as file:
        file["1.1/title"] = f"ascan eta 10 11 {frames - 1} 1"
        file["1.1/instrument/positioners/eta"] = np.linspace(10, 11, frames)
        file["1.1/instrument/frelon/data"] = link
        file["1.1/measurement/frelon"] = h5py.SoftLink("/1.1/instrument/frelon/data")


def read(folder: Path) -> dict[str, float]:
    """Return CPU seconds of reading each file with the phasekit that is imported; nexus reads BLISS."""
    from phasekit_plugins.sources.aps_34idc import Aps34idc
    from phasekit_plugins.sources.hdf5 import Hdf5

    sources: dict[str, Any] = {}
    for name in (*LAYOUTS, "virtual"):
        # Version 0.1 does not follow a soft link to an external one.
        dataset = "data" if name == "virtual" else "entry_0000/measurement/data"
        sources[f"HDF5, {name}"] = Hdf5(path=folder / f"lima {name}.h5", dataset=dataset)
    if RAW.is_file():
        sources["raw zip"] = Aps34idc(path=RAW, scan=54)
    return {name: min(_seconds(source) for _ in range(REPEATS)) for name, source in sources.items()}


def _seconds(source: Any) -> float:
    began = time.process_time()
    source.arrays()
    return time.process_time() - began


def region_bytes(folder: Path) -> list[dict[str, Any]]:
    """Return the bytes read for the region of each scan over those that the region has."""
    from phasekit_plugins.sources.nexus import Nexus

    rows = []
    for name in (*LAYOUTS, "virtual"):
        source = Nexus(path=folder / f"{name}.h5", roi=REGION)
        source.arrays()
        before, began = _asked_for(), time.perf_counter()
        counts = source.arrays().counts.array
        rows.append(
            {
                "layout": name,
                "bytes_over_region": (_asked_for() - before) / counts.nbytes,
                "seconds": time.perf_counter() - began,
                "file_bytes": sum(one.stat().st_size for one in folder.glob(f"lima {name}.h5")),
                "region_bytes": counts.nbytes,
            }
        )
    return rows


def _asked_for() -> int:
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("rchar")))


def _in_tree(tree: Path, folder: Path) -> dict[str, float]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tree), str(tree / "plugins")])}
    words = [sys.executable, __file__, "--read", str(folder)]
    done = subprocess.run(words, cwd=tree, env=environment, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def compared(folder: Path, revision: str, rounds: int) -> list[dict[str, Any]]:
    """Return seconds here and there, and their ratio, for each file."""
    there = folder / "there"
    archive = folder / "there.tar"
    subprocess.run(["git", "archive", "-o", str(archive), revision], cwd=ROOT, check=True)
    with tarfile.open(archive) as file:
        file.extractall(there, filter="data")
    found = [(_in_tree(ROOT, folder), _in_tree(there, folder)) for _ in range(rounds)]
    rows = []
    for name in found[0][0]:
        here, other = (statistics.median(one[side][name] for one in found) for side in (0, 1))
        rows.append({"what": name, "seconds": here, "seconds_there": other, "ratio": here / other})
    return rows


def main() -> None:
    """Make the files, measure, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--revision", default="5d1cdd7")
    parser.add_argument("--megabytes", type=float, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        print(json.dumps(read(options.read)))
        return
    from figures import write

    with TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, options.megabytes)
        regions = region_bytes(folder)
        speed = compared(folder, options.revision, options.rounds)
    for row in regions:
        print(f"{row['layout']}: {row['bytes_over_region']:.2f} × the region's bytes, {row['seconds']:.3f} s")
    for row in speed:
        print(f"{row['what']}: {row['seconds']:.3f} s, {row['seconds_there']:.3f} s there, ratio {row['ratio']:.2f}")
    found = {"schema": 1, "revision": options.revision, "megabytes": options.megabytes, "regions": regions}
    write("reading_speed", {**found, "speed": speed}, options.out)


if __name__ == "__main__":
    main()
