"""VTK image data: a volume, or an object in voxels, as the XML file that ParaView and the vtk package open."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from phasekit.analysis.strain import CrystalPhase
from phasekit.analysis.volume import TOLD, Volume
from phasekit.core.result import Result
from phasekit.export.statement import Said, statement, voxel_statement
from phasekit.runtime.storage import appearing

BLOCK = 2**20
"""Bytes that are compressed at a time."""
STEEPNESS = 1.5
"""How steeply the amplitude falls at the surface, relative to the coverage: resampling has widened the edge.

Contours of simulated crystals, from 5 to 70 %, then have the area of the crystals' within 5 %.
"""
KINDS = {"float32": "Float32", "uint8": "UInt8"}


@dataclass(frozen=True, eq=False)
class _Image:
    """Arrays (nz, ny, nx) without unknown values, the place of voxel [0, 0, 0], the spacing, and what is stated."""

    arrays: Mapping[str, NDArray[np.float32 | np.uint8]]
    origin: Sequence[float]
    spacing: Sequence[float]
    statement: Mapping[str, Said]


def write_vti(path: Path, volume: Volume) -> None:
    """Write `volume` as VTK image data, completely or not at all; lengths in nm.

    Every field is a point array. The amplitude falls to 0 at the surface and is 0 outside, so that it can be contoured.
    Every other field is continued from the nearest known voxel, and `support` (0 or 1) marks the crystal. Frame,
    rotation, wave vectors, h_ref, Fourier sign, units and notes are field data. The file's folder must exist.

    Source: VTK file formats, XML ImageData, appended raw data with vtkZLibDataCompressor.
    """
    fields, support = dict(volume.fields), np.ones(volume.shape, dtype=bool)
    if "support" in fields:
        support = fields["support"].astype(bool)
        if volume.coverage is not None:
            fields["amplitude"] = fields["amplitude"] * np.clip(STEEPNESS * (volume.coverage - 0.5) + 0.5, 0, 1)
    _write(path, _Image(_complete(fields, support), volume.origin_nm, volume.spacing_nm, statement(volume)))


def write_voxel_vti(path: Path, result: Result) -> None:
    """Write amplitude, phase (without its ramp) and support of the best object, 3-D, in voxels; as `write_vti` does.

    x, y and z are the array's axes 2, 1 and 0; the origin is the centre of mass of |object|².
    """
    best = CrystalPhase.of(result.best, result.support[0], np.eye(3))
    fields = {"amplitude": np.abs(best.level), "phase": np.angle(best.level), "support": best.support}
    origin = [-float(index) for index in best.centre[::-1]]
    _write(path, _Image(_complete(fields, best.support), origin, (1.0, 1.0, 1.0), voxel_statement(result)))


def _complete(
    fields: Mapping[str, NDArray[Any]], support: NDArray[np.bool_]
) -> dict[str, NDArray[np.float32 | np.uint8]]:
    """Return the fields without NaN: amplitude 0 outside `support`, others continued from the nearest known voxel."""
    nearest: dict[bytes, Any] = {}
    arrays: dict[str, NDArray[np.float32 | np.uint8]] = {}
    for name, values in fields.items():
        known = np.isfinite(values) & support
        if values.dtype == bool:
            arrays[name] = np.ascontiguousarray(values, dtype=np.uint8)
        elif name == "amplitude" or not known.any():
            arrays[name] = np.where(known, values, 0).astype(np.float32)
        else:
            key = np.packbits(known).tobytes()  # most fields are known in the same voxels
            if key not in nearest:
                nearest[key] = ndimage.distance_transform_edt(~known, return_distances=False, return_indices=True)
            arrays[name] = np.ascontiguousarray(values[tuple(nearest[key])], dtype=np.float32)
    return arrays


def _write(path: Path, image: _Image) -> None:
    blocks = [_compressed(values.tobytes()) for values in image.arrays.values()]
    with appearing(path) as part, part.open("wb") as file:
        file.write("\n".join(_head(image, [len(block) for block in blocks])).encode())
        file.write(b'\n<AppendedData encoding="raw">\n_')
        file.writelines(blocks)
        file.write(b"\n</AppendedData>\n</VTKFile>\n")


def _head(image: _Image, sizes: list[int]) -> Iterable[str]:
    """Yield the lines before the appended data."""
    nz, ny, nx = next(iter(image.arrays.values())).shape
    extent = f"0 {nx - 1} 0 {ny - 1} 0 {nz - 1}"
    yield '<?xml version="1.0"?>'
    yield (
        '<VTKFile type="ImageData" version="1.0" byte_order="LittleEndian" header_type="UInt64" '
        'compressor="vtkZLibDataCompressor">'
    )
    origin, spacing = (" ".join(f"{v:.17g}" for v in vector) for vector in (image.origin, image.spacing))
    yield f'<ImageData WholeExtent="{extent}" Origin="{origin}" Spacing="{spacing}">'
    yield "<FieldData>"
    for name, value in image.statement.items():
        yield _field(name, value)
    yield "</FieldData>"
    yield f'<Piece Extent="{extent}">'
    yield '<PointData Scalars="amplitude">'
    offset = 0
    for (name, values), size in zip(image.arrays.items(), sizes, strict=True):
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
