from __future__ import annotations

import numpy as np
import pytest
import torch

from phasekit import Problem, Solver, State
from phasekit.numerics.wave_iteration import compiled
from phasekit.testing import reference_problem, start_state

from .projected import array, to_data


@pytest.mark.parametrize(("reference", "threshold"), [("maximum", 0.4), ("rms", 0.45)])
def test_shrinkwrap_cuts_the_smoothed_estimate(
    problem: Problem, state: State, reference: str, threshold: float
) -> None:
    options = {"name": "shrinkwrap", "reference": reference, "threshold": threshold, "sigma": 1.3}
    *_, end = Solver.resolve(options).run(problem, state)
    for member in range(2):
        inside = state.support[member].numpy()
        modulus = np.abs(to_data(problem, array(state.object)[member : member + 1])[0] * inside)
        kernel = np.exp(
            -2
            * (np.pi * 1.3) ** 2
            * sum(f**2 for f in np.meshgrid(*[np.fft.fftfreq(n) for n in modulus.shape], indexing="ij"))
        )
        smoothed = np.fft.ifftn(np.fft.fftn(modulus) * kernel).real
        level = smoothed.max() if reference == "maximum" else np.sqrt((modulus[inside] ** 2).mean())
        np.testing.assert_array_equal(end.support[member].numpy(), smoothed > threshold * level)
    assert torch.equal(end.object, state.object)


def test_a_support_that_vanishes_marks_its_member_as_failed_and_is_kept(problem: Problem, state: State) -> None:
    empty = state.changed(object=torch.stack([state.object[0], torch.zeros_like(state.object[1])]))
    blank = Problem.measured(torch.rand(problem.detector, dtype=torch.float64) + 1, problem.geometry)
    *_, end = Solver.resolve({"name": "shrinkwrap", "threshold": 1.0, "sigma": 0}).run(blank, empty)
    assert end.running().tolist() == [False, False]
    assert torch.equal(end.support, state.support)
    *_, after = Solver.resolve({"name": "er", "steps": 3}).run(blank, end.handover())
    assert torch.equal(after.object, empty.object)


@pytest.mark.parametrize("reference", ["maximum", "rms"])
@pytest.mark.parametrize("threshold", [0.02, 0.15, 0.4])
@pytest.mark.parametrize("sigma", [0.0, 0.3, 0.8, 1.5, 4.0])
@pytest.mark.parametrize("corner", [0, 9])
def test_on_the_wave_the_support_is_the_same(corner: int, sigma: float, threshold: float, reference: str) -> None:
    pytest.importorskip("numba")
    problem = reference_problem((28, 30, 27), gap=True)
    start = start_state(problem, (1, 2))
    support = torch.zeros_like(start.support)
    support[:, corner : corner + 9, corner : corner + 7, corner : corner + 8] = True
    chain = [
        {"name": "hio", "steps": 3},
        {"name": "shrinkwrap", "sigma": sigma, "threshold": threshold, "reference": reference},
    ]
    *_, found = Solver.resolve(chain).run(problem, start.changed(support=support))
    with compiled(False):
        *_, plain = Solver.resolve(chain).run(problem, start.changed(support=support))
    different = int((found.support != plain.support).sum())
    assert different <= 2  # of voxels whose value is the threshold to rounding
    torch.testing.assert_close(
        found.diagnostics["support volume"], plain.diagnostics["support volume"], atol=1e-4, rtol=0
    )
