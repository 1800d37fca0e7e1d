"""A region of the picture is read alone, and everything else is cut and counted alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from pydantic import ValidationError

from phasekit import InputError, Preparation
from phasekit.reading.roi import cut, picture_of, shifted, slices
from phasekit.reading.stored import Stored
from phasekit_plugins.sources.hdf5 import Hdf5

SHAPE = (6, 16, 20)
ROI = (3, 11, 5, 17)
INSIDE = (slice(None), slice(3, 11), slice(5, 17))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with frames, and what belongs to them in every shape."""
    rng = np.random.default_rng(3)
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["counts"] = rng.poisson(100, SHAPE).astype(np.uint32)
        file["mask"] = rng.random(SHAPE[1:]) > 0.2
        file["flat"] = rng.random(SHAPE[1:]) + 1
        file["dark"] = rng.random(SHAPE)
        file["small"] = np.ones((8, 12), bool)
        file["monitor"] = np.arange(6) + 1.0
        file["object"] = np.ones(SHAPE, complex)
    return tmp_path / "scan.h5"


def source(path: Path, **options: Any) -> Hdf5:
    return Hdf5.model_validate({"path": path, "dataset": "counts", **options})


def test_masks_and_corrections_of_the_whole_picture_are_cut_alike(path: Path) -> None:
    options = {"valid": "mask", "flat_field": "flat", "dark": "dark", "monitor": "monitor"}
    whole, part = source(path, **options).raw(), source(path, roi=ROI, **options).raw()
    for name in ("counts", "valid", "dark"):
        assert torch.equal(getattr(part, name), getattr(whole, name)[INSIDE])
    assert whole.flat_field is not None
    assert part.flat_field is not None
    assert torch.equal(part.flat_field, whole.flat_field[INSIDE[1:]])
    assert part.monitor is not None
    assert part.monitor.tolist() == [1, 2, 3, 4, 5, 6]


def test_a_mask_of_the_region_is_taken_as_it_is(path: Path) -> None:
    assert bool(source(path, roi=ROI, valid="small").raw().valid.all())
    with pytest.raises(InputError, match=r"valid mask .* has shape \(8, 12\)"):
        source(path, valid="small").raw()


def test_indices_are_those_of_the_region(path: Path) -> None:
    gaps = (Preparation.resolve({"name": "gaps", "columns": [[2, 3]]}),)
    problem = source(path, roi=ROI, prepare=gaps).load(None, torch.Generator())
    assert problem.detector == (6, 8, 12)
    assert int((~problem.valid).sum()) == 6 * 8


@pytest.mark.parametrize(
    ("roi", "advice"), [((3, 30, 5, 17), "[0, 16, 0, 20]"), ((16, 17, 0, 2), "[0, 16"), ((0, 2, 19, 21), "[0, 16, 0")]
)
def test_a_region_outside_is_refused_with_the_whole_which_works(path: Path, roi: Any, advice: str) -> None:
    with pytest.raises(InputError) as caught:
        source(path, roi=roi).raw()
    assert f"a part of {advice}" in str(caught.value)
    assert caught.value.place == "source.roi"
    assert source(path, roi=(0, 16, 0, 20)).raw().shape == SHAPE


@pytest.mark.parametrize("roi", [(3, 3, 5, 17), (5, 3, 5, 17), (3, 11, 17, 5)])
def test_a_region_without_pixels_is_refused(path: Path, roi: Any) -> None:
    with pytest.raises(ValidationError, match="first row, row after the last, first column, column after the last"):
        source(path, roi=roi)


def test_what_belongs_to_the_whole_is_refused_with_a_region(path: Path) -> None:
    with pytest.raises(InputError, match="remove roi, or truth"):
        source(path, roi=ROI, truth="object").raw()
    with pytest.raises(InputError, match="remove roi and use the step crop"):
        source(path, roi=ROI, order="fft").raw()


def test_pieces() -> None:
    assert slices(None) == ()
    assert slices(ROI) == INSIDE[1:]
    assert picture_of(None, ROI, "here") is picture_of((5,), ROI, "here") is None
    assert shifted((0, 5.5, None), ROI) == (0, 2.5, None)
    assert shifted((0, 5.5, 7), None) == (0, 5.5, 7)
    absent = np.zeros((4, 6), bool)
    absent[1, 2] = True
    part = cut(Stored("here", np.arange(24).reshape(4, 6), absent=absent), (1, 3, 2, 5), (4, 6))
    assert part is not None
    assert part.absent is not None
    assert part.array.tolist() == [[8, 9, 10], [14, 15, 16]]
    assert part.absent.tolist() == [[True, False, False], [False] * 3]
    assert cut(None, ROI, (4, 6)) is None
