"""Conversion of data to another array shape, and of objects back: for networks of a fixed shape."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from phasekit.core.problem import Problem
from phasekit.numerics import fourier
from phasekit.runtime.errors import InputError

NEAR = 0.2
"""Relative change of the window below which the data are not resampled."""

UNTRUSTED = 0.1
"""Weight of untrusted voxels in an interpolated voxel above which it is not trusted either."""


@dataclass(frozen=True)
class Refit:
    """The conversion of data to a network's shape, and of objects back.

    Two steps, both exact for band-limited functions. In real space the autocorrelation is cut or padded with zeros from
    `detector` to `window`: the intensity is resampled, the field of view changes and the voxel stays. Then the
    intensity is cut or padded with zeros from `window` to `target` about zero frequency: the voxel changes and the
    field of view stays. The number of photons is kept: the object of the data has, with the same values in an array
    of shape `window`, the resampled intensity.
    """

    detector: tuple[int, ...]
    """Shape of the data."""
    window: tuple[int, ...]
    """Real-space voxels kept, of the data's voxel size; the autocorrelation, twice the object's size, fits in."""
    target: tuple[int, ...]
    """Shape that the network accepts."""

    @classmethod
    def choose(cls, problem: Problem, target: tuple[int, ...], extent: tuple[float, ...] | None) -> Refit:
        """Choose the window in which the object of `problem` is as large as the objects of the training.

        `extent` is the fraction of the array, per axis, that objects had in training: 1 over
        `Problem.oversampling`. None keeps the data's field of view. An axis also keeps it if it would change by
        less than `NEAR` of itself, or if the object's extent is unknown. Raises InputError if the network takes data
        of other dimensions, or if `extent` is not one fraction between 0 and 1 per axis.
        """
        detector, ndim = problem.detector, problem.ndim
        if len(target) != ndim:
            raise InputError(
                f"the data are {ndim}-D, shape {detector}, but the network takes {len(target)}-D data, shape "
                f"{tuple(target)}; use weights trained on {ndim}-D data"
            )
        if extent is None:
            return cls(detector, detector, tuple(target))
        if len(extent) != ndim or not all(0 < part <= 1 for part in extent):
            raise InputError(
                f"the extent of the network's objects is {extent}; {ndim} fractions of the array, above 0 and at "
                "most 1, are needed, or none"
            )
        rows = zip(detector, problem.oversampling(), extent, strict=True)
        return cls(detector, tuple(_window(*row) for row in rows), tuple(target))

    def amplitude(self, intensity: Tensor) -> Tensor:
        """Return √intensity (*batch, *target) on the network's grid, of real `intensity` (*batch, *detector).

        Zero frequency comes first in both. Pass an intensity without gaps, as `Problem.filled` returns it: a gap of
        zeros causes ringing everywhere. Negative values, an effect of resampling noise, become 0; unmeasured
        frequencies are 0.
        """
        _refuse_other("intensity", intensity, self.detector)
        for axis, kept, length in self._axes(self.window, self.target):
            intensity = _cut(_resampled(intensity.movedim(axis, -1), kept), length).movedim(-1, axis)
        return intensity.clamp(min=0).sqrt().contiguous()

    def trusted(self, valid: Tensor) -> Tensor:
        """Return (*target) bool: the trusted voxels of `amplitude`, given those of the data, (*detector) bool.

        A voxel is trusted if untrusted voxels have at most the weight `UNTRUSTED` in its linear interpolation. Voxels
        beyond the measured frequencies are not trusted.
        """
        _refuse_other("valid mask", valid, self.detector)
        bad = (~valid).to(torch.get_default_dtype())
        for axis, kept, _ in self._axes(self.window, self.target):
            if kept != bad.shape[axis]:
                bad = (bad.movedim(axis, -1) @ _shares(bad.shape[axis], kept).to(bad).T).movedim(-1, axis)
        good = bad <= UNTRUSTED
        for axis, _, length in self._axes(self.window, self.target):
            good = _cut(good.movedim(axis, -1), length).movedim(-1, axis)
        return good.contiguous()

    def object(self, object: Tensor) -> Tensor:
        """Return a network's complex `object` (*batch, *target) on the data's grid, (*batch, *detector).

        The centre n//2 stays the centre. At the measured frequencies its wave has the modulus that it has in the
        network's array; other frequencies are dropped, and frequencies missing in the network's array are 0. Values
        outside the data's field of view are cut off.
        """
        _refuse_other("object", object, self.target)
        for axis, kept, length in self._axes(self.window, self.detector):
            # With the centre at index 0 the phases of the wave are the same for odd and even lengths.
            line = fourier.uncentred(object.movedim(axis, -1), 1)
            if line.shape[-1] != kept:
                line = fourier.to_object(_cut(fourier.to_wave(line, 1), kept), 1)
            object = fourier.centred(_cut(line, length), 1).movedim(-1, axis)
        return object.contiguous()

    def voxels(self) -> tuple[float, ...]:
        """Return per axis the ratio of the network's voxel to the data's."""
        return tuple(kept / length for kept, length in zip(self.window, self.target, strict=True))

    def is_identity(self) -> bool:
        """Return whether data and objects stay unchanged."""
        return self.detector == self.window == self.target

    def _axes(self, first: tuple[int, ...], second: tuple[int, ...]) -> list[tuple[int, int, int]]:
        """Return each axis, negative, with its lengths after the first and the second step.

        Both steps are separable; done one axis at a time, they need no array of shape `window`.
        """
        return list(zip(fourier.axes(len(self.target)), first, second, strict=True))


def _window(length: int, oversampling: float, extent: float) -> int:
    """Return how many voxels of an axis to keep so that the object fills the fraction `extent`."""
    if math.isnan(oversampling):
        return length
    size = length / oversampling
    # A window below twice the object's size would cut its autocorrelation.
    window = fourier.fast_length(max(8, round(size / extent), round(2 * size)))
    return length if abs(window - length) < NEAR * length else window


def _refuse_other(name: str, array: Tensor, shape: tuple[int, ...]) -> None:
    """Raise InputError if the last axes of `array` have another shape."""
    if tuple(array.shape[-len(shape) :]) != shape:
        raise InputError(f"the {name} has shape {tuple(array.shape)}; this refit takes {shape} as its last axes")


def _cut(line: Tensor, length: int) -> Tensor:
    """Cut or pad (*batch, n) to (*batch, length) with zeros (False) about index 0, where the centre is."""
    least = min(line.shape[-1], length)
    after, before = line[..., : (least + 1) // 2], line[..., line.shape[-1] - least // 2 :]
    between = line.new_zeros((*line.shape[:-1], length - least))
    return torch.cat([after, between, before], dim=-1)


def _resampled(intensity: Tensor, length: int) -> Tensor:
    """Resample real (*batch, n) to (*batch, length) by cutting or padding its transform, and keep the photons.

    The transform is √n times the unitary one, the inverse 1/√length: intensities are inversely proportional to the
    number of voxels over which the object's energy is spread.
    """
    n = intensity.shape[-1]
    if n == length:
        return intensity
    correlation = torch.fft.rfft(intensity, dim=-1)[..., : length // 2 + 1]
    # The plane n/2 of an even length is also −n/2: a longer array shares it between both, a shorter one adds them.
    if length > n and n % 2 == 0:
        correlation[..., n // 2] *= 0.5
    elif length < n and length % 2 == 0:
        correlation[..., length // 2] *= 2
    resampled: Tensor = torch.fft.irfft(correlation, n=length, dim=-1)
    return resampled


def _shares(n: int, length: int) -> Tensor:
    """Return (length, n): the weights of n voxels in each of `length`, by periodic linear interpolation.

    With fewer voxels than before, each averages all that lie between its neighbours.
    """
    place = torch.fft.fftfreq(length, d=1 / n, dtype=torch.float64)
    apart = (place[:, None] - torch.arange(n)).remainder(n)
    share = (1 - torch.minimum(apart, n - apart) / max(1, n / length)).clamp(min=0)
    return share / share.sum(dim=1, keepdim=True)
