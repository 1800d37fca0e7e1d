#!/usr/bin/env bash
# silx 3.1.3, silx.io.specfile: of the motor names on a line "#O0 …" of a SPEC file, the LAST one loses the single blanks
# inside it; the others keep theirs, and so does the same name as the last label of "#L".
#
# SPEC separates names by two blanks, so that a name may hold one ("Lab X", "Two Theta"). With
#     #O0 Theta  Phi  Lab X        and        #L Theta  Monitor  Lab X
# Scan.motor_names is ['Theta', 'Phi', 'LabX'] and Scan.labels ['Theta', 'Monitor', 'Lab X']; with the motors in another
# order the name is whole. Code that looks up where the scanned motor stood by the label of its column then finds nothing,
# for the last motor of a line only. Seen in silx 3.1.3 on CPython 3.11, Linux.
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


def names(motors: list[str], labels: list[str]) -> tuple[list[str], list[str]]:
    lines = [
        "#F made_up.spec",
        "#E 1580000000",
        "#D Sat Feb 01 20:15:38 2020",
        "#O0 " + "  ".join(motors),
        "",
        "#S 1  ascan  th 0 1 1 0.1",
        "#D Sat Feb 01 20:15:38 2020",
        "#P0 1 2 3",
        f"#N {len(labels)}",
        "#L " + "  ".join(labels),
        "0 10 1",
        "1 10 2",
        "",
    ]
    Path("made_up.spec").write_text("\n".join(lines))
    scan = SpecFile("made_up.spec")[0]
    return list(scan.motor_names), list(scan.labels)


last, labels = names(["Theta", "Phi", "Lab X"], ["Theta", "Monitor", "Lab X"])
first, _ = names(["Lab X", "Theta", "Phi"], ["Theta", "Monitor", "Lab X"])
print("motor_names, 'Lab X' last: ", last)
print("motor_names, 'Lab X' first:", first)
print("labels, 'Lab X' last:      ", labels)
as_seen = (last, first, labels) == (["Theta", "Phi", "LabX"], ["Lab X", "Theta", "Phi"], ["Theta", "Monitor", "Lab X"])
print("as seen" if as_seen else "changed")
sys.exit(not as_seen)
PY
