"""From networks to the detector: their inputs, and the predictions of their objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from phasekit import InputError, Problem, State, fourier

from ...losses.poisson import half_deviance
from ...losses.sums import per, spread, total
from .candidate import Candidate
from .networks import Networks, Parameters
from .options import DeepPriorOptions

COARSEST = 0.06
"""Standard deviation of the Gaussian over the data at the first step, cycles per voxel."""
ALL = 1.0
"""The same, where it passes everything."""


class PriorModel:
    """One measurement for a deep prior, without its validation voxels."""

    def __init__(self, solver: DeepPriorOptions, problem: Problem, start: State) -> None:
        self.solver, self.whole, self.start = solver, problem, start
        self.problem, self.judged = _split(problem, solver.validation)
        # From the whole problem, so that the validation voxels do not change the box.
        self.networks = Networks(solver, problem)
        self.measured = torch.where(self.problem.valid, self.problem.amplitude, 0)
        self.energy = total(self.measured.square(), problem.ndim)
        self.squared = torch.zeros_like(self.measured)
        for frequency in fourier.frequencies(problem.detector, self.measured):
            self.squared = self.squared + frequency.square()
        self.draws: dict[tuple[str, int], tuple[int, Tensor]] = {}
        largest = self.measured.max()
        self.data = fourier.centred(per(self.measured, largest), problem.ndim)[None]

    # --- what goes in --------------------------------------------------------------------------------------

    def inputs(self, chosen: Sequence[Candidate], sigma: float = 0.0, step: int = 0) -> Tensor:
        """Return the inputs of networks, with noise of `sigma`: (n, *input_shape)."""
        shape = self.networks.input_shape
        if self.solver.network.reads == "noise":
            code = self.networks.code
            inputs = self._drawn(chosen, shape, "code") if code is None else code.expand(len(chosen), *shape)
            unit = self.measured.new_ones(())
        else:
            inputs, unit = self._data_for(chosen), self.data.std()
        return inputs + sigma * unit * self._drawn(chosen, shape, "noise", step) if sigma else inputs

    def _data_for(self, chosen: Sequence[Candidate]) -> Tensor:
        """Return the measured amplitudes, centred, largest 1, untrusted voxels filled: (n, 1, *detector)."""
        predictions = [one.unmeasured for one in chosen if one.unmeasured is not None]
        if not predictions:
            return self.data.expand(len(chosen), *self.data.shape)
        filled = self.measured.expand(len(chosen), *self.problem.detector).flatten(1).clone()
        filled[:, self.problem.untrusted] = torch.stack(predictions)
        filled = per(filled.reshape(len(chosen), *self.problem.detector), self.measured.max())
        return fourier.centred(filled, self.problem.ndim)[:, None]

    def _drawn(self, chosen: Sequence[Candidate], shape: tuple[int, ...], purpose: str, step: int = 0) -> Tensor:
        for attempt in {one.attempt for one in chosen}:
            latest, _ = self.draws.get((purpose, attempt), (None, None))
            if latest != step:  # once for all members, in whatever groups
                members = self.start.draw(torch.randn, shape, f"{purpose} {attempt}", step)
                self.draws[purpose, attempt] = step, members.to(self.measured.dtype)
        return torch.stack([self.draws[purpose, one.attempt][1][one.owner] for one in chosen])

    # --- what comes out ------------------------------------------------------------------------------------

    def parts(self, chosen: Sequence[Candidate], weights: Sequence[Parameters], inputs: Tensor) -> Tensor:
        """Return the objects of networks inside their supports: (n, *box) complex, at any scale."""
        gates = torch.stack([one.support[fourier.inside(self.networks.box)] for one in chosen])
        return self.networks.objects(weights, inputs) * gates

    def predicted(
        self, parts: Tensor, weights: Sequence[Parameters], given: Mapping[str, Tensor]
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Return predicted amplitude (n, *detector), the best scale (n,), and their nuisance."""
        ndim = self.problem.ndim
        nuisance = {**given, **self.networks.nuisance(weights)}
        wave = {name: value for name, value in nuisance.items() if name != "background"}
        amplitude = self.problem.predict(parts, wave, self.networks.box)
        if "background" in nuisance and "background" not in given:
            intensity = amplitude.square()
            flat = nuisance["background"] * intensity.mean(dim=fourier.axes(ndim))
            nuisance["background"] = flat
            amplitude = (intensity + spread(flat, ndim)).sqrt()
        known = "background" in given
        # The object explains what a known background does not.
        left = (
            (self.measured.square() - spread(given["background"], ndim)).clamp(min=0).sqrt() if known else self.measured
        )
        scale = _scale(self.problem, amplitude, left)
        amplitude = amplitude * spread(scale, ndim)
        if known:
            amplitude = (amplitude.square() + spread(given["background"], ndim)).sqrt()
        elif "background" in nuisance:
            nuisance["background"] = nuisance["background"] * scale.square()
        return amplitude, scale, nuisance

    def placed(self, parts: Tensor) -> Tensor:
        """Put (n, *box) into (n, *space)."""
        return fourier.placed(parts, [side.start for side in self.networks.box], self.problem.space)

    def loss(self, parts: Tensor, amplitude: Tensor, scale: Tensor, at: State, step: int) -> Tensor:
        """Return the mean of the losses by their weights: (n,) float64."""
        steps = self.solver.steps
        lap, laps = at.span
        problem, seen = self._coarse(amplitude, (lap * steps + step) / (laps * steps))
        object = self.placed(parts * spread(scale, self.problem.ndim))
        weights = [at.at(loss.weight, step, steps) for loss in self.solver.losses]
        total = torch.zeros(len(parts), device=parts.device, dtype=torch.float64)
        for loss, weight in zip(self.solver.losses, weights, strict=True):
            if weight or not any(weights):
                total = total + weight * loss(problem, object, seen)
        return total / (sum(weights) or 1)

    def _coarse(self, amplitude: Tensor, part: float) -> tuple[Problem, Tensor]:
        """Weigh data and prediction with a Gaussian over |Q| that grows until `part` of all steps are done."""
        if part >= self.solver.coarse_first:
            return self.problem, amplitude
        sigma = COARSEST * (ALL / COARSEST) ** (part / self.solver.coarse_first)
        weight = torch.exp(-self.squared / (2 * sigma**2))
        seen = self.problem.amplitude * weight
        problem = replace(self.problem, amplitude=seen, intensity=seen.square())
        scale = _scale(problem, amplitude * weight, seen)  # anew, for the middle alone
        return problem, amplitude * weight * spread(scale, problem.ndim)

    def distance(self, parts: Tensor, target: Tensor) -> Tensor:
        """Return how far objects (n, *box) are from `target` (n, *space), up to a complex factor: (n,)."""
        wanted, axes = target[fourier.inside(self.networks.box)], fourier.axes(self.problem.ndim)
        overlap = (parts * wanted.conj()).sum(dim=axes).abs().square()
        sizes = parts.abs().square().sum(dim=axes) * wanted.abs().square().sum(dim=axes)
        return (1 - per(overlap, sizes)).double()

    def scores(self, amplitude: Tensor) -> Tensor:
        """Return χ², or the likelihood of the validation voxels: (n,)."""
        if self.judged is not None:
            return half_deviance(self.whole, amplitude, self.whole.intensity, self.judged)
        difference = torch.where(self.problem.valid, amplitude - self.measured, 0)
        return per(total(difference.square(), self.problem.ndim), self.energy)

    def code_of(self, one: Candidate) -> Tensor | None:
        """Return a network's noise code, (*input_shape); None for one that reads the data."""
        return self.inputs([one])[0] if self.solver.network.reads == "noise" else None

    def given(self, start: State) -> dict[str, Tensor]:
        """Return the fixed nuisance of a start."""
        return {name: value for name, value in start.nuisance.items() if name not in self.solver.nuisance}


def _scale(problem: Problem, predicted: Tensor, measured: Tensor) -> Tensor:
    """Return by what (n, *detector) is to be multiplied to fit `measured` best where the data are trusted: (n,)."""
    trusted = torch.where(problem.valid, predicted, 0)
    overlap = total(trusted * torch.where(problem.valid, measured, 0), problem.ndim)
    return per(overlap, total(trusted.square(), problem.ndim)).to(predicted.dtype)


def _split(problem: Problem, fraction: float) -> tuple[Problem, Tensor | None]:
    """Hide a fraction of the trusted voxels: return the problem without them, and their positions (*detector) bool."""
    if fraction == 0:
        return problem, None
    try:
        # Single voxels, not islands: their noise is independent of their neighbours', so they also show how much
        # noise was fitted, and they may lie in the bright middle, which islands avoid.
        split = problem.hold_out(fraction, seed=1, radius=0)
    except InputError:  # too few are trusted to spare any; the refusal says so
        return problem, None
    return split, split.held_out & ~problem.held_out
