"""Held-out voxels find out invented detail, and accuse no true one."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from phasekit import Problem
from phasekit.analysis.shell_profile import ShellProfile
from phasekit.analysis.shells import Shells, magnitude
from phasekit.core.source import load_problem
from phasekit.report.html.templates import sentence
from phasekit.report.reconstruction.held_out_evidence import HeldOutEvidence

from ..results import make_result, without_held_out


def evidence_of(amplitude: Tensor, problem: Problem) -> HeldOutEvidence:
    shells = Shells.of(problem.geometry, problem.detector)
    return HeldOutEvidence(problem, shells, ShellProfile.of(problem, amplitude, shells))


def of_the_truth(problem: Problem) -> Tensor:
    assert problem.truth is not None
    return problem.predict(problem.truth)


def words(evidence: HeldOutEvidence) -> str:
    return sentence("reconstruction/fit.html", "verdict", evidence.facts())


@pytest.mark.parametrize("photons", [1e4, 1e6])
@pytest.mark.parametrize("seed", [1, 2])
def test_detail_invented_beyond_a_known_q_is_found_out_and_true_detail_is_not_accused(
    photons: float, seed: int
) -> None:
    source = {"name": "simulation", "shape": [32, 32, 32], "photons": photons}
    problem = load_problem({**source, "seed": seed}).hold_out(0.05)
    true, other = of_the_truth(problem), load_problem({**source, "seed": seed + 50})
    assert other.truth is not None
    false = problem.predict(other.truth)
    right = evidence_of(true, problem)
    assert (right.beyond_noise(), right.invented()) == (None, None)
    assert words(right).startswith("The residual of held-out voxels never exceeds photon noise")
    assert "more than half" in words(right)
    beyond = magnitude(problem.geometry, problem.detector) > 0.3
    strength = right.shells.total(true, beyond) / right.shells.total(false, beyond)
    mixed = torch.where(beyond, false * strength[right.shells.index].nan_to_num(), true)
    wrong = evidence_of(mixed, problem)
    for shell in (wrong.beyond_noise(), wrong.invented()):
        assert shell is not None
        assert abs(shell * wrong.shells.thickness - 0.3) <= wrong.shells.thickness
    edge = (wrong.invented() or 0) * wrong.shells.thickness
    assert f"|Q| = {edge:.3g} cycles per voxel (resolution {1 / edge:.3g} voxels)" in words(wrong)
    assert "comes from the solver and not from the data" in words(wrong)


def test_so_few_photons_that_nothing_can_be_known_are_called_that() -> None:
    problem = load_problem({"name": "simulation", "shape": [32, 32], "photons": 20.0}).hold_out(0.05)
    evidence = evidence_of(of_the_truth(problem), problem)
    assert "to show" in words(evidence)
    assert evidence.last_informative() is None or "they are too few" in words(evidence)


def test_data_that_are_no_counts_are_distinguished_from_counts() -> None:
    source = {"name": "simulation", "shape": [16, 16]}
    clean = load_problem(source).hold_out(0.05)
    assert words(evidence_of(of_the_truth(clean), clean)).endswith("if the values are in photons.")
    counts = load_problem({**source, "photons": 1e5}).hold_out(0.05)
    assert "whole counts" not in words(evidence_of(of_the_truth(counts), counts))


def test_without_held_out_voxels_there_is_no_evidence() -> None:
    result = without_held_out(make_result())
    assert evidence_of(result.predicted(), result.problem).facts() == {"possible": False}
