"""Laws that every loss and metric keeps."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from phasekit.core.loss import Loss
from phasekit.core.problem import Problem
from phasekit.numerics import fourier
from phasekit.numerics.symmetry import twin
from phasekit.testing.problems import extremes, problems_for, spoilt, start_state, truth_of
from phasekit.testing.verdict import reason_to_waive, require, waive_if

HELD_OUT = 0.1
"""Part of the trusted voxels that is held out, for losses that judge by it."""


def one_number_per_member(loss: Loss, device: str) -> None:
    """A batch gives one real number per member, the one that the member gives alone."""
    for problem in problems_for(loss, device, HELD_OUT):
        batch = start_state(problem, seeds=(1, 2, 3)).object
        whole = _value(loss, problem, batch)
        kept = tuple(whole.shape) == (3,) and whole.is_floating_point()
        require(kept, f"3 objects give {tuple(whole.shape)} {whole.dtype}; (3,) of real numbers is needed")
        for member, value in zip(batch, whole.tolist(), strict=True):
            alone = _value(loss, problem, member)
            require(
                alone.shape == (),
                f"one object without a batch gives {tuple(alone.shape)}; one number is needed",
            )
            require(_close(value, float(alone)), f"a member gives {value:g} in a batch and {float(alone):g} alone")


def finite_value_and_gradient(loss: Loss, device: str) -> None:
    """Value and gradient are finite at zero, at the truth and at random, on clean and on empty data."""
    for problem in problems_for(loss, device, HELD_OUT):
        places = {
            "zero": torch.zeros_like(truth_of(problem)),
            "the truth": truth_of(problem),
            "a random object": start_state(problem, seeds=(1,)).object,
        }
        for data, seen in {"clean data": problem, **extremes(problem)}.items():
            if loss.refusal(seen) is not None:
                continue
            for place, object in places.items():
                at = object.clone().requires_grad_()
                value = _value(loss, seen, at)
                where = f"at {place} on {data}"
                require(bool(torch.isfinite(value).all()), f"the value {where} is {value.tolist()}")
                if value.requires_grad:  # a metric that nobody minimises may have no gradient
                    (gradient,) = torch.autograd.grad(value.sum(), at)
                    require(bool(torch.isfinite(gradient).all()), f"the gradient {where} is not finite")


def untrusted_voxels_change_nothing(loss: Loss, device: str) -> None:
    """What was measured and what is predicted at untrusted voxels does not matter."""
    for problem in problems_for(loss, device, HELD_OUT):
        object = start_state(problem).object
        amplitude = problem.predict(object)
        dark = ~problem.trusted
        changed = torch.where(dark, 10 * amplitude.max(), amplitude)
        value = loss(problem, object, amplitude).tolist()
        # Held-out voxels are another loss's data: their counts stay.
        measured = replace(spoilt(problem), hidden=problem.hidden)
        for what, got in (
            ("measured", loss(measured, object, amplitude).tolist()),
            ("predicted", loss(problem, object, changed).tolist()),
        ):
            kept = all(_close(one, two) for one, two in zip(got, value, strict=True))
            require(kept, f"other {what} values at untrusted voxels change it from {value} to {got}")


def least_at_the_truth(loss: Loss, device: str) -> None:
    """On exact data no object has a smaller loss than the truth."""
    for problem in problems_for(loss, device, HELD_OUT):
        truth = truth_of(problem)
        others = {
            "zero": torch.zeros_like(truth),
            "half the truth": truth / 2,
            "twice the truth": 2 * truth,
            "the truth with a flat phase": truth.abs().to(truth.dtype),
            "the truth squared": truth * truth.abs() / truth.abs().mean(),
            "a random object": start_state(problem, seeds=(1,)).object,
        }
        best = float(_value(loss, problem, truth))
        for name, object in others.items():
            value = float(_value(loss, problem, object))
            kept = best <= value + 1e-5 * max(1.0, abs(value))
            require(kept, f"it is {best:g} at the truth and {value:g} at {name}; the truth must not lose")


def unchanged_by_symmetry(loss: Loss, device: str) -> None:
    """Global phase, shift and twin of the object change nothing, because they do not change the data."""
    waive_if(reason_to_waive(loss, "sees_symmetry"))
    for problem in problems_for(loss, device, HELD_OUT):
        axes = fourier.axes(problem.ndim)
        for base in (
            start_state(problem, seeds=(1,)).object[0],
            truth_of(problem) ** 2 / truth_of(problem).abs().mean(),
        ):
            value = float(_value(loss, problem, base))
            moved = torch.roll(base, [2, -1, 3][: problem.ndim], dims=axes)
            for name, object in {
                "a global phase": base * (0.6 + 0.8j),
                "a shift": moved,
                "the twin": twin(base),
            }.items():
                other = float(_value(loss, problem, object))
                require(_close(value, other), f"{name} changes it from {value:g} to {other:g}")


def _value(loss: Loss, problem: Problem, object: Tensor) -> Tensor:
    return loss(problem, object, problem.predict(object))


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-3 * max(abs(one), abs(other)) + 1e-5


LAWS = (
    one_number_per_member,
    finite_value_and_gradient,
    untrusted_voxels_change_nothing,
    least_at_the_truth,
    unchanged_by_symmetry,
)
CHEAP = (
    one_number_per_member,
    finite_value_and_gradient,
    untrusted_voxels_change_nothing,
    least_at_the_truth,
)
