"""The verdict of the held-out voxels: from which |Q| on an object's detail is the solver's and not the data's."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from phasekit.analysis.shell_profile import ShellProfile
from phasekit.analysis.shells import Shells
from phasekit.core.problem import Problem
from phasekit.report.markup import number

SURE = 0.25
"""Standard deviation up to which the part of the predicted detail found again can be told."""

BEYOND = 3.0
"""Standard deviations above the expected noise from which on a residual is more than noise."""


@dataclass(frozen=True, eq=False)
class Verdict:
    """What the held-out voxels say of a prediction."""

    problem: Problem
    shells: Shells
    profile: ShellProfile

    def possible(self) -> bool:
        """Tell whether any voxel was held out that can be judged by."""
        return bool(self.profile.held_out.isfinite().any())

    def sentences(self) -> list[str]:
        """Say from which |Q| on held-out voxels tell that the detail is the solver's; nothing without such voxels."""
        if not self.possible():
            return []
        beyond, invented, told = self.beyond_noise(), self.invented(), self.told()
        if beyond is None:
            said = ["Nowhere does the residual of held-out voxels exceed what photon noise explains."]
        else:
            said = [
                f"From {self._place(beyond)} on the residual of held-out voxels exceeds what photon noise explains: "
                "from there on the object's detail is not the data's alone."
            ]
        if told is None:
            said.append(
                "There are too few photons, or too few voxels held out, to tell how much of it is the solver's."
            )
        elif invented is None:
            beyond_told = f"; beyond {self._place(told + 1)} they are too few, or too dark, to tell"
            more = bool(self.profile.measured[told + 1 :].isfinite().any())
            said.append(f"More than half of the detail predicted in them is found there{beyond_told if more else ''}.")
        else:
            said.append(
                f"From {self._place(invented)} on less than half of the detail predicted in them is found there: the "
                "object's detail finer than that is the solver's and not the data's."
            )
        if not self._counts():
            said.append("The data are no whole counts: the lines of noise hold only as far as they are photons.")
        return said

    def beyond_noise(self) -> int | None:
        """Return the shell from which on more shells than not exceed the noise; None where there is none."""
        profile = self.profile
        excess = (profile.held_out - profile.held_out_noise) / profile.held_out_spread
        exceeds = torch.where(excess.isnan(), 0.0, (excess > BEYOND).double() - 0.5)
        return _outward(exceeds.numpy())

    def invented(self) -> int | None:
        """Return the shell from which on less than half of the predicted detail is found again; None if there is none.

        Only shells count from which on all together tell it with a standard deviation of at most `SURE`.
        """
        last = self.told()
        if last is None:
            return None
        short = torch.nan_to_num(0.5 - self.profile.found.clamp(0, 1)) * self._information()
        return _outward(short.numpy(), last + 1)

    def told(self) -> int | None:
        """Return the outermost shell from which on held-out voxels still tell the found part; None if none does."""
        outward = torch.flip(torch.flip(self._information(), [0]).cumsum(0), [0])
        enough = (outward >= SURE**-2).nonzero().flatten()
        return int(enough[-1]) if len(enough) else None

    def _information(self) -> Tensor:
        return torch.nan_to_num(self.profile.found_error.square().reciprocal(), posinf=0.0)

    def _counts(self) -> bool:
        """Tell whether the data are whole counts."""
        problem = self.problem
        counts = problem.measured_intensity.double()
        if problem.sensitivity is not None:
            counts = counts * problem.sensitivity
        counts = counts[problem.trusted & (counts < 2**20)]
        return bool(((counts - counts.round()).abs() < 1e-2).double().mean() > 0.99) and bool(counts.max() > 0.5)

    def _place(self, shell: int) -> str:
        """Write where a shell begins: "|Q| = 0.31 1/nm (resolution 20 nm)"."""
        if shell == 0:
            return "|Q| = 0"
        edge = shell * self.shells.thickness
        if self.shells.calibrated:
            return f"|Q| = {number(edge, 3)} 1/nm (resolution {number(2 * math.pi / edge, 3)} nm)"
        return f"|Q| = {number(edge, 3)} cycles per voxel (resolution {number(1 / edge, 3)} voxels)"


def _outward(excess: np.ndarray, end: int | None = None) -> int | None:
    """Return the shell below `end` from which on `excess` sums to most; None where that is nowhere above 0."""
    sums = np.cumsum(excess[::-1])[::-1][:end]
    found = len(sums) - 1 - int(sums[::-1].argmax())  # of equal ones the outermost: what lies inwards tells nothing
    return found if sums[found] > 0 else None
