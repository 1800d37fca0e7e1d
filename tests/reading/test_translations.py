"""A ptychography scan is refused with the true reason; a translation that does not change is none."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from phasekit import InputError
from phasekit.reading.stored import Stored
from phasekit.reading.translations import PLACES, refuse_translations

FRAMES = Stored("here", np.zeros((6, 4, 5)))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("width", [2, 3])
def test_frames_with_shifts_are_refused(tmp_path: Path, place: str, width: int) -> None:
    with h5py.File(tmp_path / "p.cxi", "w") as file:
        file["where"] = np.random.default_rng(0).random((6, width)) * 1e-6
        file[place] = h5py.SoftLink("/where")
        with pytest.raises(InputError, match=r"the 6 frames of a ptychography scan: .*/translation shifts the sample"):
            refuse_translations(file, FRAMES)
        refuse_translations(file, Stored("here", np.zeros((4, 5))))  # the single frame that the sentence names


@pytest.mark.parametrize("shape", [(6, 3), (3,), (5, 3)])
def test_a_sample_at_rest_is_none(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with h5py.File(tmp_path / "p.cxi", "w") as file:
        file[PLACES[1]] = np.full(shape, 2e-6)
        refuse_translations(file, FRAMES)
