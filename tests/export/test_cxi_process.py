"""A CXI file says how an object came about: configuration, instrument and what the model has besides the object."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from phasekit import Geometry
from phasekit.export.cxi import write_cxi
from phasekit.export.cxi_process import NUISANCE_MEANING, write_instrument, write_process
from phasekit.numerics.detector_model import NAMES

from ..known import result_of, theta_scan
from .skew import make_result


def test_what_the_model_has_besides_the_object_stands_beside_it_with_units(tmp_path: Path) -> None:
    result = replace(
        make_result(),
        nuisance={"background": torch.tensor([0.5, 2.0, 3.0]), "centre": torch.arange(9.0).reshape(3, 3) / 10},
    )
    write_cxi(tmp_path / "result.cxi", result, {})
    with h5py.File(tmp_path / "result.cxi") as file:
        own, every = file["entry_1/image_1/nuisance"], file["entry_1/seeds/nuisance"]
        assert own["background"][()] == 0.5
        np.testing.assert_allclose(own["centre"][()], [0, 0.1, 0.2], rtol=1e-6)
        np.testing.assert_allclose(every["centre"][2], [0.6, 0.7, 0.8], rtol=1e-6)
        assert {name: every[name].attrs["units"] for name in every} == {"background": "photons", "centre": "voxels"}
        assert "nuisance" not in file["entry_1/image_2"]


def test_energy_and_pixels_are_those_of_the_array_that_was_phased(tmp_path: Path) -> None:
    """An energy scan from 9 keV on, its frame 6 at the centre, rows binned by two."""
    scan = theta_scan(rocking="energy", step_deg=None, step_ev=5.0, angles_at=(0, None, None))
    geometry = scan.windowed((6.0, 10.5, 10.0), (1, 2, 1))
    shape = (8, 10, 12)
    write_cxi(tmp_path / "result.cxi", result_of(np.ones((1, *shape)), np.ones(shape, dtype=bool), geometry), {})
    with h5py.File(tmp_path / "result.cxi") as file:
        part = file["entry_1/instrument_1"]
        assert part["source_1/energy"][()] == pytest.approx(9.03e3 * 1.602176634e-19)
        assert part["beam_1/incident_wavelength"][()] == pytest.approx(12.398419843320026e-10 / 9.03)
        assert part["detector_1/y_pixel_size"][()] == pytest.approx(110e-6)
        assert part["detector_1/x_pixel_size"][()] == pytest.approx(55e-6)


def test_run_information_of_any_kind_is_kept(tmp_path: Path) -> None:
    info = {"plan": {"batches": [[0, 1], [2]], "threads": 2}, "a/b": None, "big": 2**70, "text": "x\0y"}
    write_cxi(tmp_path / "result.cxi", make_result(), info)
    with h5py.File(tmp_path / "result.cxi") as file:
        kept = file["entry_1/process_1/configuration"]
        assert kept["plan/threads"][()] == 2
        assert kept["plan/batches"].asstr()[()] == "[[0, 1], [2]]"
        assert kept["big"].asstr()[()] == str(2**70)
        assert set(kept) == {"plan", "a∕b", "big", "text"}


def test_how_the_run_ended_stands_among_its_results(tmp_path: Path) -> None:
    result = replace(make_result(), status="interrupted", seconds=2.5, references={"flat": 0.3})
    with h5py.File(tmp_path / "process.h5", "w") as file:
        write_process(file, result, {"status": "running", "device": "cpu"})
        found = file["results"]
        assert found["status"].asstr()[()] == "interrupted"
        assert "status" not in file["configuration"]  # that of the moment of writing
        assert (found["seconds"][()], found["best_seed"][()], found["references/flat"][()]) == (2.5, 5, 0.3)
        assert found["nb_point_support"][()] == int((result.best != 0).sum())
        assert set(found["metrics"]) == {"chi2", "a∕b"}


def test_the_held_out_likelihood_lies_where_pynx_has_it_if_voxels_were_held_out(tmp_path: Path) -> None:
    result = make_result()
    for final in (result.final, {**result.final, "free-poisson": torch.tensor([0.51, 0.6, 0.7])}):
        with h5py.File(tmp_path / "process.h5", "w") as file:
            write_process(file, replace(result, final=final), {})
            found = file["results"].get("free_llk_poisson")
            assert (found is None) == ("free-poisson" not in final)
            if found is not None:
                assert found[()] == pytest.approx(0.51)


def test_an_instrument_without_energy_and_distance_states_none(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "instrument.h5", "w") as file:
        write_instrument(file, Geometry.resolve("far-field"))
        assert [len(file[part]) for part in ("source_1", "beam_1", "detector_1")] == [0, 0, 0]
        assert file["name"].asstr()[()] == "far-field"


def test_every_quantity_besides_the_object_is_explained() -> None:
    assert set(NUISANCE_MEANING) == set(NAMES)
