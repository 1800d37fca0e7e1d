#!/usr/bin/env bash
# tifffile 2026.3.3 without imagecodecs, on Python below 3.14: a TIFF packed with Zstandard raises ModuleNotFoundError for a
# module "compression", where LZW raises ValueError that asks for the package imagecodecs.
#
# Zstandard is in the standard library from Python 3.14 on (compression.zstd), and tifffile imports it from there; on an
# older Python the name in the error is that of no package, so that one who follows it finds nothing to install. Installing
# imagecodecs is what helps for both. Code that catches ValueError to pass the advice on lets this one through. The frames
# are written by Pillow. Seen with tifffile 2026.3.3 and Pillow 12.0.0 on CPython 3.11, Linux.
#
# Exit 0 while it behaves so, 1 when that changes. Needs python3 below 3.14 with venv, and the package index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "tifffile==2026.3.3" "pillow==12.0.0" "numpy<3"
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import sys

import numpy as np
import tifffile
from PIL import Image

frame = np.arange(256, dtype=np.uint16).reshape(16, 16)
seen = {}
for packing in ("zstd", "tiff_lzw"):
    Image.fromarray(frame).save(f"{packing}.tif", compression=packing)
    try:
        tifffile.imread(f"{packing}.tif")
        seen[packing] = ("read", "")
    except Exception as error:
        seen[packing] = (type(error).__name__, str(error))
    print(packing, *seen[packing])
kinds = {packing: kind for packing, (kind, _) in seen.items()}
as_seen = kinds == {"zstd": "ModuleNotFoundError", "tiff_lzw": "ValueError"}
as_seen = as_seen and "compression" in seen["zstd"][1] and "imagecodecs" in seen["tiff_lzw"][1]
print("as seen" if as_seen else "changed")
sys.exit(not as_seen)
PY
