#!/usr/bin/env bash
# fabio 2026.6.0: an EDF frame whose data end early is returned whole, the missing pixels 0, without an exception. A message
# of the logger "fabio.edfimage" is the only sign.
#
# A copy that stopped half-way leaves such files. A frame of 16 × 16 pixels that all hold 7, cut after a quarter of its data,
# comes back as an array of the full shape in which three quarters are 0, which is a likely count in a diffraction pattern.
# Code that does not compare the length of the file with that of the header takes it for a measured frame. Seen in
# fabio 2026.6.0 on CPython 3.11, Linux.
#
# Exit 0 while it behaves so, 1 when that changes. Needs python3 with venv, and the package index for fabio.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "fabio==2026.6.0" "numpy<3"
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import logging
import sys
from pathlib import Path

import fabio
import numpy as np
from fabio.edfimage import EdfImage


class Kept(logging.Handler):
    """Keeps what is logged."""

    lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.levelname}")


logging.getLogger().addHandler(Kept())
EdfImage(data=np.full((16, 16), 7, np.int32)).write("frame.edf")
whole = Path("frame.edf").read_bytes()
length = 16 * 16 * 4
Path("cut.edf").write_bytes(whole[: len(whole) - length + length // 4])
try:
    data = fabio.open("cut.edf").data
except Exception as error:
    print("raised:", type(error).__name__, error)
    sys.exit("changed")
print("shape:", data.shape, " pixels that are 7:", int((data == 7).sum()), " that are 0:", int((data == 0).sum()))
print("logged by:", sorted(set(Kept.lines)))
as_seen = data.shape == (16, 16) and int((data == 7).sum()) == 64 and int((data == 0).sum()) == 192
print("as seen" if as_seen else "changed")
sys.exit(not as_seen)
PY
