"""What every file of a volume states besides its fields: frame, matrix, sign, units, wave vectors."""

from __future__ import annotations

import numpy as np

import phasekit
from phasekit.analysis.volume import OPEN_TWIN, TOLD, Volume
from phasekit.core.result import Result

SIGN = "+i: wave = sum object·exp(+iQ·r)"
Said = str | tuple[str, ...] | float | np.ndarray
"""A text, several texts, or numbers."""


def statement(volume: Volume) -> dict[str, Said]:
    """Return name -> text or numbers; vectors are (x, y, z) of the frame, 1/nm, if known."""
    vectors = {
        "k_i": volume.k_i,
        "k_f": volume.k_f,
        "q": volume.q,
        "h_ref": volume.h_ref,
        "q_own": volume.q_own,
    }
    names = [name for name in volume.fields if not name.endswith("_std")]
    return {
        "frame": volume.frame,
        "axes": "vectors are (x, y, z) of the frame; those of the laboratory are x outboard, y up, z along the beam",
        "rotation_from_laboratory": volume.rotation,
        "matrix_nm": volume.matrix_nm,
        "fourier_sign": SIGN,
        "displacement_sign": "phase = +h·u; strain > 0 is expansion",
        "units": (*(f"{name}: {TOLD[name]}" for name in names), "lengths: nm", "k_i, k_f, q, h_ref, q_own: 1/nm"),
        **{name: vector for name, vector in vectors.items() if vector is not None},
        "twin_fixed_by": volume.twin,
        "seeds": float(volume.seeds),
        "notes": volume.notes or ("none",),
        "program": f"phasekit {phasekit.__version__}",
    }


def voxel_statement(result: Result) -> dict[str, Said]:
    """Return the same for amplitude, phase and support on the array's own voxels, whose lengths are unknown."""
    known = result.problem.truth is not None
    geometry = result.problem.geometry.name
    lengths = f"lengths are in voxels: the geometry '{geometry}' has no numbers for true lengths here"
    return {
        "frame": "array",
        "axes": "x, y and z are the array's axes 2, 1 and 0",
        "fourier_sign": SIGN,
        "units": (*(f"{name}: {TOLD[name]}" for name in ("amplitude", "phase", "support")), "lengths: voxels"),
        "twin_fixed_by": "the truth" if known else "open",
        "notes": (lengths,) if known else (lengths, OPEN_TWIN),
        "program": f"phasekit {phasekit.__version__}",
    }
