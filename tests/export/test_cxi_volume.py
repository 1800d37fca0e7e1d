"""A volume in a CXI file: silx finds a plot for every field, and frame, sign and units are stated."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from phasekit import Result, Volume
from phasekit.export.cxi import read_cxi, write_cxi


def test_silx_finds_a_plot_with_axes_in_nm_for_every_field(tmp_path: Path, result: Result, volume: Volume) -> None:
    nxdata = pytest.importorskip("silx.io.nxdata")
    write_cxi(tmp_path / "result.cxi", result, {}, volume)
    with h5py.File(tmp_path / "result.cxi") as file:
        group = file["entry_1/volume_1"]
        for name, field in volume.fields.items():
            shown = nxdata.NXdata(group[name])
            assert shown.is_valid
            np.testing.assert_array_equal(shown.signal[()], field)
            for axis, places_nm in zip(shown.axes, volume.coordinates()[::-1], strict=True):
                np.testing.assert_array_equal(axis[()], places_nm)
                assert axis.attrs["units"] == "nm"
        assert nxdata.get_default(file).is_valid


def test_the_cxi_file_states_frame_matrix_sign_units_and_wave_vectors(
    tmp_path: Path, result: Result, volume: Volume
) -> None:
    write_cxi(tmp_path / "result.cxi", result, {}, volume)
    with h5py.File(tmp_path / "result.cxi") as file:
        group = file["entry_1/volume_1"]
        assert group["frame"].asstr()[()] == "sample"
        assert group["fourier_sign"].asstr()[()].startswith("+i")
        np.testing.assert_array_equal(group["rotation_from_laboratory"], volume.rotation)
        np.testing.assert_array_equal(group["matrix_nm"], volume.matrix_nm)
        for name, vector in (("k_i", volume.k_i), ("k_f", volume.k_f), ("q", volume.q), ("h_ref", volume.h_ref)):
            np.testing.assert_array_equal(group[name], vector)
            assert group[name].attrs["units"] == "1/nm"
        assert group["displacement/displacement"].attrs["units"] == "nm"
        assert "undetermined" in group["notes"].asstr()[-1]
    np.testing.assert_array_equal(read_cxi(tmp_path / "result.cxi")[0], result.best)
