"""Volumes whose strain is known by formula, the result that they belong to, and the ways in which one can be broken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from phasekit import Problem, Result, fourier
from phasekit.analysis.volume import Volume

from .results import Plain

SPACING = (8.0, 10.0, 12.5)
RADIUS = 100.0
SLOPE = 1e-3 / RADIUS
Q = np.array([20.0, 15.0, -10.0])


def ball(offset: float = 2e-3, spread: bool = True, **changes: Any) -> Volume:
    """A ball of 100 nm whose strain grows along x by 1e-3 per radius, with a pale rim of wild strain around it.

    Its centre of mass lies between voxels. Strain against h_ref is `offset` more than against its own mean.
    """
    origin = (-163.0, -157.0, -166.0)
    x, y, z = (o + s * np.arange(n) for o, s, n in zip(origin, SPACING, (41, 33, 27), strict=True))
    zz, yy, xx = np.meshgrid(z, y, x, indexing="ij")
    distance = np.sqrt(xx**2 + yy**2 + zz**2)
    support = distance < RADIUS + 20
    amplitude = np.clip((RADIUS - distance) / 40 + 0.5, 0, 1)
    own = np.where(distance < RADIUS, SLOPE * xx, 0.3)
    length = float(np.linalg.norm(Q))
    values = {
        "amplitude": 7 * amplitude,
        "phase": np.angle(np.exp(1j * (3 + 0.02 * yy))),
        "displacement": 0.002 * yy,
        "strain": own + offset,
        "strain_own": own,
        "d_spacing": 2 * np.pi / length * (1 + own + offset),
    }
    if spread:
        values |= {"phase_std": 0.1 + 0 * xx, "displacement_std": 0.003 + 0 * xx, "strain_std": 1e-4 + 0 * xx}
    fields = {name: np.where(support, array, np.nan).astype(np.float32) for name, array in values.items()}
    given: dict[str, Any] = {
        "frame": "sample",
        "rotation": np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]]),
        "origin_nm": origin,
        "spacing_nm": SPACING,
        "fields": fields | {"support": support},
        "matrix_nm": np.array([[1.0, 0, 9], [0, 8, 2], [12, 0, 0]]),
        "k_i": np.array([0.0, 0, 45]),
        "k_f": Q + np.array([0.0, 0, 45]),
        "q": Q,
        "h_ref": Q * (1 + offset),
        "q_own": Q,
        "seeds": 3,
    }
    return Volume(**given | changes)


def flat_box() -> Result:
    """A box without phase from one seed, whose data were prepared in two steps."""
    shape = (16, 14, 12)
    support = torch.zeros(shape, dtype=torch.bool)
    support[fourier.half_box(shape)] = True
    object = torch.polar(10 * support.float(), torch.zeros(shape))
    return Result(
        problem=replace(
            Problem.measured(fourier.to_wave(object, 3).abs().square(), Plain()),
            preparation=("dark subtracted, 3 frames", "cropped to 16 × 14 × 12"),
        ),
        object=object[None],
        support=support[None],
        seeds=(0,),
        final={"chi2": torch.tensor([0.1], dtype=torch.float64)},
        rank="chi2",
        mean=object,
        agreeing=(0,),
        agreement=torch.ones(1, dtype=torch.float64),
    )


BROKEN_VOLUMES = ("empty support", "zero amplitude", "no strain known", "all the same")


def broken_volume(which: str) -> Volume:
    """Break a volume in one of the ways of `BROKEN_VOLUMES`."""
    volume = ball()
    fields = dict(volume.fields)
    if which == "empty support":
        fields = {name: np.zeros_like(values) for name, values in fields.items()}
    elif which == "zero amplitude":
        fields["amplitude"] = np.zeros_like(fields["amplitude"])
    elif which == "no strain known":
        fields["strain"] = np.full_like(fields["strain"], np.nan)
        fields["displacement_std"] = fields["strain"]
    else:
        fields = {name: np.where(fields["support"], 1, np.nan) for name in fields} | {"support": fields["support"]}
    return replace(volume, fields=fields)
