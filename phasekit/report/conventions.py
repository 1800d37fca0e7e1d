"""The conventions that a result is written in: sign, frame, steps of the array, wave vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from phasekit.analysis.volume import Volume
from phasekit.core.result import Result
from phasekit.report.markup import Markup, bullets, joined, number, table
from phasekit.report.view import View

FRAMES = {
    "laboratory": "x horizontal and outboard (left when looking downstream), y up, z along the beam, right-handed, "
    "as in CXI; the crystal stands as it did at the array's centre",
    "sample": "the laboratory's x, y and z as the sample stage carries them: what they are with every sample circle "
    "at zero",
    "crystal": "y along q, x the sample's x made perpendicular to it, z so that the frame is right-handed",
}


def conventions(result: Result, volume: Volume | None) -> Markup:
    """Return signs, axes, the step of one voxel along each array axis, and a volume's frame and vectors."""
    points = [
        "The wave is Σ object · exp(+iQ·r), a unitary transform with the sign +i. Programs with −i have the "
        "complex conjugate of this object, which is not its twin.",
        "Objects and these figures are centred: the origin is index n//2. Detector figures have the zero "
        "frequency there.",
    ]
    shape = tuple(result.best.shape)
    if volume is not None:
        points.append(
            "Phase is +h·u: u = φ/|h| along h. Strain is ĥ·∇φ/|h|, positive where the lattice is expanded; the local "
            "lattice is q = h − ∇φ."
        )
        points.append(frame_sentence(volume.frame))
        steps = _steps(volume.matrix_nm.T, shape, "nm", volume.frame)
        return joined([bullets(points), steps, _rotation(volume), _vectors(volume)])
    view = View.of(result)
    if not view.calibrated:
        return joined([bullets(points), "The step of a voxel is not known: the geometry says no lengths."])
    points.append(frame_sentence("laboratory"))
    return joined([bullets(points), _steps(view.basis, shape, view.unit, "laboratory")])


def frame_sentence(frame: str) -> str:
    """Say what a frame is."""
    return f"The {frame} frame: {FRAMES.get(frame, 'as the geometry defines it')}."


def _steps(basis: np.ndarray, shape: Sequence[int], unit: str, frame: str) -> Markup:
    rows = [
        ((f"axis {axis}", str(shape[axis]), *_cells([float(np.linalg.norm(row)), *row])), "other")
        for axis, row in enumerate(basis)
    ]
    head = ["array axis", "voxels", f"step ({unit})", "x", "y", "z"]
    return table(head, rows, f"The step of one voxel along each axis of the array that was phased, {frame} frame")


def _rotation(volume: Volume) -> Markup:
    rows = [((letter, *_cells(row, 7)), "other") for letter, row in zip("xyz", volume.rotation, strict=True)]
    caption = f"Rotation: v({volume.frame}) = R · v(laboratory)"
    return table(["", "laboratory x", "laboratory y", "laboratory z"], rows, caption)


def _vectors(volume: Volume) -> Markup:
    known = {
        "k_i, incident": volume.k_i,
        "k_f, scattered": volume.k_f,
        "q = k_f − k_i": volume.q,
        "h_ref": volume.h_ref,
        "own mean lattice": volume.q_own,
    }
    rows = []
    for name, vector in known.items():
        if vector is not None:
            length = float(np.linalg.norm(vector))
            spacing = "" if name.startswith("k_") else number(20 * np.pi / length, 7)
            rows.append(((name, *_cells([*vector, length], 7), spacing), "other"))
    head = ["", "x", "y", "z", "length", "d = 2π/length (Å)"]
    return table(head, rows, f"Wave vectors at the array's centre, 1/nm, {volume.frame} frame") if rows else Markup("")


def _cells(values: Sequence[float] | np.ndarray, digits: int = 4) -> list[str]:
    return [number(float(np.round(value, 12)), digits).replace("-", "−") for value in values]
