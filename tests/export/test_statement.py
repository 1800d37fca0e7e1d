"""What a file of a volume states is what the volume knows, and no more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from phasekit import Volume
from phasekit.analysis.volume import TOLD
from phasekit.export.statement import SIGN, statement
from phasekit.numerics import fourier


def test_vectors_are_stated_as_far_as_they_are_known(volume: Volume) -> None:
    said = statement(volume)
    for name in ("k_i", "k_f", "q", "h_ref", "q_own"):
        assert said[name] is getattr(volume, name)
    bare = replace(volume, k_i=None, k_f=None, q=None, h_ref=None, q_own=None, notes=())
    assert set(said) - set(statement(bare)) == {"k_i", "k_f", "q", "h_ref", "q_own"}
    assert statement(bare)["notes"] == ("none",)


def test_every_field_has_a_unit_once_and_so_has_everything_else(volume: Volume) -> None:
    units = statement(volume)["units"]
    assert isinstance(units, tuple)
    named = dict(unit.rsplit(": ", 1) for unit in units)
    assert len(named) == len(units)
    assert set(named) - set(TOLD) == {"lengths", "k_i, k_f, q, h_ref, q_own"}
    assert {f"{name}_std" for name in named if name in TOLD} | set(named) >= set(volume.fields) - {"support_std"}


def test_the_sign_stated_is_that_of_the_transform() -> None:
    sign = {"+": 1, "−": -1}[SIGN[0]]
    object = torch.zeros(8, dtype=torch.complex128)
    object[1] = 1
    wave = fourier.to_wave(object, 1).numpy() * np.sqrt(8)
    np.testing.assert_allclose(wave, np.exp(sign * 2j * np.pi * np.arange(8) / 8), atol=1e-12)
    assert f"exp({SIGN[0]}iQ·r)" in SIGN
