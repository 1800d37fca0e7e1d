"""Laws of the CXI file: what is written comes back, other programs find their way, signs are heeded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from phasekit import InputError, fourier
from phasekit.export.cxi import read_cxi, write_cxi

from .skew import BASIS, make_result


@pytest.mark.parametrize("shape", [(12, 10, 8), (9, 14)])
def test_object_and_support_come_back_as_they_were_written(tmp_path: Path, shape: tuple[int, ...]) -> None:
    result = make_result(shape)
    write_cxi(tmp_path / "result.cxi", result, {})
    object, support = read_cxi(tmp_path / "result.cxi")
    assert torch.equal(object, result.best)
    assert torch.equal(support, result.support[0])


@pytest.mark.parametrize("minus", ["-1", "−i: wave = sum object·exp(−iQ·r)", "-i"])
def test_an_object_whose_file_states_minus_i_comes_back_conjugated(tmp_path: Path, minus: str) -> None:
    path, result = tmp_path / "result.cxi", make_result()
    write_cxi(path, result, {})
    with h5py.File(path, "a") as file:
        del file["entry_1/image_1/fourier_sign"]
        file["entry_1/image_1/fourier_sign"] = minus
    assert torch.equal(read_cxi(path)[0], result.best.conj().resolve_conj())


def test_a_file_that_states_no_sign_is_read_as_it_stands(tmp_path: Path) -> None:
    path, result = tmp_path / "other.cxi", make_result()
    with h5py.File(path, "w") as file:
        file["entry_1/image_1/data"] = result.best.numpy()
        file["entry_1/image_1/mask"] = result.support[0].numpy()
    object, support = read_cxi(path)
    assert torch.equal(object, result.best)
    assert torch.equal(support, result.support[0])


def test_an_object_by_pynx_which_states_no_sign_is_conjugated(tmp_path: Path) -> None:
    path, result = tmp_path / "pynx.cxi", make_result()
    with h5py.File(path, "w") as file:
        file["entry_1/image_1/data"] = result.best.numpy()
        file["entry_1/image_1/process_1/program"] = "PyNX"
    assert torch.equal(read_cxi(path)[0], result.best.conj().resolve_conj())


def test_the_default_plot_by_the_rules_of_nexus_is_the_object(tmp_path: Path) -> None:
    result = make_result()
    write_cxi(tmp_path / "result.cxi", result, {})
    with h5py.File(tmp_path / "result.cxi") as file:
        group: Any = file
        while "default" in group.attrs:
            group = group[group.attrs["default"]]
        assert group.attrs["NX_class"] == "NXdata"
        np.testing.assert_array_equal(group[group.attrs["signal"]], result.best.numpy())
        assert [len(group[axis]) for axis in group.attrs["axes"]] == list(result.best.shape)


def test_the_sign_that_the_file_states_gives_the_measured_intensity(tmp_path: Path) -> None:
    result = make_result((6, 5))
    write_cxi(tmp_path / "result.cxi", result, {})
    with h5py.File(tmp_path / "result.cxi") as file:
        image = file["entry_1/image_1"]
        object, sign = image["data"][()], float(image["fourier_sign"].asstr()[()])
    index = [np.arange(n) - n // 2 for n in object.shape]
    waves = [np.exp(sign * 2j * np.pi * np.outer(i, i) / len(i)) for i in index]
    intensity = np.abs(waves[0] @ object @ waves[1].T) ** 2 / object.size
    measured = fourier.centred(result.problem.intensity, 2).numpy()
    np.testing.assert_allclose(intensity, measured, rtol=1e-4, atol=1e-5)


def test_everything_lies_where_other_programs_look_for_it(tmp_path: Path) -> None:
    result = make_result()
    write_cxi(tmp_path / "result.cxi", result, {"recipe": "seeds: 3", "started": "2024-01-01T00:00:00"})
    with h5py.File(tmp_path / "result.cxi") as file:
        assert file["cxi_version"][()] == 160
        image = file["entry_last/image_1"]
        assert image["data"].dtype == np.complex64
        for name in ("image_1/support", "image_1/mask", "data_1/data", "image_2/data", "instrument_1"):
            assert name in file["entry_1"]
        assert file["entry_1/data_1/data"] == image["data"]
        assert image["data_space"].asstr()[()] == "real"
        assert image["data_type"].asstr()[()] == "electron density"
        assert image["process_1/program"].asstr()[()] == "phasekit"
        assert image["process_1/recipe"].asstr()[()] == "seeds: 3"
        assert file["entry_1/start_time"].asstr()[()] == "2024-01-01T00:00:00"
        assert image["instrument_1/source_1/energy"][()] == pytest.approx(9e3 * 1.602176634e-19)
        assert image["instrument_1/beam_1/incident_wavelength"][()] == pytest.approx(1.37760e-10, rel=1e-5)


def test_the_file_states_the_voxel_basis_and_whether_it_is_calibrated(tmp_path: Path) -> None:
    write_cxi(tmp_path / "result.cxi", make_result(), {})
    with h5py.File(tmp_path / "result.cxi") as file:
        basis = file["entry_1/image_1/voxel_basis"]
        np.testing.assert_allclose(basis[()], BASIS.numpy())
        assert basis.attrs["units"] == "m"
        assert basis.attrs["calibrated"]
        size = file["entry_1/image_1/image_size"][()]
        np.testing.assert_allclose(size, np.array([12, 10, 8]) * np.linalg.norm(BASIS.numpy(), axis=1))
        axis = file["entry_1/image_1/axis_0"]
        assert axis[6] == 0
        assert (axis[7], axis.attrs["units"]) == (pytest.approx(20), "nm")


def test_every_seed_is_kept_in_ranked_order_with_its_figures(tmp_path: Path) -> None:
    result = make_result()
    write_cxi(tmp_path / "result.cxi", result, {})
    with h5py.File(tmp_path / "result.cxi") as file:
        seeds = file["entry_1/seeds"]
        np.testing.assert_array_equal(seeds["data"][()], result.object.numpy())
        np.testing.assert_array_equal(seeds["seed"][()], [5, 6, 7])
        np.testing.assert_array_equal(seeds["agreeing"][()], [True, True, False])
        np.testing.assert_array_equal(seeds["failed"][()], [False, False, True])
        np.testing.assert_array_equal(seeds["metrics/chi2"][()], [0, 1, 2])
        np.testing.assert_array_equal(file["entry_1/image_2/data"][()], result.mean.numpy())
        assert seeds["data"].compression == "gzip"


@pytest.mark.parametrize("shape", [(12, 10, 8), (9, 14)])
def test_silx_finds_a_valid_plot_at_the_root(tmp_path: Path, shape: tuple[int, ...]) -> None:
    nxdata = pytest.importorskip("silx.io.nxdata")
    result = make_result(shape)
    write_cxi(tmp_path / "result.cxi", result, {})
    with h5py.File(tmp_path / "result.cxi") as file:
        shown = nxdata.get_default(file)
        assert shown is not None
        assert shown.is_valid
        assert shown.signal.shape == shape
        assert [len(axis) for axis in shown.axes] == list(shape)
        for name in ("image_1", "image_2"):
            assert nxdata.NXdata(file["entry_1"][name]).is_valid


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path, result = tmp_path / "result.cxi", make_result()
    write_cxi(path, result, {})
    before = path.read_bytes()
    wrong: Any = object()
    with pytest.raises(TypeError):
        write_cxi(path, replace(result, agreeing=(wrong,)), {})
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["result.cxi"]


def test_what_is_not_a_cxi_result_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.cxi").write_text("not HDF5")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["scan"] = 1
    with pytest.raises(InputError, match=r"text\.cxi cannot be opened as HDF5"):
        read_cxi(tmp_path / "text.cxi")
    with pytest.raises(InputError, match=r"no entry_1/image_1/data .at the top: scan"):
        read_cxi(tmp_path / "other.h5")
    with pytest.raises(InputError, match="cannot be opened"):
        read_cxi(tmp_path / "missing.cxi")
