"""Laws of the CXI file: what is written comes back, other programs find their way, signs are heeded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import h5py
import numpy as np
import pytest
import torch
from torch import Tensor

from phasekit import Geometry, InputError, Problem, Result, fourier
from phasekit.export.cxi import read_cxi, write_cxi

from ..known import result_of, theta_scan

BASIS = 1e-9 * torch.tensor([[0.0, 0.0, 20.0], [0.0, 8.0, 3.0], [9.0, 0.0, 0.0]], dtype=torch.float64)


class Skew(Geometry):
    """One Fourier transform whose array axes are not at right angles."""

    name: Literal["skew"] = "skew"
    energy_kev: float = 9.0
    distance_m: float = 0.5

    def forward(self, object: Tensor) -> Tensor:
        return fourier.to_wave(object, self.ndim)

    def adjoint(self, wave: Tensor) -> Tensor:
        return fourier.to_object(wave, self.ndim)

    def basis(self, space: tuple[int, ...]) -> Tensor:
        return BASIS[: len(space)]


def make_result(shape: tuple[int, ...] = (12, 10, 8), seeds: int = 3) -> Result:
    rng = torch.Generator().manual_seed(1)
    object = torch.zeros((seeds, *shape), dtype=torch.complex64)
    inner = (slice(None), *fourier.half_box(shape))
    object[inner] = torch.randn(object[inner].shape, generator=rng, dtype=torch.complex64)
    intensity = fourier.to_wave(object[0], len(shape)).abs().square()
    return Result(
        problem=Problem.measured(intensity, Skew(), notes=("a note",)),
        object=object,
        support=object != 0,
        seeds=tuple(range(5, 5 + seeds)),
        final={"chi2": torch.arange(seeds, dtype=torch.float64), "a/b": torch.ones(seeds)},
        rank="chi2",
        mean=object[:2].mean(dim=0),
        agreeing=(5, 6),
        agreement=torch.linspace(1, 0.5, seeds, dtype=torch.float64),
        failed=(5 + seeds - 1,),
    )


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


def test_run_information_of_any_kind_is_kept(tmp_path: Path) -> None:
    info = {"plan": {"batches": [[0, 1], [2]], "threads": 2}, "a/b": None, "big": 2**70, "text": "x\0y"}
    write_cxi(tmp_path / "result.cxi", make_result(), info)
    with h5py.File(tmp_path / "result.cxi") as file:
        kept = file["entry_1/process_1/configuration"]
        assert kept["plan/threads"][()] == 2
        assert kept["plan/batches"].asstr()[()] == "[[0, 1], [2]]"
        assert kept["big"].asstr()[()] == str(2**70)
        assert set(kept) == {"plan", "a∕b", "big", "text"}


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path, result = tmp_path / "result.cxi", make_result()
    write_cxi(path, result, {})
    before = path.read_bytes()
    with pytest.raises(TypeError):
        write_cxi(path, replace(result, agreeing=(object(),)), {})  # type: ignore[arg-type]  # wrong on purpose
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
