"""Laws that every learner keeps, besides those of a solver."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from phasekit.core.geometry import Geometry
from phasekit.numerics import fourier
from phasekit.testing.contents import distance
from phasekit.testing.problems import SHAPES, reference_problem, truth_of
from phasekit.testing.verdict import LawWaived, require
from phasekit.training.learner import Learner
from phasekit.training.samples import Samples

COUNT = 3


def loss_teaches_every_weight(learner: Learner, device: str) -> None:
    """The loss is one finite number per sample, and its finite gradient reaches the weights."""
    for samples, module in _trainings(learner, device):
        for part in ((0, 1), (0, 10), (9, 10)):
            loss = learner.loss(module, samples, *part)
            require(tuple(loss.shape) == (COUNT,), f"the loss of {COUNT} samples has shape {tuple(loss.shape)}")
            require(bool(loss.isfinite().all()), f"the loss is {loss.tolist()} with untrained weights")
        module.zero_grad()
        loss.sum().backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        slopes = [parameter.grad for parameter in module.parameters() if parameter.grad is not None]
        require(bool(slopes), "the loss depends on no weight of the network; do not detach its answers")
        require(all(bool(slope.isfinite().all()) for slope in slopes), "the gradient of the loss is not finite")
        require(any(bool(slope.any()) for slope in slopes), "the gradient of the loss is zero for every weight")


def answers_see_no_untrusted_voxels(learner: Learner, device: str) -> None:
    """Other amplitudes at untrusted voxels give the same objects, complex, in the box."""
    for samples, module in _trainings(learner, device):
        valid = samples.valid.clone()
        valid[:, 2] = False
        found = _answers(learner, module, torch.where(valid, samples.amplitude, 0), valid)
        box = learner.box(tuple(samples.exact.shape[1:]))
        kept = tuple(found.shape) == (COUNT, *box) and found.is_complex()
        require(kept, f"answers are {tuple(found.shape)} {found.dtype}; {(COUNT, *box)} complex is needed")
        other = _answers(learner, module, torch.where(valid, samples.amplitude, 1e3), valid)
        off = distance(other, found)
        require(off < 1e-5, f"other amplitudes at untrusted voxels change the answers by {off:.2g}")


def answers_do_not_depend_on_company(learner: Learner, device: str) -> None:
    """A sample gets the same answer and loss in a batch as alone."""
    for samples, module in _trainings(learner, device):
        together = _answers(learner, module, samples.amplitude, samples.valid)
        losses = learner.loss(module, samples, 0, 1).tolist()
        for i in range(COUNT):
            own = slice(i, i + 1)
            alone = _answers(learner, module, samples.amplitude[own], samples.valid[own])
            off = distance(alone[0], together[i])
            require(off < 1e-3, f"sample {i} is answered differently in a batch than alone, by {off:.2g}")
            rows = (samples.amplitude[own], samples.valid[own], samples.truth[own], samples.exact[own])
            loss = learner.loss(module, Samples(*rows, samples.geometry), 0, 1).tolist()
            off = abs(loss[0] - losses[i])
            require(off < 1e-3 * (1 + abs(losses[i])), f"sample {i} is judged differently in a batch, by {off:.2g}")


def answers_are_at_the_scale_of_the_data(learner: Learner, device: str) -> None:
    """Twice the amplitudes, twice the object."""
    for samples, module in _trainings(learner, device):
        once = _answers(learner, module, samples.amplitude, samples.valid)
        twice = _answers(learner, module, 2 * samples.amplitude, samples.valid)
        off = distance(twice, 2 * once)
        require(off < 1e-4, f"twice the amplitudes give an object that is off by {off:.2g} from twice the object")


def _answers(learner: Learner, module: nn.Module, amplitude: Tensor, valid: Tensor) -> Tensor:
    with torch.no_grad():
        return learner.answers(module, amplitude, valid)


def _trainings(learner: Learner, device: str) -> Iterator[tuple[Samples, nn.Module]]:
    """Yield small samples with an untrained network, for each shape that the network takes; waived if it takes none."""
    refusal = None
    taken = False
    for shape in SHAPES:
        if refusal := learner.network.refusal(shape, learner.box(shape)) or None:
            continue
        taken = True
        problems = [reference_problem(shape, seed=seed, device=device) for seed in range(COUNT)]
        exact = torch.stack([problem.amplitude for problem in problems])
        truth = torch.stack([truth_of(problem)[fourier.half_box(shape)] for problem in problems])
        geometry = Geometry.resolve("far-field").for_data(len(shape))
        valid = torch.ones_like(exact, dtype=torch.bool)
        yield Samples(exact, valid, truth, exact, geometry), learner.untrained(shape, 0).to(device).train()
    if not taken:
        raise LawWaived(f"its network takes none of the small arrays: {refusal}")


LAWS = (
    loss_teaches_every_weight,
    answers_see_no_untrusted_voxels,
    answers_do_not_depend_on_company,
    answers_are_at_the_scale_of_the_data,
)
