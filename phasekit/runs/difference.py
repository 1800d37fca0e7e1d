"""Deviation: how a start that was run again differs from the first time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite, isnan
from typing import Any

import torch
from torch import Tensor

from phasekit.core.result import BatchOutcome
from phasekit.numerics.registration import align

RELATIVE = 1e-3
"""Largest relative difference of the ranking metric within tolerance."""

AGREEMENT = 0.999
"""Lowest agreement of two objects within tolerance: their correlation after alignment (translation, twin, phase)."""

VERDICTS = ("identical", "within tolerance", "different")
"""From best to worst."""

Outcomes = tuple[BatchOutcome | str, BatchOutcome | str]
"""The outcomes of a batch then and now, or the reasons why there are none."""


@dataclass(frozen=True)
class Deviation:
    """How one start, or one tensor of weights, differs; pairs are (then, now)."""

    what: Mapping[str, str | int]
    """Identifies it: {"seed": 3}, {"problem": …, "solver": …, "seed": 3}, {"tensor": name}."""
    identical: bool
    """Whether object, support, metrics, their history and the model's other quantities agree in every bit."""
    relative: float | None = None
    """Largest difference of values at the same place, relative to the largest value; None without two tensors."""
    agreement: float | None = None
    """Correlation: of objects after alignment, of weights directly."""
    metrics: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Metric -> its final value then and now."""
    steps: tuple[int, int] | None = None
    failures: tuple[str | None, str | None] = (None, None)
    """Why it failed; None if it did not."""
    rank: str = ""
    """The metric that ranks, if any."""

    @property
    def verdict(self) -> str:
        """ "identical", "within tolerance" or "different"."""
        if self.identical:
            return VERDICTS[0]
        failed = [reason is not None for reason in self.failures]
        if any(failed):
            return VERDICTS[1] if all(failed) else VERDICTS[2]
        agrees = self.agreement is None or self.agreement >= AGREEMENT
        ranked = self.rank not in self.metrics or _close(*self.metrics[self.rank])
        return VERDICTS[1] if agrees and ranked else VERDICTS[2]

    def line(self) -> str:
        """Return in one line what differs."""
        parts = []
        for when, reason in zip(("then", "now"), self.failures, strict=True):
            parts += [f"failed {when} ({reason})"] if reason is not None else []
        if self.relative is not None:
            parts.append(f"values differ by up to {self.relative:.2g} of the largest")
        if self.agreement is not None:
            parts.append(f"agreement {self.agreement:.6g}")
        parts += [f"{name} {then:.6g} -> {now:.6g}" for name, (then, now) in self.metrics.items() if then != now]
        if self.steps is not None and self.steps[0] != self.steps[1]:
            parts.append(f"steps {self.steps[0]} -> {self.steps[1]}")
        name = ", ".join(f"{key} {value}" for key, value in self.what.items())
        return f"{name}: {self.verdict}" + (f": {', '.join(parts)}" if parts else "")

    def plain(self) -> dict[str, Any]:
        """Return it as JSON takes it, with null for values that are not finite."""
        return {
            **self.what,
            "verdict": self.verdict,
            "relative": _finite(self.relative),
            "agreement": _finite(self.agreement),
            "metrics": {name: [_finite(value) for value in pair] for name, pair in self.metrics.items()},
            "steps": self.steps,
            "failures": self.failures,
        }


def of_starts(what: Mapping[str, str], seeds: tuple[int, ...], outcomes: Outcomes, rank: str) -> Iterator[Deviation]:
    """Compare the starts of a batch, seed by seed."""
    for i, seed in enumerate(seeds):
        then, now = outcomes
        name: dict[str, str | int] = {**what, "seed": seed}
        failures = (_failure(then, i), _failure(now, i))
        if isinstance(then, str) or isinstance(now, str):
            # Two failures count as identical.
            yield Deviation(name, isinstance(then, str) and isinstance(now, str), failures=failures)
            continue
        objects = (then.object[i], now.object[i])
        same = _same(_parts(then, i), _parts(now, i)) and _way(then, seed) == _way(now, seed)
        compared = not same and failures == (None, None)
        yield Deviation(
            name,
            same,
            relative=_relative(*objects) if compared else 0.0 if same else None,
            agreement=_agreement(*objects) if compared else 1.0 if same else None,
            metrics={
                label: (float(then.final[label][i]), float(now.final[label][i]))
                for label in then.final
                if label in now.final
            },
            steps=(_steps(then, seed), _steps(now, seed)),
            failures=failures,
            rank=rank,
        )


def of_tensors(then: Mapping[str, Tensor], now: Mapping[str, Tensor]) -> Iterator[Deviation]:
    """Compare weights tensor by tensor."""
    for name in dict.fromkeys([*then, *now]):
        what = {"tensor": name}
        if name not in then or name not in now:
            missing = [None if name in tensors else "it is missing" for tensors in (then, now)]
            yield Deviation(what, False, failures=(missing[0], missing[1]))
        elif _bits(then[name], now[name]):
            yield Deviation(what, True, 0.0, 1.0)
        else:
            pair = (then[name].double(), now[name].double())
            yield Deviation(what, False, _relative(*pair), _cosine(*pair))


def _failure(outcome: BatchOutcome | str, i: int) -> str | None:
    if isinstance(outcome, str):
        return outcome
    return outcome.reason(i)


def _parts(outcome: BatchOutcome, i: int) -> dict[str, Tensor]:
    """Return the tensors that must agree in every bit."""
    named = {"object": outcome.object, "support": outcome.support, "alive": outcome.alive}
    named |= {f"final {name}": values for name, values in outcome.final.items()}
    named |= {f"nuisance {name}": values for name, values in outcome.nuisance.items()}
    return {name: values[i] for name, values in named.items()}


def _same(then: Mapping[str, Tensor], now: Mapping[str, Tensor]) -> bool:
    return then.keys() == now.keys() and all(_bits(then[name], now[name]) for name in then)


def _bits(then: Tensor, now: Tensor) -> bool:
    """Return whether two tensors agree in every bit; NaN equals NaN."""
    if then.shape != now.shape or then.dtype != now.dtype:
        return False
    return torch.equal(*(one.contiguous().reshape(-1).view(torch.uint8) for one in (then, now)))


def _way(outcome: BatchOutcome, seed: int) -> str:
    """Return the history of a seed's metrics, without seconds, as a text: NaN equals NaN."""
    return json.dumps([[row.step, dict(row.metrics)] for row in outcome.rows if row.seed == seed])


def _steps(outcome: BatchOutcome, seed: int) -> int:
    return max((row.step for row in outcome.rows if row.seed == seed), default=0)


def _relative(then: Tensor, now: Tensor) -> float | None:
    if then.shape != now.shape:
        return None
    largest = float(then.abs().max()) if then.numel() else 0.0
    difference = float((now - then).abs().max()) if then.numel() else 0.0
    return difference / largest if largest > 0 else 0.0 if difference == 0 else float("inf")


def _agreement(then: Tensor, now: Tensor) -> float:
    return align(now, then).correlation if then.shape == now.shape else 0.0


def _cosine(then: Tensor, now: Tensor) -> float:
    if then.shape != now.shape:
        return 0.0
    norms = float(then.norm() * now.norm())
    return float((then * now).sum()) / norms if norms > 0 else float(torch.equal(then, now))


def _close(then: float, now: float) -> bool:
    if isnan(then) or isnan(now):
        return isnan(then) and isnan(now)
    return then == now or abs(now - then) <= RELATIVE * max(abs(then), abs(now))


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
