"""Real measurements read as their descriptions say; skipped where they are not at hand."""

from __future__ import annotations

import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
import torch

from phasekit import Problem
from phasekit_plugins.geometries.bragg import Bragg
from phasekit_plugins.preparations.centre import Centre
from phasekit_plugins.preparations.crop import Crop
from phasekit_plugins.preparations.dark import Dark
from phasekit_plugins.preparations.flat_field import FlatField
from phasekit_plugins.preparations.monitor import Monitor
from phasekit_plugins.sources.aps_34idc import Aps34idc
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


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The measured gold crystal as the beamline wrote it."""
    archive = FOLDER / "aps34idc_au_scan54_raw.zip"
    folder = tmp_path_factory.mktemp("gold")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    return folder


def test_the_raw_scan_of_the_gold_crystal_becomes_the_prepared_one(gold: Path) -> None:
    prepared = Aps34idc(path=gold).raw()
    for step in (Dark(), FlatField(), Monitor(), Centre(), Crop(shape=(128, 128, 128))):
        prepared = step.apply(prepared)
    with h5py.File(FOLDER / "aps34idc_au_scan54.h5") as file:
        counts, bad = file["intensity"][()], file["mask"][()] != 0
        flat, monitor, start = file["flatfield"][()], file["monitor"][()], file.attrs["crop_start"]
    assert prepared.centre == tuple(start + 64)
    assert prepared.sensitivity is not None
    trusted = prepared.valid.numpy()
    np.testing.assert_array_equal(prepared.counts.numpy()[trusted], counts[trusted])
    assert not trusted[bad].any()
    dark = tifffile.imread(gold / "dark.tif")[62:190, 63:191]
    np.testing.assert_array_equal((~trusted & ~bad).any(axis=0), (dark > 10) & ~bad.any(axis=0))
    ratio = (prepared.sensitivity.numpy() / (flat * monitor[:, None, None]))[trusted]
    assert np.ptp(ratio) < 1e-5 * ratio.mean()


def test_the_motor_angles_of_the_gold_crystal_give_its_d_spacing(gold: Path) -> None:
    geometry = Bragg.model_validate(Aps34idc(path=gold).arrays().geometry)
    assert 2 * np.pi / float(geometry.transfer().norm()) * 1e10 == pytest.approx(2.3348, abs=5e-5)
    assert geometry.step_deg == pytest.approx(0.005, rel=1e-4)
