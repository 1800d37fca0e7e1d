"""The sheet of a geometry for an array: matrices in every frame, lengths and limits; and checks of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from phasekit.core.geometry import Geometry, Setup
from phasekit.core.registry import registry
from phasekit.core.source import load_problem
from phasekit.recipes.document import Document
from phasekit.recipes.loader import load
from phasekit.recipes.tasks import PartialTask
from phasekit.runtime.errors import InputError
from phasekit.solving.task import SolveTask

SHORT = {"laboratory": "lab"}
"""Name of a frame -> its abbreviation in keys."""


def geometry_of(
    recipe: Document | Path | str, sets: Sequence[str] = (), shape: tuple[int, ...] | None = None
) -> tuple[Geometry, tuple[int, ...], tuple[str, ...]]:
    """Return the geometry of a recipe's prepared data, their shape and notes; `shape` replaces it.

    A recipe without a source needs a geometry and `shape`. Raises InputError with file and line.
    """
    loaded = load(recipe, sets, PartialTask)
    task = loaded.task_of(SolveTask)
    given, source = task.geometry, task.source
    with loaded.placing():
        if source is not None:
            problem = load_problem(source, given)
            return problem.geometry, shape or problem.space, problem.notes
        if given is None or shape is None:
            raise InputError(
                "the recipe has no source: "
                + ("give --shape, for example 64,128,128" if given else "it needs a geometry, or a source")
            )
        geometry = given.for_data(len(shape))
        return geometry, shape, geometry.remarks(shape)


def geometry_sheet(geometry: Geometry, space: tuple[int, ...]) -> dict[str, Any]:
    """Return plain data: name -> number, list (x, y, z) or 3×3 list of rows.

    Of a matrix, row i is the frame's x, y or z and column j belongs to array axis j (rocking, row, column in a
    Bragg scan): `reciprocal_…_per_nm` is one index of the detector array, `direct_…_nm` one voxel of the object.
    `resolution_limit_nm` is half the period that corresponds to the edge of the array, per axis. Uncalibrated
    lengths are in voxels, with the same keys.
    """
    scale = 1e9 if geometry.calibrated() else 1.0
    direct = geometry.basis(space).T * scale
    reciprocal = 2 * math.pi * torch.linalg.pinv(direct).T / torch.tensor(space, dtype=torch.float64)
    q, beam, reference = geometry.transfer(), geometry.beam(), geometry.reference()
    found: dict[str, Any] = {
        "geometry": geometry.model_dump(mode="json"),
        "shape": list(space),
        "calibrated": geometry.calibrated(),
        "voxel_nm": direct.norm(dim=0).tolist(),
        "field_of_view_nm": (direct.norm(dim=0) * torch.tensor(space)).tolist(),
        "resolution_limit_nm": (2 * math.pi / (reciprocal.norm(dim=0) * torch.tensor(space))).tolist(),
    }
    if len(space) == 3:
        found["voxel_volume_nm3"] = float(torch.linalg.det(direct).abs())
    if q is not None:
        length = float(q.norm())
        found |= {"q_length_per_nm": length * 1e-9, "d_spacing_nm": 2 * math.pi / length * 1e9}
    for frame, rotation in geometry.frames().items():
        name = SHORT.get(frame, frame)
        found[f"rotation_lab_to_{name}"] = rotation.tolist()
        vectors: dict[str, Tensor | None] = {
            "q": q,
            "h_ref": reference,
            "k_i": None if beam is None else beam[0],
            "k_f": None if beam is None else beam[1],
        }
        found |= {f"{key}_{name}_per_nm": (rotation @ v * 1e-9).tolist() for key, v in vectors.items() if v is not None}
        found[f"reciprocal_{name}_per_nm"] = (rotation @ reciprocal).tolist()
        found[f"direct_{name}_nm"] = (rotation @ direct).tolist()
    return found


def sheet_lines(sheet: Mapping[str, Any]) -> list[str]:
    """Return a sheet as lines of text."""
    unit = "nm" if sheet["calibrated"] else "voxels (energy, distance or pixel is unknown)"
    length = "nm" if sheet["calibrated"] else "step"
    times = " × ".join
    lines = [f"array            {times(map(str, sheet['shape']))}"]
    if "q_length_per_nm" in sheet:
        q = sheet["q_length_per_nm"]
        lines += [
            f"|q|              {q:.6g} 1/nm = {q / 10:.6g} 1/Å",
            f"d-spacing        {sheet['d_spacing_nm']:.6g} nm = {10 * sheet['d_spacing_nm']:.5g} Å",
        ]
    for title, key in (
        ("voxel", "voxel_nm"),
        ("field of view", "field_of_view_nm"),
        ("resolution limit", "resolution_limit_nm"),
    ):
        lines.append(f"{title:<16} {times(f'{value:.6g}' for value in sheet[key])} {unit}")
    if "voxel_volume_nm3" in sheet:
        lines.append(f"voxel volume     {sheet['voxel_volume_nm3']:.6g} {unit.replace('nm', 'nm³')}")
    for frame in [key.removeprefix("rotation_lab_to_") for key in sheet if key.startswith("rotation_lab_to_")]:
        lines += ["", f"{'laboratory' if frame == 'lab' else frame} frame, rows x, y, z"]
        for key in ("k_i", "k_f", "q", "h_ref"):
            if f"{key}_{frame}_per_nm" in sheet:
                lines.append(f"  {key:<8} 1/nm  {_numbers(sheet[f'{key}_{frame}_per_nm'])}")
        for title, key in (
            (f"reciprocal, 1/{length} per index", f"reciprocal_{frame}_per_nm"),
            (f"direct, {length} per voxel", f"direct_{frame}_nm"),
            ("from the laboratory", f"rotation_lab_to_{frame}"),
        ):
            if not (frame == "lab" and title.startswith("from")):
                lines.append(f"  {title}, columns along the array's axes" if "per" in title else f"  rotation {title}")
                lines += [f"    {_numbers(row)}" for row in sheet[key]]
    return lines


def check_setups() -> list[dict[str, Any]]:
    """Compare every installed geometry with its reference set-ups; return a row for each, with `agrees`."""
    rows = []
    for (kind, name), entries in sorted(registry().entries.items()):
        for _, cls in entries:
            for setup in cls.setups() if kind == "geometry" and issubclass(cls, Geometry) else ():
                off = check_setup(setup)
                worst = max(off.values())
                row = {"geometry": name, "set-up": setup.name, "source": setup.source, "deviation": worst}
                rows.append(row | {"tolerance": setup.tolerance, "agrees": worst <= setup.tolerance, "keys": off})
    return rows


def check_setup(setup: Setup) -> dict[str, float]:
    """Return the deviations of a geometry from a reference set-up: key -> largest, relative to the largest entry."""
    found = geometry_sheet(setup.geometry, setup.shape)
    off = {}
    for key, expected in setup.expected.items():
        theirs = torch.tensor(expected, dtype=torch.float64)
        ours = torch.tensor(found[key], dtype=torch.float64)
        off[key] = float((ours - theirs).abs().max() / theirs.abs().max())
    return off


def _numbers(values: Sequence[float]) -> str:
    return "  ".join(f"{value: .6e}" for value in values)
