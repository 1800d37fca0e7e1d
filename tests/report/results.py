"""Results as if a solver had found them: a box with a phase ramp, and the ways in which a result can be broken."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from phasekit import Geometry, Problem, Result, fourier
from phasekit.core.result import MetricsRow


class Plain(Geometry):
    """One Fourier transform with any voxel basis."""

    name: Literal["plain"] = "plain"
    steps: tuple[tuple[float, float, float], ...] = ((0, 0, 10e-9), (0, 10e-9, 0), (10e-9, 0, 0))
    metres: bool = True

    def forward(self, object: Tensor) -> Tensor:
        return fourier.to_wave(object, self.ndim)

    def adjoint(self, wave: Tensor) -> Tensor:
        return fourier.to_object(wave, self.ndim)

    def basis(self, space: tuple[int, ...]) -> Tensor:
        return torch.tensor(self.steps[: len(space)], dtype=torch.float64)

    def calibrated(self) -> bool:
        return self.metres


def make_result(shape: tuple[int, ...] = (24, 20, 16), seeds: int = 4, geometry: Geometry | None = None) -> Result:
    """A box with a phase ramp, from seeds that differ by a little noise; the last one failed."""
    rng = torch.Generator().manual_seed(0)
    support = torch.zeros(shape, dtype=torch.bool)
    support[fourier.half_box(shape)] = True
    ramp = torch.linspace(-1, 1, shape[-1]).expand(shape)
    truth = torch.polar(support.float() * 10, 0.8 + ramp)
    noise = torch.randn((seeds, *shape), generator=rng, dtype=torch.complex64)
    object = (truth + 0.2 * noise) * support
    valid = torch.ones(shape, dtype=torch.bool)
    valid[..., 3] = False
    intensity = fourier.to_wave(truth, len(shape)).abs().square().round()
    problem = Problem.measured(intensity, geometry or Plain(), valid).hold_out(0.05, radius=1)
    rows = [MetricsRow(s, k, 0.1 * k, {"chi2": 1 / (k + 1 + s), "r": 0.5}) for k in range(5) for s in range(seeds)]
    return Result(
        problem=replace(problem, notes=("7 trusted counts were negative: left untrusted",)),
        object=object,
        support=support.expand(seeds, *shape).clone(),
        seeds=tuple(range(seeds)),
        final={"chi2": torch.linspace(0.1, 0.2, seeds, dtype=torch.float64), "r": torch.full((seeds,), 0.5)},
        rank="chi2",
        mean=object[:2].mean(dim=0),
        agreeing=tuple(range(min(2, seeds))),
        agreement=torch.linspace(1, 0.9, seeds, dtype=torch.float64),
        failed=(seeds - 1,) if seeds > 1 else (),
        history=tuple(rows),
        diagnostics={"weight": torch.arange(float(seeds)) + 42, "β": torch.rand(seeds, 6)},
        references={"object-error of the flat shape": 0.21},
    )


def without_held_out(result: Result) -> Result:
    problem = result.problem
    return replace(result, problem=replace(problem, held_out=torch.zeros_like(problem.held_out)))


EVIL = "<script>alert('x')</script></script><img src=http://evil.example/x onerror=alert(1)> & \"'"
"""A text that would act if it became markup."""


BROKEN = (
    *("zero object", "NaN object", "empty support", "all failed"),
    *("nothing measured on the way", "no voxel fitted"),
)


def broken(result: Result, which: str) -> Result:
    """Break a result in one of the ways of `BROKEN`."""
    if which == "zero object":
        return replace(result, object=torch.zeros_like(result.object), mean=torch.zeros_like(result.mean))
    if which == "NaN object":
        return replace(result, object=result.object * float("nan"))
    if which == "empty support":
        return replace(result, support=torch.zeros_like(result.support))
    if which == "all failed":
        nan = {name: values * float("nan") for name, values in result.final.items()}
        return replace(result, final=nan, failed=result.seeds, agreement=result.agreement * float("nan"))
    if which == "nothing measured on the way":
        return replace(result, history=(), diagnostics={}, references={})
    problem = result.problem
    dark, zero = problem.valid & (problem.intensity > 0), torch.zeros_like(problem.intensity)
    hidden = torch.where(dark, problem.intensity, zero)
    unseen = replace(
        problem, valid=torch.zeros_like(dark), held_out=dark, hidden=hidden, intensity=zero, amplitude=zero
    )
    return replace(result, problem=unseen)
