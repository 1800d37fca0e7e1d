"""Data of one array shape as data of another, and objects found there brought back: for networks of a fixed shape."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from phasekit.core.problem import Problem
from phasekit.numerics import fourier
from phasekit.runtime.errors import InputError

NEAR = 0.2
"""Part of its own length below which a change of the window is not worth resampling the data."""

UNTRUSTED = 0.1
"""Share of untrusted voxels in what a voxel is interpolated from above which it is not trusted either."""


@dataclass(frozen=True)
class Refit:
    """How data of one shape become those of a network's shape, and objects come back.

    Two steps, both exact in Fourier's sense. In real space the autocorrelation is cut or padded with zeros from
    `detector` to `window`: the intensity is resampled, the field of view changes and the voxel stays. Then the
    intensity is cut or padded with zeros from `window` to `target` about zero frequency: the voxel changes and the
    field of view stays. Photons are kept: the object that gives the data gives, in an array of shape `window` and with
    the same values, the resampled intensity.
    """

    detector: tuple[int, ...]
    """Shape of the data."""
    window: tuple[int, ...]
    """Voxels of real space that are kept, of the data's own size; the autocorrelation, twice the object, fits in."""
    target: tuple[int, ...]
    """Shape that the network takes."""

    @classmethod
    def choose(cls, problem: Problem, target: tuple[int, ...], extent: tuple[float, ...] | None) -> Refit:
        """Choose the window in which the object of `problem` is as large as a network knows objects.

        `extent` is the part of its array, per axis, that objects had in training, told as `Problem.oversampling` tells
        it (1 over that); None keeps the data's field of view. It is kept too along an axis where it would change by
        less than `NEAR` of itself or where the object's extent cannot be told. Raises InputError where the network
        takes data of other dimensions, or `extent` is not one part between 0 and 1 per axis.
        """
        detector, ndim = problem.detector, problem.ndim
        if len(target) != ndim:
            raise InputError(
                f"the data are {ndim}-D, shape {detector}, and the network takes {len(target)}-D data, shape "
                f"{tuple(target)}; take weights that were trained on {ndim}-D data"
            )
        if extent is None:
            return cls(detector, detector, tuple(target))
        if len(extent) != ndim or not all(0 < part <= 1 for part in extent):
            raise InputError(
                f"the extent of the network's objects is {extent}; {ndim} parts of the array above 0 and at most 1 are "
                "needed, or none"
            )
        rows = zip(detector, problem.oversampling(), extent, strict=True)
        return cls(detector, tuple(_window(*row) for row in rows), tuple(target))

    def amplitude(self, intensity: Tensor) -> Tensor:
        """Return √intensity (*batch, *target) as the network's array has it, of real `intensity` (*batch, *detector).

        Zero frequency comes first in both. Give an intensity without gaps, as `Problem.filled` does: a gap of zeros
        rings all over what is resampled. Negative values, which resampling noise makes, become 0; frequencies that
        were not measured are 0.
        """
        _refuse_other("intensity", intensity, self.detector)
        for axis, kept, length in self._axes(self.window, self.target):
            intensity = _cut(_resampled(intensity.movedim(axis, -1), kept), length).movedim(-1, axis)
        return intensity.clamp(min=0).sqrt().contiguous()

    def trusted(self, valid: Tensor) -> Tensor:
        """Return (*target) bool: what to trust of `amplitude`, given what is trusted of the data, (*detector) bool.

        A voxel is trusted where at most `UNTRUSTED` of its surroundings, those of linear interpolation, is not. What
        lies beyond the measured frequencies is not trusted.
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
        """Return complex `object` (*batch, *target), as a network found it, on the data's grid, (*batch, *detector).

        The centre n//2 stays the centre. Its wave has the modulus there that it had in the network's array, at
        the measured frequencies; what it has at others is dropped, and 0 where the network's array had no room. What
        lies outside the data's field of view is cut off.
        """
        _refuse_other("object", object, self.target)
        for axis, kept, length in self._axes(self.window, self.detector):
            # With the centre at index 0 the phases of the wave depend on no length, odd or even.
            line = fourier.uncentred(object.movedim(axis, -1), 1)
            if line.shape[-1] != kept:
                line = fourier.to_object(_cut(fourier.to_wave(line, 1), kept), 1)
            object = fourier.centred(_cut(line, length), 1).movedim(-1, axis)
        return object.contiguous()

    def voxels(self) -> tuple[float, ...]:
        """Return per axis how long the network's voxel is over the data's."""
        return tuple(kept / length for kept, length in zip(self.window, self.target, strict=True))

    def is_identity(self) -> bool:
        """Tell whether data and objects stay as they are."""
        return self.detector == self.window == self.target

    def _axes(self, first: tuple[int, ...], second: tuple[int, ...]) -> list[tuple[int, int, int]]:
        """Return each axis, negative, with its lengths after the first and the second step.

        Both steps are products of those along the axes, and one axis at a time no array of shape `window` is needed.
        """
        return list(zip(fourier.axes(len(self.target)), first, second, strict=True))


def _window(length: int, oversampling: float, extent: float) -> int:
    """Return how many voxels to keep of an axis of `length` for the object to be `extent` of them."""
    if math.isnan(oversampling):
        return length
    size = length / oversampling
    # Below twice the object's size its autocorrelation would be cut.
    window = fourier.fast_length(max(8, round(size / extent), round(2 * size)))
    return length if abs(window - length) < NEAR * length else window


def _refuse_other(name: str, array: Tensor, shape: tuple[int, ...]) -> None:
    """Raise InputError where the last axes of `array` are not of this shape."""
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

    The transform is √n times the unitary one and the way back 1/√length: intensities are inversely as the number of
    voxels that the object's energy is spread over.
    """
    n = intensity.shape[-1]
    if n == length:
        return intensity
    correlation = torch.fft.rfft(intensity, dim=-1)[..., : length // 2 + 1]
    # The plane n/2 of an even length stands for −n/2 too: shared by both in a longer array, their sum in a shorter.
    if length > n and n % 2 == 0:
        correlation[..., n // 2] *= 0.5
    elif length < n and length % 2 == 0:
        correlation[..., length // 2] *= 2
    resampled: Tensor = torch.fft.irfft(correlation, n=length, dim=-1)
    return resampled


def _shares(n: int, length: int) -> Tensor:
    """Return (length, n): what share each of n voxels has, by periodic linear interpolation, in each of `length`.

    Where there are fewer voxels than before, each takes from all that lie between its neighbours.
    """
    place = torch.fft.fftfreq(length, d=1 / n, dtype=torch.float64)
    apart = (place[:, None] - torch.arange(n)).remainder(n)
    share = (1 - torch.minimum(apart, n - apart) / max(1, n / length)).clamp(min=0)
    return share / share.sum(dim=1, keepdim=True)
