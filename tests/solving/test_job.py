"""A start is the same alone, in a batch and for any solver."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from phasekit.core.solver import SolverLike
from phasekit.solving.job import Checkpoints, Progress

from .jobs import CHAIN, PROBLEM, prepared


@pytest.mark.parametrize("solver", [CHAIN, "er", "raar", "dm"])
@pytest.mark.parametrize("start", ["random-phase", "random-object", ["autocorrelation", "random-phase"]])
def test_seed_7_alone_goes_as_in_a_batch(solver: SolverLike, start: SolverLike) -> None:
    job = prepared(PROBLEM, solver, start=start, seeds=(3, 7, 11))
    together, alone = job.begin((3, 7, 11)), job.begin((7,))
    assert torch.equal(together.object[1], alone.object[0])
    runs = zip(job.solver.run(PROBLEM, together), job.solver.run(PROBLEM, alone), range(5), strict=False)
    for a, b, _ in runs:
        away = torch.linalg.vector_norm(a.object[1] - b.object[0]) / torch.linalg.vector_norm(b.object[0])
        assert float(away) <= 1e-5


def test_a_start_has_not_begun_stands_in_no_chain_and_fits_the_data() -> None:
    job = prepared(PROBLEM, CHAIN, seeds=(3, 7))
    state = job.begin(job.seeds)
    assert (state.step, state.span, state.place, state.seeds) == (0, (0, 1), (), (3, 7))
    assert torch.equal(state.support, PROBLEM.support.expand(2, *PROBLEM.space))
    amplitude = np.abs(np.fft.ifftn(state.object.numpy(), axes=(1, 2), norm="ortho"))
    np.testing.assert_allclose(amplitude, np.broadcast_to(PROBLEM.amplitude, amplitude.shape), atol=1e-3)
    assert not torch.equal(state.object[0], state.object[1])


def test_checkpoints_that_keep_nothing_give_nothing_back() -> None:
    job = prepared(PROBLEM, "er", seeds=1)
    kept = Checkpoints()
    kept.planned(job, job.plan())
    kept.moved(Progress(0, job.begin((0,))))
    assert (kept.outcome(0), kept.progress(0)) == (None, None)
