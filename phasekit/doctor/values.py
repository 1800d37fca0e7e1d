"""Findings about what the numbers are: amplitudes, logarithms, yes and no, the mask of the other sense."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import fmean

import torch
from torch import Tensor

from phasekit.core.measurement import Measurement
from phasekit.doctor.examined import Examined
from phasekit.doctor.finding import Finding
from phasekit.numerics import fourier
from phasekit.numerics.autocorrelation import oversampling

NARROWER = 0.88
"""Oversampling of the squared data over that of the data, above which these are no intensities. Squared intensities
have an autocorrelation wider by half; amplitudes and logarithms do not."""

DISTINCT = 2.3
"""Least oversampling at which the two can be distinguished."""

TRUSTED = 0.5
"""Trusted fraction of the voxels below which the sense of the mask is doubted."""

SOME = 20
"""Fewest counts above 1 that show that they are whole numbers."""

LARGEST_LOG = 50.0
"""Largest value that a logarithm of counts can have."""

MEANT: dict[str, tuple[str, Callable[[Tensor], Tensor], str]] = {
    "amplitudes": ("amplitudes, square roots of intensities", torch.square, "numpy.square"),
    "logarithms": ("natural logarithms of intensities", torch.expm1, "numpy.expm1"),
    "decimal logarithms": ("decimal logarithms of intensities", lambda v: 10**v - 1, "10**data - 1"),
}
"""What data may be instead of intensities -> words, what makes intensities of them, and how to write that."""


def yes_or_no(examined: Examined) -> Iterator[Finding]:
    """Find data that are only zero and one."""
    values = examined.raw.counts[examined.raw.valid]
    if examined.measured and len(values) and bool(((values == 0) | (values == 1)).all()):
        yield Finding(
            "boolean",
            f"Every trusted value is 0 or 1, and {int(values.sum())} are 1.",
            "This is a mask, a support or a threshold, not intensities: name the array that has the counts.",
            wrong=True,
        )


def not_intensities(examined: Examined) -> Iterator[Finding]:
    """Find amplitudes or logarithms, by the extent of the object that their autocorrelation gives."""
    if not examined.measured or whole_numbers(examined.raw):
        return
    sound = examined.sound
    if not float(sound.valid.double().mean()) > 0.95 or not bool((sound.counts * sound.valid).any()):
        return
    meant = counted_as(examined.raw) or likeliest(sound.counts * sound.valid, sound.sensitivity)
    if meant is not None:
        words, _, code = MEANT[meant]
        yield Finding(
            "not-intensities",
            f"The data are {words}: as such they are whole numbers, or have the narrower autocorrelation.",
            f"A solver needs intensities: store {code} of the array, or the counts as measured.",
            wrong=True,
        )


def counted_as(raw: Measurement) -> str | None:
    """Return what the counts as read are, a key of MEANT, if that makes whole numbers of them; else None."""
    values = raw.counts[raw.valid & (raw.counts > 0)].double()
    values = values[values < values.median() * 4]  # the large ones are rounded too coarsely
    for name, (_, function, _) in MEANT.items():
        counts = function(values.clamp(max=LARGEST_LOG) if name != "amplitudes" else values)
        rounded = counts.round()
        if int((rounded > 1).sum()) > SOME and float(((counts - rounded).abs() < 2e-3).double().mean()) > 0.98:
            return name
    return None


def likeliest(counts: Tensor, sensitivity: Tensor | None = None) -> str | None:
    """Return what (*detector) centred data are instead of intensities, a key of MEANT; None if nothing else."""
    counts = counts.double()

    def extent(intensity: Tensor) -> tuple[float, ...]:
        photons = intensity if sensitivity is None else intensity / sensitivity
        # As if of so many photons that noise is irrelevant.
        return oversampling(fourier.uncentred(photons * (1e9 / photons.sum()), photons.ndim))

    given = extent(counts)
    if min(given) < DISTINCT:
        return None
    small = float(counts.max()) < LARGEST_LOG
    made = {name: function(counts) for name, (_, function, _) in MEANT.items() if small or name == "amplitudes"}
    fits = {name: extent(intensity) for name, intensity in made.items()}
    best = max(fits, key=lambda name: fmean(fits[name]))
    return best if fmean(b / a for a, b in zip(given, fits[best], strict=True)) > NARROWER else None


def normalised(examined: Examined) -> Iterator[Finding]:
    """Find counts that were divided by their maximum or their sum."""
    values = examined.raw.counts[examined.raw.valid]
    if not examined.measured or not len(values) or whole_numbers(examined.raw):
        return
    top = float(values.max())
    if 0 < top <= 1:
        yield Finding(
            "normalised",
            f"The highest value is {top:.4g}: the counts were divided by something.",
            "The object is the same, but likelihoods and the limit of counting noise need photons: use the counts as "
            "measured, or multiply by what they were divided by.",
        )


def mask_sense(examined: Examined) -> Iterator[Finding]:
    """Find a mask that trusts the minority of the voxels, and not the pattern."""
    if not examined.measured:
        return
    raw = examined.raw
    fraction = float(raw.valid.double().mean())
    outside, inside = (
        float(raw.counts[part].clamp(min=0).nan_to_num(0, 0, 0).sum()) for part in (~raw.valid, raw.valid)
    )
    if fraction < TRUSTED and outside > inside:
        yield Finding(
            "mask-sense",
            f"The mask trusts {fraction:.1%} of the voxels, with {inside / (inside + outside):.1%} of the counts.",
            "It probably has the other sense. By default (valid_means: good) a nonzero value means that a voxel is "
            "trusted; write the other one of good and bad.",
            wrong=True,
        )


def whole_numbers(measured: Measurement) -> bool:
    """Return whether nearly all trusted counts are whole numbers, so that they were counted."""
    values = measured.counts[measured.valid & (measured.counts != 0)]
    return len(values) > 0 and float((values == values.round()).double().mean()) > 0.95


CHECKS = (yes_or_no, not_intensities, normalised, mask_sense)
