"""Laws that every step of preparation keeps."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from phasekit.core.measurement import Measurement
from phasekit.core.preparation import Preparation
from phasekit.runtime.errors import InputError
from phasekit.testing.contents import first_difference, snapshot, strange_place
from phasekit.testing.verdict import LawWaived, require

SHAPES = ((66, 70, 65), (67, 72))
"""Oblong and odd, 3-D and 2-D, and large enough for what a step cuts out by default."""


def writes_to_nothing(step: Preparation, device: str) -> None:
    """`apply` returns a new measurement and does not modify its arguments."""
    for measured in _accepted(step):
        before = snapshot(measured)
        step.apply(measured)
        place = first_difference(before, measured)
        require(not place, f"it wrote to {place} of the measurement that it was given")


def says_what_it_did(step: Preparation, device: str) -> None:
    """`apply` adds a sentence to the record of steps, and removes none."""
    for measured in _accepted(step):
        after = step.apply(measured)
        count = len(measured.steps)
        kept = after.steps[:count] == measured.steps and after.notes[: len(measured.notes)] == measured.notes
        require(kept, "what was done or found before is no longer there; use measured.done(…) and measured.noted(…)")
        described = any(sentence.strip() for sentence in after.steps[count:])
        require(described, "nothing says what it did; return measured.done('name: what, with figures')")


def same_input_same_result(step: Preparation, device: str) -> None:
    """The same measurement gives the same result, to the bit."""
    for measured in _accepted(step):
        one, two = (_comparable(step.apply(measured)) for _ in range(2))
        place = first_difference(snapshot(one), two)
        require(not place, f"a second time, {place} was another")


def what_it_returns_fits_together(step: Preparation, device: str) -> None:
    """Counts are finite, sensitivity is above 0, and all arrays have matching shapes."""
    for measured in _accepted(step):
        after = step.apply(measured)
        shape, ndim = after.shape, len(measured.shape)
        require(len(shape) == ndim, f"data of {ndim} axes became data of {len(shape)}")
        place = strange_place(_comparable(after))
        require(not place, f"{place} holds a NaN or an infinity")
        require(after.valid.dtype == torch.bool, f"valid is {after.valid.dtype}; bool is needed")
        for name, wanted in (("valid", (shape,)), ("sensitivity", (shape,)), ("dark", (shape, shape[-2:]))):
            array: Tensor | None = getattr(after, name)
            fits = array is None or tuple(array.shape) in wanted
            require(fits, f"{name} has shape {() if array is None else tuple(array.shape)}, the counts have {shape}")
        require(after.sensitivity is None or bool((after.sensitivity > 0).all()), "a sensitivity is not above 0")
        for name in ("monitor", "positions"):
            array = getattr(after, name)
            fits = array is None or tuple(array.shape) == shape[:1]
            require(fits, f"{name} has {0 if array is None else len(array)} entries, the data have {shape[0]} frames")
        placed = len(after.origin) == len(after.factors) == ndim and all(map(math.isfinite, after.origin))
        require(placed, f"origin {after.origin} and factors {after.factors} do not say where the {ndim} axes lie")


def untrusted_counts_change_nothing(step: Preparation, device: str) -> None:
    """Counts at untrusted voxels change neither trusted counts nor the mask."""
    for measured in _accepted(step):
        rng = torch.Generator().manual_seed(5)
        other = 1e4 * torch.rand(measured.shape, generator=rng)
        spoilt = replace(measured, counts=torch.where(measured.valid, measured.counts, other))
        one, two = step.apply(measured), step.apply(spoilt)
        same = one.shape == two.shape and bool(torch.equal(one.valid, two.valid))
        require(same, "what is trusted depends on counts that are not")
        same = bool(torch.allclose(one.counts * one.valid, two.counts * two.valid, rtol=1e-5))
        require(same, "trusted counts depend on counts that are not trusted")


def trusts_no_more_than_before(step: Preparation, device: str) -> None:
    """A step never increases the number of trusted voxels, and without any, none become trusted."""
    for measured in _accepted(step):
        before, after = int(measured.valid.sum()), int(step.apply(measured).valid.sum())
        require(after <= before, f"{before} voxels were trusted, and then {after}")
        try:
            nothing = step.apply(replace(measured, valid=torch.zeros_like(measured.valid)))
        except InputError:
            continue
        require(not bool(nothing.valid.any()), "nothing was trusted, and then something")


def extremes_give_a_result_or_a_sentence(step: Preparation, device: str) -> None:
    """Dark counts, one hot voxel and one trusted voxel give a result without NaN, or an InputError."""
    for measured in _accepted(step):
        hot, alone = measured.counts.clone(), torch.zeros_like(measured.valid)
        hot.view(-1)[3] = 1e7
        alone.view(-1)[0] = True
        for name, other in {
            "a dark detector": replace(measured, counts=torch.zeros_like(measured.counts)),
            "one hot voxel": replace(measured, counts=hot),
            "one trusted voxel": replace(measured, valid=alone),
        }.items():
            try:
                after = step.apply(other)
            except InputError:
                continue
            finite = bool(after.counts.isfinite().all())
            require(finite, f"{name} gives counts that are not finite")


def _comparable(measured: Measurement) -> Measurement:
    """Return it with 0 for the positions of frames that nobody measured, which are NaN."""
    known = measured.positions
    return measured if known is None else replace(measured, positions=known.nan_to_num(0))


def _accepted(step: Preparation) -> list[Measurement]:
    """Return the measurements that `step` takes; raises LawWaived if it takes none."""
    refusal, accepted = "", []
    for shape in SHAPES:
        for corrections in (True, False):
            measured = reference_measurement(shape, corrections)
            try:
                step.apply(measured)
            except InputError as error:
                refusal = refusal or str(error)
            else:
                accepted.append(measured)
    if not accepted:
        raise LawWaived(f"it refuses the reference measurements: {refusal}")
    return accepted


def reference_measurement(shape: tuple[int, ...], corrections: bool) -> Measurement:
    """Make a broad peak on a background, some of it untrusted; with all that a step may correct by, or without."""
    rng = torch.Generator().manual_seed(2)
    axes = [torch.arange(n) - (n // 2 + 2) for n in shape]
    distance = torch.stack([axis.square() for axis in torch.meshgrid(*axes, indexing="ij")]).sum(dim=0)
    counts = torch.poisson(2e4 * torch.exp(-distance / 30) + 0.3, generator=rng)
    valid = torch.rand(shape, generator=rng) > 0.02
    measured = Measurement(counts, valid, steps=("read: as it was",), notes=("it was found",))
    if not corrections:
        return measured
    frames = shape[0] if len(shape) == 3 else None
    return replace(
        measured,
        dark=0.2 * torch.rand(shape[-2:], generator=rng),
        flat_field=0.5 + torch.rand(shape[-2:], generator=rng),
        monitor=None if frames is None else 900 + 200 * torch.rand(frames, generator=rng),
        positions=None if frames is None else torch.linspace(-0.2, 0.3, frames, dtype=torch.float64),
    )


LAWS = (
    writes_to_nothing,
    says_what_it_did,
    same_input_same_result,
    what_it_returns_fits_together,
    untrusted_counts_change_nothing,
    trusts_no_more_than_before,
    extremes_give_a_result_or_a_sentence,
)
CHEAP = (what_it_returns_fits_together, untrusted_counts_change_nothing, trusts_no_more_than_before)
