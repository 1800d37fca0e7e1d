"""Random scans as beamlines write them: the detectors, faults and layouts that benchmarks/intake.py draws from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fabio.edfimage
import h5py
import numpy as np
import tifffile

Frames = np.ndarray[Any, Any]


@dataclass
class Scan:
    """One scan: what is written, what is true, and what may be said of it."""

    rng: np.random.Generator
    counts: Frames
    """(frames, rows, columns), as the detector stores them."""
    bad: Frames
    """Of the same shape, bool: voxels that must not be trusted."""
    options: dict[str, Any] = field(default_factory=dict)
    """Further options of the source."""
    names: tuple[str, ...] = ()
    """Words of which a refusal, a finding or a note must have one, where the scan is spoilt beyond reading."""
    truth: Frames | None = None
    """The counts to be read, where they are not those that are written."""


def crystal(rng: np.random.Generator) -> Frames:
    """Return (frames, rows, columns) Poisson counts of a random faceted crystal, the peak near the middle."""
    shape = tuple(int(n) for n in (rng.integers(18, 26), rng.integers(26, 34), rng.integers(26, 34)))
    at = np.stack(np.meshgrid(*[(np.arange(n) - n // 2) / n for n in shape], indexing="ij"))
    inside = np.abs(at).max(axis=0) < 0.17
    for _ in range(6):
        normal = rng.normal(size=3)
        inside &= np.tensordot(normal / np.linalg.norm(normal), at, 1) < rng.uniform(0.1, 0.16)
    bent = np.exp(1j * rng.uniform(0, 2) * np.sin(6 * at[0] + 5 * at[1]) * np.cos(4 * at[2]))
    expected = np.abs(np.fft.fftshift(np.fft.fftn(inside * bent))) ** 2
    return np.asarray(rng.poisson(expected * (2e4 / expected.max()) + 0.02))


def plain(scan: Scan) -> None:
    """Store counts of a type that a file may have."""
    scan.counts = scan.counts.astype(scan.rng.choice(["uint16", "uint32", "int32", "float32", "float64", "int64"]))


def gaps(scan: Scan) -> None:
    """Mark a few columns by the maximum of a counter, which may have become another type."""
    bits = int(scan.rng.choice([16, 20, 32]))
    kinds = {16: ("uint16", "float32", "int32"), 20: ("uint32", "float64"), 32: ("uint32", "float32", "int64")}
    kind = scan.rng.choice(kinds[bits])
    column = int(scan.rng.integers(2, 8))
    scan.counts = scan.counts.astype(kind)
    scan.counts[:, :, column : column + 2] = 2**bits - 1
    scan.bad[:, :, column : column + 2] = True


def below_zero(scan: Scan) -> None:
    """Mark a few rows by a negative number, as Pilatus does."""
    row = int(scan.rng.integers(2, 8))
    scan.counts = scan.counts.astype("int32")
    scan.counts[:, row : row + 2] = int(scan.rng.choice([-1, -2]))
    scan.bad[:, row : row + 2] = True


def not_numbers(scan: Scan) -> None:
    """Mark a block by NaN."""
    scan.counts = scan.counts.astype("float32")
    scan.counts[:, 3:6, 4:9] = np.nan
    scan.bad[:, 3:6, 4:9] = True


DETECTORS = (plain, plain, gaps, below_zero, not_numbers)


def nothing(scan: Scan) -> None:
    """Leave the scan as it is."""


def square_root(scan: Scan) -> None:
    scan.counts, scan.names = np.sqrt(scan.counts.clip(min=0)).astype("float32"), ("not-intensities", "amplitudes")


def logarithm(scan: Scan) -> None:
    scan.counts, scan.names = np.log1p(scan.counts.clip(min=0)).astype("float32"), ("not-intensities", "logarithms")


def threshold(scan: Scan) -> None:
    scan.counts, scan.names = (scan.counts > 2).astype("uint16"), ("boolean",)


def zero_first(scan: Scan) -> None:
    """Store the array as an FFT leaves it, and say so or not."""
    if scan.rng.random() < 0.5:
        scan.options["order"] = "fft"
        scan.truth = scan.counts
    else:
        scan.names = ("order: fft",)
    scan.counts = np.fft.ifftshift(scan.counts)


def shuffled(scan: Scan) -> None:
    scan.counts = scan.counts[scan.rng.permutation(len(scan.counts))]
    scan.names = ("frame-order", "glitch-frames")


def damaged_frame(scan: Scan) -> None:
    """A frame whose data are gone: the layout leaves it out."""
    scan.bad[int(scan.rng.integers(1, len(scan.counts) - 1))] = True
    scan.options["_lost"] = True


FAULTS: tuple[Callable[[Scan], None], ...] = (
    *(nothing, nothing, nothing),
    *(square_root, logarithm, threshold, zero_first, shuffled, damaged_frame, damaged_frame),
)


SPOILING = (square_root, logarithm, threshold, zero_first)
"""Faults that leave no marks of a detector as they were: they come with a plain one."""


def lost(scan: Scan) -> int | None:
    """Return the frame that is not to be written."""
    if not scan.options.pop("_lost", False):
        return None
    return next(k for k, frame in enumerate(scan.bad) if frame.all())


def numpy_file(scan: Scan, folder: Path) -> dict[str, Any]:
    """One .npy or .npz file; a lost frame is NaN there."""
    gone = lost(scan)
    if gone is not None:
        scan.counts = scan.counts.astype("float32")
        scan.counts[gone] = np.nan
    if scan.rng.random() < 0.5:
        np.save(folder / "scan.npy", scan.counts)
        return {"name": "numpy", "path": folder / "scan.npy"}
    np.savez(folder / "scan.npz", counts=scan.counts)
    return {"name": "numpy", "path": folder / "scan.npz", "dataset": "counts"}


def pictures(scan: Scan, folder: Path) -> dict[str, Any]:
    """A folder of TIFF or EDF frames, numbered from anything, with zeros or without."""
    gone, first, width = lost(scan), int(scan.rng.integers(0, 120)), int(scan.rng.choice([1, 4, 5]))
    edf = scan.rng.random() < 0.3
    place = folder / "frames"
    place.mkdir()
    for k, frame in enumerate(scan.counts):
        name = place / f"al_{first + k:0{width}d}.{'edf' if edf else 'tif'}"
        if k == gone:
            continue
        if edf:
            fabio.edfimage.EdfImage(data=frame).write(str(name))
        else:
            tifffile.imwrite(name, frame)
    (place / "notes.txt").write_text("aligned at 9.5 keV, 20 °C", encoding="latin-1")
    return {"name": "tiff", "path": place}


def one_data_set(scan: Scan, folder: Path) -> dict[str, Any]:
    """One data set, behind a soft link, an external link, both, or none."""
    gone, kind = lost(scan), int(scan.rng.integers(4))
    if gone is not None:
        scan.counts = scan.counts.astype("float32")
        scan.counts[gone] = np.nan
    with h5py.File(folder / "detector.h5", "w") as file:
        chunks = (1, *scan.counts.shape[1:])
        file.create_dataset("entry/data/frames", data=scan.counts, chunks=chunks, compression="gzip")
    with h5py.File(folder / "scan.h5", "w") as file:
        if kind == 0:
            file["counts"] = scan.counts
        elif kind == 1:
            file["counts"] = h5py.ExternalLink("detector.h5", "/entry/data/frames")
        else:
            file["a/b"] = h5py.ExternalLink("detector.h5", "/entry/data/frames" if kind == 2 else "/entry/data")
            file["counts"] = h5py.SoftLink("/a/b" if kind == 2 else "/a/b/frames")
    return {"name": "hdf5", "path": folder / "scan.h5", "dataset": "counts"}


def blocks(scan: Scan, folder: Path) -> dict[str, Any]:
    """A master file whose frames lie in numbered blocks; a lost frame takes the last file with it."""
    count, gone = int(scan.rng.integers(2, 5)), lost(scan)
    parts = np.array_split(np.arange(len(scan.counts)), count)
    with h5py.File(folder / "s_master.h5", "w") as master:
        for k, part in enumerate(parts, 1):
            name = f"s_data_{k:06d}.h5"
            if gone is None or k < count:
                with h5py.File(folder / name, "w") as file:
                    file["entry/data/data"] = scan.counts[part]
            master[f"entry/data/data_{k:06d}"] = h5py.ExternalLink(name, "entry/data/data")
    if gone is not None:
        scan.bad[gone] = False
        scan.bad[parts[-1]] = True
        scan.names = ("not there", "missing", f"data_{count:06d}")
    return {"name": "hdf5", "path": folder / "s_master.h5", "dataset": "entry/data"}


def virtual(scan: Scan, folder: Path) -> dict[str, Any]:
    """A virtual data set over one file for each frame, of a virtual data set or not."""
    gone, shape = lost(scan), scan.counts.shape
    layout = h5py.VirtualLayout(shape=shape, dtype=scan.counts.dtype)
    for k, frame in enumerate(scan.counts):
        if k != gone:
            with h5py.File(folder / f"f{k}.h5", "w") as file:
                file["data"] = frame
        layout[k] = h5py.VirtualSource(f"f{k}.h5", "data", shape=frame.shape)
    with h5py.File(folder / "inner.h5", "w") as file:
        file.create_virtual_dataset("data", layout)
    if scan.rng.random() < 0.5:
        return {"name": "hdf5", "path": folder / "inner.h5", "dataset": "data"}
    outer = h5py.VirtualLayout(shape=shape, dtype=scan.counts.dtype)
    outer[:] = h5py.VirtualSource("inner.h5", "data", shape=shape)
    with h5py.File(folder / "outer.h5", "w") as file:
        file.create_virtual_dataset("data", outer)
    return {"name": "hdf5", "path": folder / "outer.h5", "dataset": "data"}


def matlab(scan: Scan, folder: Path) -> dict[str, Any]:
    """A MATLAB 7.3 file of an array (rows, columns, frames), whose axes HDF5 has in reverse."""
    gone = lost(scan)
    if gone is not None:
        scan.counts = scan.counts.astype("float64")
        scan.counts[gone] = np.nan
    with h5py.File(folder / "scan.mat", "w", userblock_size=512) as file:
        file["data"] = scan.counts.swapaxes(1, 2)
        file["data"].attrs["MATLAB_class"] = np.bytes_("double")
    head = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM"
    with (folder / "scan.mat").open("r+b") as file:
        file.write(head)
    return {"name": "hdf5", "path": folder / "scan.mat", "dataset": "data"}


def spec(scan: Scan, folder: Path) -> dict[str, Any]:
    """34-ID-C: a SPEC file and TIFF frames, a degree sign in Latin-1."""
    gone, place = lost(scan), folder / "scan"
    place.mkdir()
    rows, columns = scan.counts.shape[1:]
    count = len(scan.counts)
    lines = [
        *("#F a.spec", "#E 1580609738", "#D Sat Feb 01 20:15:38 2020", "#C sample at 20 °C"),
        *("#O0 Delta  Theta  Chi  Phi  Gamma  camdist  Energy  hub_chi", ""),
        f"#S 7  ascan  th 0.1 {0.1 + 0.01 * (count - 1):.4f}  {count - 1} 0.5",
        *("#D Tue Feb 04 12:28:11 2020", "#T 0.5  (Seconds)", "#P0 32.1 0.1 90 -5 12.6 500 9 90"),
        *(f"#UIMR5  0 {columns} 0 {rows}", "#N 4", "#L Theta  Epoch  Seconds  Monitor"),
        *(f"{0.1 + 0.01 * k:.5f} {k} 0.5 1000" for k in range(count)),
    ]
    (place / "a.spec").write_bytes("\n".join(lines).encode("latin-1") + b"\n")
    for k, frame in enumerate(scan.counts):
        if k != gone:
            tifffile.imwrite(place / f"A_S0007_{k:05d}.tif", frame)
    return {"name": "aps-34idc", "path": place}


LAYOUTS = (numpy_file, pictures, one_data_set, blocks, virtual, matlab, spec)
