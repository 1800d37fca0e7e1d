"""Starts are ranked by what was asked for, turned to one frame, averaged where they agree; failed ones come last."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import numpy as np
import pytest
import torch

from phasekit import Loss, Problem, Solver, State, fourier, solve
from phasekit.numerics.registration import align
from phasekit.numerics.symmetry import twin

from .jobs import CHAIN, PROBLEM, Doomed


class Blurred(Solver):
    """Keeps the object and says how it was blurred: by the seed; the second batch alone knows of a scale."""

    name: Literal["blurred"] = "blurred"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield the state with its nuisance."""
        if start.step < 1:
            seed = torch.tensor(start.seeds, dtype=torch.float32)
            nuisance = {
                "background": 10 * seed,
                "centre": torch.stack([0.1 * seed, -0.05 * seed], dim=-1),
                "coherence": 0.2 + 0.1 * seed[:, None].expand(-1, 2),
            }
            extra = {"scale": seed} if 3 in start.seeds else {}
            yield start.changed(step=1, nuisance={**nuisance, **extra})


@pytest.mark.parametrize("batch", [1, 2, 4])
def test_what_a_model_has_besides_its_object_is_ranked_with_it(batch: int) -> None:
    result = solve(PROBLEM, Blurred(), seeds=(3, 0, 2, 1), batch=batch, metrics=("chi2",))
    seeds = np.array(result.seeds)
    assert sorted(seeds) == [0, 1, 2, 3] != seeds.tolist()
    assert set(result.nuisance) - {"scale"} == {"background", "centre", "coherence"}
    assert ("scale" in result.nuisance) == (batch == 4)
    assert result.nuisance["background"].tolist() == (10 * seeds).tolist()
    np.testing.assert_allclose(result.nuisance["centre"][:, 1], -0.05 * seeds, rtol=1e-6)
    chi2 = Loss.resolve("chi2")
    for rank in range(4):
        found = chi2(PROBLEM, result.object[rank], result.predicted(rank))
        assert float(found) == pytest.approx(float(result.final["chi2"][rank]), rel=1e-3)


def test_a_centre_and_a_coherence_hold_for_the_twin_as_they_stand() -> None:
    rng = torch.Generator().manual_seed(4)
    object = torch.zeros(PROBLEM.space, dtype=torch.complex128)
    inner = fourier.half_box(PROBLEM.space)
    object[inner] = torch.randn(object[inner].shape, generator=rng, dtype=torch.complex128)
    nuisance = {
        name: torch.tensor(v, dtype=torch.float64) for name, v in (("centre", [0.3, -0.4]), ("coherence", [0.5, 1]))
    }
    expected = PROBLEM.predict(object, nuisance)
    turned = torch.roll(twin(object), (2, -1), dims=(0, 1))
    torch.testing.assert_close(PROBLEM.predict(turned, nuisance), expected)
    opposite = {**nuisance, "centre": -nuisance["centre"]}
    assert float((PROBLEM.predict(turned, opposite) - expected).abs().max()) > 0.1


def test_the_best_comes_first_and_the_order_of_seeds_does_not_matter() -> None:
    result = solve(PROBLEM, CHAIN, seeds=(1, 2, 3, 4), batch=1, metrics=("chi2", "r-factor"), rank="r-factor")
    assert result.rank == "r-factor"
    assert torch.equal(result.final["r-factor"], result.final["r-factor"].sort().values)
    assert torch.equal(result.best, result.object[0])
    backwards = solve(PROBLEM, CHAIN, seeds=(4, 3, 2, 1), batch=1, metrics=("chi2", "r-factor"), rank="r-factor")
    assert backwards.seeds == result.seeds
    assert torch.equal(backwards.object, result.object)


def test_the_clean_truth_is_found_and_agrees_with_itself() -> None:
    support = torch.zeros((20, 18), dtype=torch.bool)
    support[5:14, 5:8] = support[11:14, 5:13] = True  # an L, which is not its own twin
    rng = torch.Generator().manual_seed(2)
    truth = torch.randn((20, 18), dtype=torch.complex64, generator=rng) * support
    problem = Problem.measured(PROBLEM.geometry.forward(truth).abs().square(), PROBLEM.geometry, support=support)
    result = solve(problem, [{"name": "hio", "steps": 300}, {"name": "er", "steps": 200}], seeds=4, batch=4)
    found = align(result.best, truth).apply(result.best)
    assert float(torch.linalg.vector_norm(found - truth) / torch.linalg.vector_norm(truth)) < 0.01
    assert result.seeds[0] in result.agreeing
    assert float(result.agreement[0]) == pytest.approx(1)


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_failed_seeds_come_last_and_are_counted(batch: int) -> None:
    result = solve(PROBLEM, [Doomed(), {"name": "er", "steps": 10}], seeds=5, batch=batch)
    assert result.failed == (1, 3)
    assert result.seeds[3:] == (1, 3)
    assert all(math.isnan(value) for value in result.final["chi2"][3:])
    assert bool(result.final["chi2"][:3].isfinite().all())
    assert not {1, 3} & set(result.agreeing)


def test_objects_are_turned_to_the_truth_by_whole_voxels_which_keeps_their_intensities() -> None:
    result = solve(PROBLEM, CHAIN, seeds=3, batch=3, metrics=("chi2", "object-error"))
    chi2 = Loss.resolve("chi2")(PROBLEM, result.object, PROBLEM.predict(result.object))
    torch.testing.assert_close(chi2.double(), result.final["chi2"], rtol=1e-3, atol=0)
    assert "object-error of the true shape with flat phase" in result.references
