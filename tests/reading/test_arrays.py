"""What was read fits together, or a sentence says what does not; what is not known is not trusted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from phasekit import InputError
from phasekit.reading.arrays import Arrays
from phasekit.reading.stored import Stored

from .counts import SHAPE, load, pattern


def stored(array: np.ndarray, **options: Any) -> Stored:
    return Stored("here", array, **options)


def all_stored(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    return {name: stored(array) for name, array in arrays.items()}


@pytest.mark.parametrize("means", ["good", "bad"])
@pytest.mark.parametrize("of_one_frame", [True, False])
def test_the_mask_is_taken_in_the_sense_that_is_told(means: str, of_one_frame: bool) -> None:
    counts = pattern()
    trusted = np.random.default_rng(1).random(counts.shape[1:] if of_one_frame else counts.shape) < 0.7
    mask = trusted if means == "good" else ~trusted
    problem = load({"counts": counts, "valid": mask.astype(np.uint8)}, valid_means=means, prepare=[])
    wanted = np.fft.ifftshift(np.broadcast_to(trusted, counts.shape))
    np.testing.assert_array_equal(problem.valid, wanted)
    np.testing.assert_allclose(problem.intensity, np.fft.ifftshift(counts) * wanted, rtol=1e-5)


def test_a_mask_that_is_not_a_number_trusts_nothing_in_either_sense() -> None:
    mask = np.ones(SHAPE[1:])
    mask[2, 3], mask[4, 5] = np.nan, 0
    for means, untrusted in (("good", 2), ("bad", 20 * 22 - 1)):
        valid = Arrays(stored(pattern()), valid=stored(mask)).measurement(means).valid
        assert int((~valid[0]).sum()) == untrusted


def test_a_mask_that_trusts_little_makes_one_ask_about_its_sense() -> None:
    mask = np.zeros(SHAPE)
    mask[8:11] = 1
    assert "valid_means" in " ".join(load({"counts": pattern(), "valid": mask}).notes)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32])
def test_gaps_that_the_detector_marks_with_the_largest_number_are_untrusted(
    kind: type[np.unsignedinteger[Any]],
) -> None:
    counts = np.full(SHAPE, 7, kind)
    counts[:, 12, :] = np.iinfo(kind).max
    measured = Arrays(stored(counts)).measurement("good")
    np.testing.assert_array_equal(measured.valid.numpy().all(axis=(0, 2)), np.arange(SHAPE[1]) != 12)
    assert float(measured.counts.max()) == 7
    number = SHAPE[0] * SHAPE[2]
    assert f"{number} trusted counts were the maximum of {np.dtype(kind)}" in measured.notes[0]


def test_the_largest_number_of_a_signed_type_is_a_count_like_any_other() -> None:
    measured = Arrays(stored(np.full(SHAPE, 32767, np.int16))).measurement("good")
    assert bool(measured.valid.all())
    assert measured.notes == ()


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ({3: "it is cut off"}, "frame 3 (it is cut off) is missing: left untrusted"),
        ({5: "b", 3: "a"}, "frames 3 (a), 5 (b) are missing: left untrusted"),
        (dict.fromkeys(range(7), "gone"), "frames 0 (gone), 1 (gone), 2 (gone), 3 (gone), 4 (gone) and 2 more are"),
    ],
)
def test_missing_frames_are_named_and_untrusted(missing: dict[int, str], words: str) -> None:
    measured = Arrays(stored(pattern(), missing=missing)).measurement("good")
    assert measured.notes[0].startswith(words)
    there = [frame for frame in range(SHAPE[0]) if bool(measured.valid[frame].any())]
    assert there == [frame for frame in range(SHAPE[0]) if frame not in missing]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"counts": np.ones(30)}, "here has shape .30,.; 2-D or 3-D data are needed"),
        ({"counts": np.ones(SHAPE, complex)}, "here holds complex numbers, but the intensity must be real"),
        ({"valid": np.ones((3, 4))}, r"the valid mask here has shape \(3, 4\).*\(20, 22\) for all frames"),
        ({"flat_field": np.ones((3, 4))}, "the flat field here has shape"),
        ({"dark": np.ones((3, 4))}, "the dark frame here has shape"),
        ({"monitor": np.ones(17)}, r"the monitor here has shape \(17,\) and the data have .* one number per frame"),
        ({"positions": np.ones((18, 2))}, "the positions here has shape"),
        ({"counts": np.ones((18, 20)), "monitor": np.ones(18)}, "3-D data and one number per frame"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(parts: dict[str, np.ndarray], reason: str) -> None:
    arrays = all_stored({"counts": np.ones(SHAPE)} | parts)
    with pytest.raises(InputError, match=reason):
        Arrays(**arrays).measurement("good")


def test_every_array_comes_through_as_it_was_read() -> None:
    rng = np.random.default_rng(0)
    parts = {"flat_field": SHAPE[1:], "dark": SHAPE, "monitor": SHAPE[:1], "positions": SHAPE[:1]}
    arrays = {name: rng.random(shape) for name, shape in parts.items()}
    measured = Arrays(stored(pattern()), **all_stored(arrays)).measurement("good")
    np.testing.assert_allclose(measured.counts, pattern(), rtol=1e-6)
    for name, array in arrays.items():
        np.testing.assert_allclose(getattr(measured, name), array, rtol=1e-6)
    assert measured.positions is not None
    assert measured.positions.dtype == torch.float64
