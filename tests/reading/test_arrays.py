"""What was read fits together, or a sentence says what does not; what is not known is not trusted."""

from __future__ import annotations

from pathlib import Path
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


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int64, np.uint64])
@pytest.mark.parametrize("bits", [16, 20, 32])
def test_gaps_marked_by_a_narrower_counter_are_untrusted_and_never_the_peak(kind: type, bits: int) -> None:
    counts: np.ndarray = np.random.default_rng(0).poisson(pattern()).astype(kind)
    peak = counts.max()
    counts[:, :, 3:5] = 2**bits - 1
    problem = load({"counts": counts}, prepare=[])
    assert float(problem.intensity.max()) == peak
    assert not np.fft.fftshift(problem.valid)[:, :, 3:5].any()
    assert any("are the maximum of a counter" in note for note in problem.notes)


def test_a_clipped_peak_is_untrusted_and_noted() -> None:
    counts = np.random.default_rng(0).poisson(pattern())
    level = int(0.3 * counts.max())
    raw = Arrays(stored(counts.clip(max=level))).measurement("good")
    np.testing.assert_array_equal(raw.valid, counts < level)
    assert raw.clipped_at == level
    number = (counts >= level).sum()
    assert raw.notes == (f"{number} trusted counts reach {level}, where the detector was saturated: left untrusted",)


@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.uint32, np.int64])
def test_only_bits_of_the_mask_that_mean_bad_are_bad(kind: type) -> None:
    mask = np.zeros(SHAPE[1:], kind)
    mask[:, 3], mask[:, 4], mask[:, 5] = 0x20, 0x21, 0x01
    for bits, good in ((0x01, [3]), (0x20, [5]), (0x21, []), (None, [])):
        raw = Arrays(stored(pattern()), valid=stored(mask), bad_bits=bits).measurement("bad")
        bad = [column for column in (3, 4, 5) if column not in good]
        np.testing.assert_array_equal(~raw.valid.numpy().any(axis=(0, 1)), np.isin(np.arange(SHAPE[2]), bad))
        assert any("have no bit that means bad" in note for note in raw.notes) == bool(good)
    assert bool(Arrays(stored(pattern()), valid=stored(mask + 1), bad_bits=0x40).measurement("good").valid.all())


def test_the_bits_that_mean_bad_are_those_of_the_detector(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nshape: [20, 22]\nbad_bits: 0x1E\n")
    mask = np.zeros(SHAPE[1:], np.uint16)
    mask[2], mask[3] = 0x100, 0x10
    problem = load({"counts": pattern(), "valid": mask}, detector=tmp_path / "mine.yaml", valid_means="bad", prepare=[])
    np.testing.assert_array_equal(np.fft.fftshift(problem.valid)[:, :, 0].all(axis=0), np.arange(20) != 3)


@pytest.mark.parametrize("frames", [1, 5, 30])
def test_several_frames_of_dark_and_flat_field_are_averaged(frames: int) -> None:
    rng = np.random.default_rng(0)
    dark, flat = (rng.normal(level, 3, (frames, *SHAPE[1:])) for level in (100, 9000))
    raw = Arrays(stored(pattern()), dark=stored(dark), flat_field=stored(flat)).measurement("good")
    assert raw.dark is not None
    assert raw.flat_field is not None
    np.testing.assert_allclose(raw.dark, dark.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(raw.flat_field, flat.mean(axis=0), rtol=1e-5)
    one = Arrays(stored(pattern()[9]), dark=stored(dark)).measurement("good").dark
    assert one is not None
    np.testing.assert_allclose(one, dark.mean(axis=0), rtol=1e-5)
    part = Arrays(stored(pattern()), dark=stored(dark, missing={0: "gone"})).measurement("good").dark
    assert part is not None
    np.testing.assert_allclose(part, dark[1:].mean(axis=0) if frames > 1 else np.full(SHAPE[1:], np.nan), rtol=1e-5)
