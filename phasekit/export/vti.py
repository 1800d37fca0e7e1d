"""VTK image data: a volume as the XML file that ParaView and the vtk package open."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

from phasekit.analysis.volume import TOLD, Volume
from phasekit.export.statement import Said, statement
from phasekit.runtime.storage import appearing

BLOCK = 2**20
"""Bytes that are compressed at a time."""
KINDS = {"float32": "Float32", "uint8": "UInt8"}


def write_vti(path: Path, volume: Volume) -> None:
    """Write `volume` as VTK image data, completely or not at all; lengths in nm.

    Every field is a point array; unknown values are NaN, and `support` (0 or 1) marks the crystal.
    Frame, rotation, wave vectors, h_ref, Fourier sign, units and notes are field data. The file's folder must
    exist.

    Source: VTK file formats, XML ImageData, appended raw data with vtkZLibDataCompressor.
    """
    arrays = {
        name: np.ascontiguousarray(values, dtype=np.uint8 if values.dtype == bool else np.float32)
        for name, values in volume.fields.items()
    }
    blocks = [_compressed(values.tobytes()) for values in arrays.values()]
    with appearing(path) as part, part.open("wb") as file:
        file.write("\n".join(_head(volume, arrays, [len(block) for block in blocks])).encode())
        file.write(b'\n<AppendedData encoding="raw">\n_')
        file.writelines(blocks)
        file.write(b"\n</AppendedData>\n</VTKFile>\n")


def _head(volume: Volume, arrays: dict[str, np.ndarray], sizes: list[int]) -> Iterable[str]:
    """Yield the lines before the appended data."""
    nz, ny, nx = volume.shape
    extent = f"0 {nx - 1} 0 {ny - 1} 0 {nz - 1}"
    yield '<?xml version="1.0"?>'
    yield (
        '<VTKFile type="ImageData" version="1.0" byte_order="LittleEndian" header_type="UInt64" '
        'compressor="vtkZLibDataCompressor">'
    )
    origin, spacing = (" ".join(f"{v:.17g}" for v in vector) for vector in (volume.origin_nm, volume.spacing_nm))
    yield f'<ImageData WholeExtent="{extent}" Origin="{origin}" Spacing="{spacing}">'
    yield "<FieldData>"
    for name, value in statement(volume).items():
        yield _field(name, value)
    yield "</FieldData>"
    yield f'<Piece Extent="{extent}">'
    active = "strain" if "strain" in arrays else "amplitude"
    yield f'<PointData Scalars="{active}">'
    offset = 0
    for (name, values), size in zip(arrays.items(), sizes, strict=True):
        unit = TOLD[name.removesuffix("_std")]
        yield f'<DataArray type="{KINDS[values.dtype.name]}" Name="{name}" format="appended" offset="{offset}">'
        yield f'<InformationKey name="UNITS_LABEL" location="vtkDataArray">{unit}</InformationKey>'
        yield "</DataArray>"
        offset += size
    yield "</PointData>"
    yield "</Piece>"
    yield "</ImageData>"


def _field(name: str, value: Said) -> str:
    """Return one array of field data: texts as numbers of their bytes, each ended by 0, as in VTK."""
    label = quoteattr(name)
    if isinstance(value, str | tuple):
        texts = (value,) if isinstance(value, str) else value
        codes = " ".join(" ".join(map(str, [*text.encode(), 0])) for text in texts)
        return f'<Array type="String" Name={label} NumberOfTuples="{len(texts)}" format="ascii">{codes}</Array>'
    numbers = np.atleast_1d(np.asarray(value, dtype=np.float64))
    rows = numbers.reshape(1, -1)
    text = " ".join(f"{number:.17g}" for number in rows[0])
    return (
        f'<DataArray type="Float64" Name={label} NumberOfComponents="{rows.shape[1]}" NumberOfTuples="1" '
        f'format="ascii">{text}</DataArray>'
    )


def _compressed(data: bytes) -> bytes:
    """Return VTK's header (blocks, bytes of a block, of the last one, each one compressed) and the blocks."""
    parts = [zlib.compress(data[low : low + BLOCK], 4) for low in range(0, len(data), BLOCK)]
    last = len(data) % BLOCK
    header = np.array([len(parts), BLOCK, last, *map(len, parts)], dtype="<u8")
    return header.tobytes() + b"".join(parts)
