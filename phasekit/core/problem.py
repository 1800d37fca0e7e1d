"""Problem: one measurement with its geometry, and the two methods through which every solver uses the data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from phasekit.core.from_arrays import centred_notes, load_arrays
from phasekit.core.geometry import Geometry
from phasekit.core.held_out import islands
from phasekit.core.measurement import strange
from phasekit.numerics import fourier
from phasekit.numerics.autocorrelation import oversampling
from phasekit.numerics.detector_model import detected, ramp
from phasekit.numerics.modulus import impose_modulus
from phasekit.runtime.errors import InputError

FILLED = 0.05
"""Largest fraction of the counts that may be filled in for untrusted voxels to estimate the oversampling."""

NOTHING: Mapping[str, Tensor] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Problem:
    """Measured intensities, which of them to trust, and the map from object to detector.

    Detector arrays have zero frequency at index 0; make a problem with `Problem.measured`, which checks them.
    Solvers use the data only through `predict` and `project`.
    """

    intensity: Tensor
    """(*detector) real: photons, corrected for `sensitivity`; 0 where untrusted or held out. Below 0 only where a
    subtraction left noise, whose mean likelihoods need."""
    amplitude: Tensor
    """(*detector) real: √intensity; 0 where that is below 0."""
    valid: Tensor
    """(*detector) bool: what a solver may trust."""
    held_out: Tensor
    """(*detector) bool: trusted voxels that no solver sees; not in `valid`."""
    geometry: Geometry
    support: Tensor
    """(*space) bool: where the object may be at first; its shape is the object's."""
    hidden: Tensor
    """(*detector) real: the intensity of the held-out voxels, 0 elsewhere; only for the evaluation."""
    truth: Tensor | None = None
    """(*space) complex: the true object, if known."""
    sensitivity: Tensor | None = None
    """(*detector) real > 0: counts per photon (flat field × monitor); None means 1. Raw counts are
    intensity × sensitivity."""
    notes: tuple[str, ...] = ()
    """Notes from reading, as sentences for the report."""
    preparation: tuple[str, ...] = ()
    """The corrections of the counts, in order, as sentences for the report."""
    origin: tuple[float, ...] = ()
    """Index, in the array as read, of the middle of voxel 0 of the centred data; () if nothing was read."""
    factors: tuple[int, ...] = ()
    """Voxels as read per voxel now, for each axis; () if nothing was read."""

    @classmethod
    def measured(
        cls,
        intensity: Tensor,
        geometry: Geometry,
        valid: Tensor | None = None,
        *,
        support: Tensor | None = None,
        truth: Tensor | None = None,
        sensitivity: Tensor | None = None,
        notes: tuple[str, ...] = (),
        preparation: tuple[str, ...] = (),
        origin: tuple[float, ...] = (),
        factors: tuple[int, ...] = (),
        subtracted: bool = False,
    ) -> Problem:
        """Check data and return a problem.

        `intensity` (*detector) real and `valid` (*detector) bool have zero frequency first. NaN, infinite and
        negative counts are counted in the notes and left untrusted; noise about zero stays trusted, and so do all
        negative counts if they are known to be `subtracted`. Raises InputError for shapes that do not fit, an all-zero
        array, or fewer than two trusted voxels.
        """
        shape = tuple(intensity.shape)
        if len(shape) not in (2, 3) or min(shape) < 4:
            raise InputError(f"the data have shape {shape}; 2-D or 3-D with at least 4 voxels per axis is needed")
        if valid is None:
            valid = torch.ones(shape, dtype=torch.bool, device=intensity.device)
        intensity = intensity if intensity.is_floating_point() else intensity.float()
        given = {"valid mask": valid, "sensitivity": sensitivity, "truth": truth, "support": support}
        for name, array in given.items():
            if array is not None and tuple(array.shape) != shape:
                raise InputError(f"the {name} has shape {tuple(array.shape)}, the data have {shape}; they must agree")
        bad, found = (~intensity.isfinite(), ()) if subtracted else strange(intensity, valid)
        valid, notes = valid & ~bad, (*notes, *found)
        if int(valid.sum()) < 2:
            raise InputError(
                f"{int(valid.sum())} of {valid.numel()} voxels are trusted and at least 2 are needed; "
                "check the mask and its sense (valid_means)"
            )
        intensity = torch.where(valid, intensity, torch.zeros_like(intensity))
        if not bool(intensity.any()):
            raise InputError("every trusted count is zero; check the data set, the crop and the mask")
        if support is None:
            support = torch.zeros_like(valid)
            support[fourier.half_box(shape)] = True
        geometry = geometry.for_data(len(shape))
        return cls(
            intensity=intensity,
            amplitude=intensity.clamp(min=0).sqrt(),
            valid=valid,
            held_out=torch.zeros_like(valid),
            geometry=geometry,
            support=support,
            hidden=torch.zeros_like(intensity),
            truth=truth,
            sensitivity=sensitivity,
            notes=(*notes, *(() if origin else centred_notes(intensity)), *geometry.remarks(tuple(support.shape))),
            preparation=preparation,
            origin=origin,
            factors=factors,
        )

    @classmethod
    def from_arrays(
        cls,
        intensity: Any,
        *,
        mask: Any = None,
        mask_means: str = "good",
        geometry: Geometry | Mapping[str, Any] | str | None = None,
        energy_kev: float | None = None,
        distance_m: float | None = None,
        pixel_um: float | tuple[float, ...] | None = None,
        **options: Any,
    ) -> Problem:
        """Return a problem made of arrays in memory, prepared as those of a file are.

        `intensity` (*detector) real counts and `mask`, of the same shape or that of one frame, are arrays of numpy or
        torch, or h5py data sets, with zero frequency at n//2 unless `order="fft"`. A nonzero mask means `mask_means`,
        "good" or "bad". Energy, distance and pixel are those of `geometry`, far-field by default. `options` are further
        ones of the source `numpy`: dark, flat_field, monitor, truth, prepare, order. Raises InputError.
        """
        lengths = {"energy_kev": energy_kev, "distance_m": distance_m, "pixel_um": pixel_um}
        source = {"path": intensity, "valid": mask, "valid_means": mask_means, **options}
        lengths = {key: value for key, value in lengths.items() if value is not None}
        problem = load_arrays(source, geometry, lengths, Geometry.resolve)
        assert isinstance(problem, cls)
        return problem

    @property
    def space(self) -> tuple[int, ...]:
        """The shape of the object."""
        return tuple(self.support.shape)

    @property
    def detector(self) -> tuple[int, ...]:
        """The shape of the data."""
        return tuple(self.intensity.shape)

    @property
    def ndim(self) -> int:
        """2 or 3."""
        return self.support.ndim

    @property
    def device(self) -> torch.device:
        """The device of the data; every solver works there."""
        return self.intensity.device

    @property
    def complex_dtype(self) -> torch.dtype:
        """The dtype of objects and waves: complex64 for float32 data, complex128 for float64."""
        return torch.complex128 if self.intensity.dtype == torch.float64 else torch.complex64

    @property
    def trusted(self) -> Tensor:
        """(*detector) bool: what was measured and can be believed, shown to solvers or held out."""
        return self.valid | self.held_out

    @property
    def measured_intensity(self) -> Tensor:
        """(*detector) real: photons, corrected for `sensitivity`, those of held-out voxels too; for the judge."""
        return self.intensity + self.hidden

    @property
    def measured_amplitude(self) -> Tensor:
        """(*detector) float64: √measured_intensity; 0 where that is below 0."""
        return self.measured_intensity.double().clamp(min=0).sqrt()

    @cached_property
    def untrusted(self) -> Tensor:
        """(k,) int64: flat indices of the voxels that `project` leaves at the model's prediction."""
        return (~self.valid).flatten().nonzero().flatten()

    def predict(
        self,
        object: Tensor,
        nuisance: Mapping[str, Tensor] = NOTHING,
        within: fourier.Box | None = None,
    ) -> Tensor:
        """Return the amplitude (*batch, *detector) that `object` (*batch, *space) would give; differentiable.

        `nuisance` is that of a state, see `phasekit.numerics.detector_model.NAMES`. With `within`, slices of `space`,
        the object is given in that box only, and is zero outside.
        """
        wave = self.wave(object, nuisance, within)
        if "coherence" not in nuisance and "background" not in nuisance:
            return wave.abs()
        intensity = detected(wave.abs().square(), nuisance, self.ndim)
        return intensity.clamp(min=torch.finfo(intensity.dtype).tiny).sqrt()

    def wave(
        self, object: Tensor, nuisance: Mapping[str, Tensor] = NOTHING, within: fourier.Box | None = None
    ) -> Tensor:
        """Return the coherent wave (*batch, *detector) of `object`; see `predict`."""
        if "centre" in nuisance:
            shifted = ramp(nuisance["centre"], self.space).to(object.dtype)
            object = object * (shifted if within is None else shifted[fourier.inside(within)])
        if within is None:
            return self.geometry.forward(object)
        return self.geometry.forward_within(object, [side.start for side in within], self.space)

    def project(self, object: Tensor, nuisance: Mapping[str, Tensor] = NOTHING) -> Tensor:
        """Return the nearest object that fits the data (Π_m); untrusted voxels keep the prediction of `object`.

        `object` is (*batch, *space); the result is a new tensor that may be modified. With coherence
        or background in `nuisance` the wave is scaled by measured over predicted amplitude, which is no projection.
        """
        with torch.no_grad():
            wave = self.wave(object, nuisance).contiguous()
            if "coherence" in nuisance or "background" in nuisance:
                arriving = detected(wave.abs().square(), nuisance, self.ndim).sqrt()
                factor = self.amplitude / arriving.clamp(min=torch.finfo(arriving.dtype).eps)
                wave = torch.where(self.valid, wave * factor, wave)
            else:
                impose_modulus(wave, self.amplitude, self.untrusted)
            fitted = self.geometry.adjoint(wave).contiguous()
            return fitted * ramp(-nuisance["centre"], self.space) if "centre" in nuisance else fitted

    def to(self, device: torch.device | str) -> Problem:
        """Return the problem with all tensors on `device`."""
        moved: dict[str, Any] = {
            field.name: value.to(device)
            for field in fields(self)
            if isinstance(value := getattr(self, field.name), Tensor)
        }
        return replace(self, **moved)

    def hold_out(self, fraction: float, seed: int = 0, radius: int = 3) -> Problem:
        """Hide islands of trusted voxels from the solvers, about `fraction` of them, for the free likelihood.

        Islands are balls of `radius` voxels, none within 5 % of the array's size of its centre (the peak).
        """
        if not 0 <= fraction <= 0.5:
            raise InputError(f"the held-out part lies between 0 and 0.5, got {fraction:g}", "held_out")
        if fraction == 0:
            return self
        held = islands(self.valid, fraction, seed, radius) & self.valid
        if not bool(held.any()) or int((self.valid & ~held).sum()) < 2:
            raise InputError(f"{fraction:g} leaves no voxels to fit or to judge by; take another", "held_out")
        seen = self.valid & ~held
        zero = torch.zeros_like(self.intensity)
        return replace(
            self,
            intensity=torch.where(seen, self.intensity, zero),
            amplitude=torch.where(seen, self.amplitude, zero),
            valid=seen,
            held_out=self.held_out | held,
            hidden=torch.where(held, self.intensity, self.hidden),
        )

    def filled(self) -> tuple[Tensor, float]:
        """Return the intensity, untrusted voxels filled from their neighbours, and the filled fraction of its sum."""
        trust = fourier.smooth(self.valid.to(self.intensity.dtype), 1.5, self.ndim).clamp(min=1e-6)
        around = fourier.smooth(self.intensity, 1.5, self.ndim).clamp(min=0) / trust
        intensity = torch.where(self.valid, self.intensity, around)
        return intensity, float(around[~self.valid].sum()) / max(float(intensity.sum()), 1e-30)

    def oversampling(self) -> tuple[float, ...]:
        """Estimate per axis how many voxels a speckle spans: array size over the extent of the object.

        See `phasekit.numerics.autocorrelation.oversampling`; below 2 the object cannot be found. Untrusted voxels are
        filled from their neighbours; NaN if that is more than `FILLED` of the counts, or if there are none.
        """
        intensity, guessed = self.filled()
        if guessed > FILLED or not bool(intensity.any()):
            return (math.nan,) * self.ndim
        return oversampling(intensity, guessed)
