"""Ready small problems with a known answer, and states to start from."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from phasekit.core.geometry import Geometry
from phasekit.core.loss import Loss
from phasekit.core.problem import Problem
from phasekit.core.solver import Solver
from phasekit.core.state import State
from phasekit.numerics import fourier
from phasekit.runtime.errors import InputError
from phasekit.testing.verdict import LawWaived

SHAPES = ((12, 10, 8), (9, 11))
"""Shapes for the laws: oblong and odd, 3-D and 2-D."""

EXPECTED_PHOTONS = 1e6


def reference_problem(
    shape: tuple[int, ...] = (12, 10, 8),
    photons: float | None = None,
    seed: int = 0,
    device: torch.device | str = "cpu",
    *,
    gap: bool = False,
    dtype: torch.dtype = torch.float32,
    geometry: str = "far-field",
) -> Problem:
    """Make a small problem whose truth is known: a smooth strained blob in the half-box.

    `photons` is the mean total of counts, drawn with Poisson noise; None gives exact intensities of
    1e6 photons. `seed` draws the blob's shape, phase and noise; `gap` marks a line (in 3-D a plane) of the
    detector close to the peak as untrusted; `geometry` is the name of any installed one.
    """
    if len(shape) not in (2, 3) or min(shape) < 8:
        raise InputError(f"the shape is {shape}; 2 or 3 axes of at least 8 voxels are needed")
    rng = torch.Generator().manual_seed(seed)
    truth = _blob(shape, rng)
    mapping = Geometry.resolve(geometry).for_data(len(shape))
    wave = mapping.forward(truth)
    scale = math.sqrt((photons or EXPECTED_PHOTONS) / float(wave.abs().square().sum()))
    intensity = (wave * scale).abs().square()
    if photons is not None:
        intensity = torch.poisson(intensity, generator=rng)
    valid = torch.ones(shape, dtype=torch.bool)
    if gap:
        valid[2] = False
    complex_dtype = torch.complex128 if dtype == torch.float64 else torch.complex64
    problem = Problem.measured(intensity.to(dtype), mapping, valid, truth=(truth * scale).to(complex_dtype))
    return problem.to(device)


def _blob(shape: tuple[int, ...], rng: torch.Generator) -> Tensor:
    """Return (*shape) complex128: a lopsided ellipsoid with a soft edge and a smooth phase, zero outside."""
    axes = [2 * (torch.arange(n, dtype=torch.float64) - n // 2 + 0.5) / max(n // 2, 1) for n in shape]
    places = torch.stack(torch.meshgrid(*axes, indexing="ij"))
    tilt, bend = torch.rand((2, len(shape)), generator=rng, dtype=torch.float64) - 0.5
    radius = torch.linalg.vector_norm(
        places * (1 + 0.4 * torch.sign(places) * tilt.reshape(-1, *[1] * len(shape))), dim=0
    )
    inside = torch.zeros(shape, dtype=torch.bool)
    inside[fourier.half_box(shape)] = True
    modulus = (1.5 - radius).clamp(0, 1) * inside
    phase = torch.tensordot(2 * tilt, places, dims=1) + torch.tensordot(3 * bend, places**2, dims=1)
    return torch.polar(modulus, phase)


def truth_of(problem: Problem) -> Tensor:
    """Return the truth; raises LawWaived if there is none."""
    if problem.truth is None:
        raise LawWaived("the problem has no truth")
    return problem.truth


def start_state(problem: Problem, seeds: tuple[int, ...] = (3, 7)) -> State:
    """Return a state to start from: random objects inside the support, with the energy of the data."""
    members = []
    for seed in seeds:
        rng = torch.Generator().manual_seed(seed)
        members.append(torch.randn(problem.space, dtype=torch.complex128, generator=rng))
    object = torch.stack(members).to(problem.device, problem.complex_dtype) * problem.support
    energy = object.abs().square().sum(dim=fourier.axes(problem.ndim), keepdim=True)
    object = object * (problem.intensity.sum().clamp(min=1) / energy).sqrt()
    return State(object=object, support=problem.support.expand(object.shape).clone(), seeds=seeds)


def problems_for(plugin: Solver | Loss, device: str, held_out: float = 0.0) -> list[Problem]:
    """Return the reference problems, with a gap, that a solver or loss takes; raises LawWaived if it takes none."""
    refusal, accepted = None, []
    for shape in SHAPES:
        problem = reference_problem(shape, device=device, gap=True).hold_out(held_out, radius=1)
        reason = plugin.refusal(problem)
        if reason is None:
            accepted.append(problem)
        refusal = refusal or reason
    if not accepted:
        raise LawWaived(f"it refuses the reference problem: {refusal}")
    return accepted


def extremes(problem: Problem) -> dict[str, Problem]:
    """Return data at the edge of sense: a dark detector, one hot voxel, one trusted voxel."""
    zero = torch.zeros_like(problem.intensity)
    hot = problem.intensity.clone()
    hot.view(-1)[3] = 1e6 * float(hot.max())
    alone = torch.zeros_like(problem.valid)
    alone.view(-1)[0] = True
    one = torch.where(alone, problem.intensity, zero)
    return {
        "a dark detector": replace(problem, intensity=zero, amplitude=zero),
        "one hot voxel": replace(problem, intensity=hot, amplitude=hot.sqrt()),
        "one trusted voxel": replace(problem, intensity=one, amplitude=one.sqrt(), valid=alone),
    }


def spoilt(problem: Problem) -> Problem:
    """Return `problem` with other counts at the voxels that a solver must ignore: untrusted and held-out ones."""
    rng = torch.Generator().manual_seed(1)
    other = torch.rand(problem.detector, generator=rng).to(problem.intensity) * 10 * problem.intensity.max()
    intensity = torch.where(problem.valid, problem.intensity, other)
    hidden = torch.where(problem.held_out, other, problem.hidden)
    return replace(problem, intensity=intensity, amplitude=intensity.sqrt(), hidden=hidden)
