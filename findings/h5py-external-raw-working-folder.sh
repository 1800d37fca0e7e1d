#!/usr/bin/env bash
# h5py 3.16.0: the raw file of a data set with external storage is looked for in the working folder, not beside the HDF5
# file; whatever lies there under that name is read.
#
# Some detector programs keep frames as raw bytes and describe them in an HDF5 file beside them, with a relative name. A
# virtual or external link of the same relative name is found beside the file that holds it. A raw file is not: opened
# from another folder, the same scan gives an OSError that speaks of a file that cannot be opened, although it lies beside
# the HDF5 file, and if the working folder holds a raw file of that name, from another scan say, its numbers are returned
# without a word. The property efile_prefix of HDF5's data-set access list, which h5py.File has no option for, changes
# the folder. Seen in h5py 3.16.0 (HDF5 2.0.0 in its wheel) on CPython 3.11, Linux.
#
# Exit 0 while it behaves so, 1 when that changes. Needs python3 with venv, and the package index for h5py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "h5py==3.16.0" "numpy<3"
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import os
import sys
from pathlib import Path

import h5py
import numpy as np

for name, value in (("one", 1), ("other", 2)):
    Path(name).mkdir()
    os.chdir(name)
    with h5py.File("scan.h5", "w") as file:
        frames = file.create_dataset("frames", (4, 8, 8), "<i4", external=[("frames.raw", 0, 4 * 8 * 8 * 4)])
        frames[...] = np.full((4, 8, 8), value, np.int32)
    os.chdir("..")


def seen() -> str:
    """Return what reading one/scan.h5 gives here."""
    with h5py.File(Path(sys.argv[0]).parent / home / "one" / "scan.h5", "r") as file:
        try:
            return str(np.unique(file["frames"][...]).tolist())
        except OSError as error:
            return f"OSError: {str(error).split('(')[0].strip()}"


home = os.getcwd()
found = []
for place in ("one", ".", "other"):
    os.chdir(os.path.join(home, place))
    found.append(seen())
    print(f"read from the folder {place!r}: {found[-1]}")
print("HDF5", h5py.version.hdf5_version)
as_described = found[0] == "[1]" and found[1].startswith("OSError") and found[2] == "[2]"
sys.exit(0 if as_described else 1)
PY
