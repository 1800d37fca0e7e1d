"""The modulus is imposed to the letter, in place, however the array is cut."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from phasekit.numerics import modulus


@pytest.mark.parametrize("block", [1, 7, 64, 1 << 17])
@pytest.mark.parametrize("dtype", [torch.complex64, torch.complex128])
def test_the_modulus_is_measured_and_the_phase_kept(
    monkeypatch: pytest.MonkeyPatch, block: int, dtype: torch.dtype
) -> None:
    monkeypatch.setattr(modulus, "BLOCK", block)
    rng = torch.Generator().manual_seed(0)
    wave = torch.randn((2, 9, 7), dtype=dtype, generator=rng)
    wave[0, 0, :3] = 0
    amplitude = torch.rand((9, 7), generator=rng, dtype=wave.real.dtype)
    untrusted = torch.tensor([0, 5, 62])
    before = wave.numpy().copy()
    trusted = np.ones(63, dtype=bool)
    trusted[[0, 5, 62]] = False
    expected = np.where(before == 0, 0, amplitude.numpy() * np.exp(1j * np.angle(before)))
    expected = np.where(trusted.reshape(9, 7), expected, before)
    modulus.impose_modulus(wave, amplitude, untrusted)
    np.testing.assert_allclose(wave.numpy(), expected, atol=1e-6)
    np.testing.assert_array_equal(wave.numpy()[:, ~trusted.reshape(9, 7)], before[:, ~trusted.reshape(9, 7)])


@pytest.mark.parametrize("scale", [1e-30, 1e-18, 1e18])
def test_very_small_and_very_large_waves_keep_their_phase(scale: float) -> None:
    phase = torch.linspace(-3, 3, 40)
    wave = torch.polar(torch.full((40,), scale), phase).reshape(1, 5, 8)
    modulus.impose_modulus(wave, torch.full((5, 8), 2.0), torch.tensor([], dtype=torch.int64))
    torch.testing.assert_close(wave.angle().flatten(), phase)
    torch.testing.assert_close(wave.abs().flatten(), torch.full((40,), 2.0))


@pytest.mark.parametrize("count", [1, 10, modulus.BLOCK, modulus.BLOCK + 1, 3 * modulus.BLOCK - 1])
def test_blocks_cover_every_voxel_once(count: int) -> None:
    parts = modulus.blocks(count, torch.device("cpu"))
    assert [i for part in parts for i in (part.start, part.stop)][0::2] == [
        0,
        *[part.stop for part in parts][:-1],
    ]
    assert parts[-1].stop == count
