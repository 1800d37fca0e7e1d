"""Real measurements read as their descriptions say; skipped where they are not at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from phasekit import Problem
from phasekit_plugins.sources.hdf5 import Hdf5

FOLDER = Path(__file__).parents[4] / "shared" / "data"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the measured data are not here")


def load(name: str, **options: str) -> Problem:
    return Hdf5(path=FOLDER / name, **options).load(None, torch.Generator())


def test_the_gold_crystal_with_flat_field_mask_and_monitor() -> None:
    problem = load("aps34idc_au_scan54.h5", valid="mask", valid_means="bad", flat_field="flatfield", monitor="monitor")
    assert problem.detector == (128, 128, 128)
    assert 0.99 < float(problem.valid.float().mean()) < 1
    assert problem.sensitivity is not None
    assert float((problem.intensity * problem.sensitivity).max()) == pytest.approx(165297, rel=1e-4)
    assert problem.preparation[-1].startswith("centre: voxel (64, 64, 64) ")
    assert min(problem.oversampling()) > 2


def test_the_crystal_without_a_geometry_is_centred_on_its_peak() -> None:
    problem = load("anl_3dcdinn_crystal64.h5", valid="mask", valid_means="bad")
    assert problem.detector == (64, 64, 64)
    assert float(problem.intensity[0, 0, 0]) == 6377257
    assert problem.preparation[-1].startswith("centre: voxel (33, 31, 32) ")
    assert 0.9 < float(problem.valid.float().mean()) < 1


def test_the_truth_of_the_simulated_platinum_crystal_predicts_its_counts() -> None:
    problem = load("sim_s11_pt_128.h5", truth="truth/object")
    assert problem.truth is not None
    assert float(problem.intensity[0, 0, 0]) == 200590
    predicted = problem.predict(problem.truth).square()
    pair = torch.stack([predicted.flatten(), problem.intensity.flatten()])
    assert float(torch.corrcoef(pair)[0, 1]) > 0.9999
    # Poisson noise: the squared deviation is the mean.
    bright = predicted > 10
    deviation = (predicted - problem.intensity)[bright].square() / predicted[bright]
    assert float(deviation.mean()) == pytest.approx(1, abs=0.02)
