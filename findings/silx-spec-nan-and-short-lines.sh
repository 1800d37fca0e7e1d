#!/usr/bin/env bash
# silx 3.1.3, silx.io.specfile: a point of a SPEC scan that holds "nan" is read as 0, and a line with fewer values than
# "#L" has labels is left out, so that the points after it move up by one. No exception says so: of the short line there is
# a message on standard error, of the nan nothing.
#
# Counters do write nan (a detector that was not read, a division by a monitor of zero), and a scan that is stopped leaves a
# short last line. With four lines of data, the second "nan 10" and the third short, Scan.data has three points: the value
# of the second is 0.0, and what was point 3 is point 2. Whoever pairs points with detector frames by their index pairs
# every later frame with the wrong angle, and a mean over a counter takes the 0. Seen in silx 3.1.3 on CPython 3.11, Linux.
#
# Exit 0 while it behaves so, 1 when that changes. Needs python3 with venv, and the package index for silx.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "silx==3.1.3" "numpy<3"
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import sys
from pathlib import Path

from silx.io.specfile import SpecFile

lines = [
    "#F made_up.spec",
    "#E 1580000000",
    "#D Sat Feb 01 20:15:38 2020",
    "#O0 Theta  Phi",
    "",
    "#S 1  ascan  Theta 0 3 3 0.1",
    "#D Sat Feb 01 20:15:38 2020",
    "#P0 0 0",
    "#N 2",
    "#L Theta  Monitor",
    "0 10",
    "nan 10",
    "2",
    "3 10",
    "",
]
Path("made_up.spec").write_text("\n".join(lines))
theta = SpecFile("made_up.spec")[0].data[0].tolist()
print("Theta of the four lines 0, nan, (short) 2, 3:", theta)
as_seen = theta == [0.0, 0.0, 3.0]
print("as seen" if as_seen else "changed")
sys.exit(not as_seen)
PY
