"""HeldOutEvidence: from which |Q| on the detail of an object comes from the solver and not from the data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from phasekit.analysis.shell_profile import ShellProfile
from phasekit.analysis.shells import Shells
from phasekit.core.problem import Problem

SURE = 0.25
"""Largest standard deviation at which the confirmed fraction of the predicted detail counts as known."""

BEYOND = 3.0
"""Standard deviations above the expected noise at which a residual exceeds noise."""


@dataclass(frozen=True, eq=False)
class HeldOutEvidence:
    """The evidence of held-out voxels about a prediction."""

    problem: Problem
    shells: Shells
    profile: ShellProfile

    def possible(self) -> bool:
        """Return whether there are usable held-out voxels."""
        return bool(self.profile.held_out.isfinite().any())

    def facts(self) -> dict[str, Any]:
        """Return from which |Q| on the detail comes from the solver, according to held-out voxels."""
        if not self.possible():
            return {"possible": False}
        last = self.last_informative()
        measured_beyond = last is not None and bool(self.profile.measured[last + 1 :].isfinite().any())
        return {
            "possible": True,
            "calibrated": self.shells.calibrated,
            "beyond_noise": self._place(self.beyond_noise()),
            "informative": last is not None,
            "invented": self._place(self.invented()),
            "uninformative": self._place(last + 1) if last is not None and measured_beyond else None,
            "counts": self._counts(),
        }

    def beyond_noise(self) -> int | None:
        """Return the shell from which on most shells exceed the noise; None if there is none."""
        profile = self.profile
        excess = (profile.held_out - profile.held_out_noise) / profile.held_out_spread
        exceeds = torch.where(excess.isnan(), 0.0, (excess > BEYOND).double() - 0.5)
        return _outward(exceeds.numpy())

    def invented(self) -> int | None:
        """Return the shell from which on less than half of the predicted detail is confirmed; None if there is none.

        Only shells count from which on all together determine it to a standard deviation of at most `SURE`.
        """
        last = self.last_informative()
        if last is None:
            return None
        short = torch.nan_to_num(0.5 - self.profile.found.clamp(0, 1)) * self._information()
        return _outward(short.numpy(), last + 1)

    def last_informative(self) -> int | None:
        """Return the outermost shell from which on held-out voxels determine the confirmed fraction; None if none."""
        outward = torch.flip(torch.flip(self._information(), [0]).cumsum(0), [0])
        enough = (outward >= SURE**-2).nonzero().flatten()
        return int(enough[-1]) if len(enough) else None

    def _information(self) -> Tensor:
        return torch.nan_to_num(self.profile.found_error.square().reciprocal(), posinf=0.0)

    def _counts(self) -> bool:
        """Return whether the data are whole counts."""
        problem = self.problem
        counts = problem.measured_intensity.double()
        if problem.sensitivity is not None:
            counts = counts * problem.sensitivity
        counts = counts[problem.trusted & (counts < 2**20)]
        return bool(((counts - counts.round()).abs() < 1e-2).double().mean() > 0.99) and bool(counts.max() > 0.5)

    def _place(self, shell: int | None) -> dict[str, float | None] | None:
        """Return the start of a shell: |Q|, and the resolution there, None at |Q| = 0."""
        if shell is None:
            return None
        edge = shell * self.shells.thickness
        full = 2 * math.pi if self.shells.calibrated else 1.0
        return {"q": edge, "resolution": full / edge if shell else None}


def _outward(excess: np.ndarray, end: int | None = None) -> int | None:
    """Return the shell below `end` from which on the sum of `excess` is largest; None if no sum is above 0."""
    sums = np.cumsum(excess[::-1])[::-1][:end]
    start = len(sums) - 1 - int(sums[::-1].argmax())  # the outermost of equal ones: the inner ones add nothing
    return start if sums[start] > 0 else None
