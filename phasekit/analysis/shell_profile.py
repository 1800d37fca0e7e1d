"""ShellProfile: how well a prediction explains the data, shell by shell of |Q|."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from phasekit.analysis.shells import Shells
from phasekit.core.problem import Problem
from phasekit.numerics.photon_noise import residual_variance, shortfall


@dataclass(frozen=True, eq=False)
class ShellProfile:
    """Figures per shell of |Q|, all (shells,) float64; NaN for a shell without suitable voxels.

    A residual is Σ(√Ip − √Im)² / ΣIm. Noise is the part from photon counting alone if the prediction is correct: its
    expectation under a Poisson law of the predicted counts.
    """

    measured: Tensor
    """Fourier spectral weight of the data: Σ√Im over the known voxels, trusted or held out."""
    predicted: Tensor
    """Fourier spectral weight of the prediction, over the same voxels."""
    counted: Tensor
    """The same for counted photons: ΣE√n. The root of few photons is on average less than √Ip."""
    trusted: Tensor
    """Fraction of the shell's voxels that are trusted and visible to the solver."""
    fitted: Tensor
    """Residual of the voxels that the solver saw."""
    fitted_noise: Tensor
    held_out: Tensor
    """Residual of the voxels hidden from it."""
    held_out_noise: Tensor
    held_out_spread: Tensor
    """Standard deviation of that noise."""
    guess: Tensor
    """Residual of the held-out voxels with the predicted values at shuffled places of the shell."""
    found: Tensor
    """Fraction of the predicted detail in the shell that its held-out voxels confirm: cov(√Ip, √Im) over its value
    for a correct prediction; 1 for detail from the data, 0 for detail invented by the solver."""
    found_error: Tensor
    """Its standard deviation, from photon noise and the number of speckles."""

    @classmethod
    def of(cls, problem: Problem, amplitude: Tensor, shells: Shells) -> Self:
        """Compare the predicted `amplitude` (*detector) with the data, shell by shell."""
        sensitivity = torch.ones_like(problem.intensity) if problem.sensitivity is None else problem.sensitivity
        sensitivity, amplitude = sensitivity.double(), amplitude.double()
        intensity = problem.measured_intensity.double()
        root, mean = problem.measured_amplitude, amplitude.square() * sensitivity
        lost = shortfall(mean) / sensitivity.sqrt()  # √Ip − E√Im
        squared, expected = (amplitude - root).square(), 2 * amplitude * lost
        variance = residual_variance(mean) / sensitivity.square()
        seen, held, known = problem.valid, problem.held_out, problem.trusted

        def relative(values: Tensor, where: Tensor) -> Tensor:
            return values / _positive(shells.total(intensity, where))

        mixed = _mixed(shells, amplitude, root, held)
        guess = shells.total(amplitude.square() + root.square(), held) - 2 * mixed
        found, found_error = _found(shells, amplitude, root, lost, held)
        return cls(
            measured=shells.total(root, known),
            predicted=shells.total(amplitude, known),
            counted=shells.total(amplitude - lost, known),
            trusted=shells.part(seen),
            fitted=relative(shells.total(squared, seen), seen),
            fitted_noise=relative(shells.total(expected, seen), seen),
            held_out=relative(shells.total(squared, held), held),
            held_out_noise=relative(shells.total(expected, held), held),
            held_out_spread=relative(shells.total(variance, held).sqrt(), held),
            guess=relative(guess, held),
            found=found,
            found_error=found_error,
        )


def _found(shells: Shells, amplitude: Tensor, root: Tensor, lost: Tensor, held: Tensor) -> tuple[Tensor, Tensor]:
    """Return `found` and `found_error`; `root` is √Im and `lost` √Ip − E√Im, (*detector)."""
    count = shells.voxels(held).double()
    counted = amplitude - lost
    agree = shells.total(amplitude * root, held) - _mixed(shells, amplitude, root, held)
    # Rounding gives a shell of equal values a detail of about 1e-16.
    scale = shells.total(amplitude * counted, held)
    detail = scale - _mixed(shells, amplitude, counted, held)
    detail = torch.where(detail > 1e-9 * scale, detail, torch.nan)
    about = amplitude - (shells.total(amplitude, held) / count)[shells.index]
    by_noise = shells.total(about.square() * lost * (2 * amplitude - lost), held) / detail.square()
    speckles = count / 2**held.ndim  # a speckle is two voxels long or longer
    return agree / detail, (by_noise + 1 / speckles).sqrt()


def _mixed(shells: Shells, one: Tensor, other: Tensor, where: Tensor) -> Tensor:
    """Return the mean of Σ one · other if one of them is shuffled within the shell."""
    return shells.total(one, where) * shells.total(other, where) / shells.voxels(where)


def _positive(sums: Tensor) -> Tensor:
    return torch.where(sums > 0, sums, torch.nan)
