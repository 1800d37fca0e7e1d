"""Compiled transforms agree with numpy's, for every length whose prime factors are at most 7."""

from __future__ import annotations

import numpy as np
import pytest

from phasekit.numerics import wave_iteration

compiled = pytest.importorskip("phasekit.numerics.compiled")


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 6, 7, 8, 12, 21, 30, 49, 64, 75, 96, 128, 210])
def test_a_block_is_transformed_along_its_rows(length: int, backward: bool) -> None:
    groups = 3
    rng = np.random.default_rng(length)
    value = rng.standard_normal((length, groups, 8)) + 1j * rng.standard_normal((length, groups, 8))
    room = wave_iteration._room(2 * length * groups * 16)
    first, second = room.reshape(2, -1)
    first[:] = np.stack([value.real, value.imag], axis=2).reshape(-1)
    radices, twiddles = wave_iteration._tables(length)
    compiled.transform(first.ctypes.data, second.ctypes.data, backward, length, groups, radices, twiddles)
    found = (second if len(radices) % 2 else first).reshape(length, groups, 2, 8)
    expected = np.fft.ifft(value, axis=0, norm="forward") if backward else np.fft.fft(value, axis=0)
    error = np.abs(found[:, :, 0] + 1j * found[:, :, 1] - expected).max()
    assert error < 1e-6 * np.abs(expected).max() * max(np.log2(length), 1)


def test_that_code_is_compiled_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    numba = pytest.importorskip("numba")
    one, two = numba.njit(lambda x: x + 1), numba.njit(lambda x: x + 2)
    with compiled.announced():
        assert one(1) + two(1) == 5
    with compiled.announced():
        assert one(1) + two(1) == 5  # nothing is compiled any more
    assert [record.getMessage().partition(";")[0] for record in caplog.records] == [
        "compiling the iteration for this processor"
    ]
