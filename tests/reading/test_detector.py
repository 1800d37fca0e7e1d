"""A detector file completes pictures: seams are inserted at their place, and what does not measure is untrusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from phasekit import InputError, Measurement
from phasekit.reading.detector import Detector, detector, detectors, known_detector

from .counts import Given, load, pattern


def of(**options: Any) -> Detector:
    return Detector.model_validate({"name": "mine", **options})


def pictured(true: np.ndarray, rows: dict[int, int], columns: dict[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Leave out of `true` (…, rows, columns) what a picture lacks, place in the picture -> number; and where it was."""
    kept = []
    for n, missing in zip(true.shape[-2:], (rows, columns), strict=True):
        measured = np.ones(n, dtype=bool)
        before = 0
        for at, count in sorted(missing.items()):
            measured[at + before : at + before + count] = False
            before += count
        kept.append(measured)
    return true[..., kept[0], :][..., kept[1]], np.logical_and.outer(*kept)


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_seams_are_inserted_wherever_the_region_crosses_them(data: st.DataObject) -> None:
    rows, columns = (
        {int(at): data.draw(st.integers(1, 5)) for at in data.draw(st.sets(st.integers(1, 19), max_size=3))}
        for _ in range(2)
    )
    seams = [{"at": at, "rows": n} for at, n in rows.items()] + [{"at": at, "columns": n} for at, n in columns.items()]
    own = of(shape=[20, 20], seams=data.draw(st.permutations(seams)))
    true = np.arange(2.0 * np.prod(own.completed_shape)).reshape(2, *own.completed_shape).astype(np.float32)
    picture, there = pictured(true, rows, columns)
    assert picture.shape[1:] == (20, 20)
    top, left = (data.draw(st.integers(0, 18)) for _ in range(2))
    bottom, right = data.draw(st.integers(top + 1, 20)), data.draw(st.integers(left + 1, 20))
    cut = torch.from_numpy(np.ascontiguousarray(picture[:, top:bottom, left:right]))
    raw = Measurement(cut, torch.ones(cut.shape, dtype=torch.bool), flat_field=cut[0] + 1)
    region = own.region(raw.shape, (top, bottom, left, right), "here")
    completed = own.completed(raw, region)
    first, last = (
        (own.moved(at, axis, (0, 20, 0, 20)) for axis, at in enumerate(p))
        for p in ((top, left), (bottom - 1, right - 1))
    )
    part = tuple(slice(int(low), int(high) + 1) for low, high in zip(first, last, strict=True))
    np.testing.assert_array_equal(completed.valid.numpy(), np.broadcast_to(there[part], completed.shape))
    np.testing.assert_array_equal(completed.counts.numpy(), (true * there)[:, *part])
    assert completed.flat_field is not None
    assert completed.flat_field.shape == completed.shape[1:]
    assert len(completed.notes) == (completed.shape != raw.shape)
    # Frames that have the seams already are left as they are, but these are not trusted.
    done = torch.from_numpy(true)
    again = own.completed(Measurement(done, torch.ones(done.shape, dtype=torch.bool)), own.region(done.shape, None, ""))
    assert again.shape == done.shape
    np.testing.assert_array_equal(again.valid.numpy(), np.broadcast_to(there, done.shape))


def test_gaps_values_saturation_and_weak_pixels_are_untrusted() -> None:
    counts = torch.full((3, 8, 6), 7.0)
    counts[:, 0, 0], counts[1, 1, 1], counts[2, 2, 2] = 2**32 - 1, 90, 89
    white = torch.full((8, 6), 1000.0)
    white[3, 3] = 99
    own = of(shape=[8, 6], gap_rows=[[5, 6]], gap_columns=[[0, 1]], no_counts=[2**32 - 1], saturation=90, weakest=100)
    raw = Measurement(counts, torch.ones(counts.shape, dtype=torch.bool), flat_field=white)
    done = own.completed(raw, own.region(raw.shape, None, "here"))
    expected = np.ones(counts.shape, dtype=bool)
    expected[:, 5], expected[:, :, 0], expected[:, 3, 3], expected[1, 1, 1] = False, False, False, False
    np.testing.assert_array_equal(done.valid, expected)
    assert float(done.counts.max()) == 89
    assert f"{(~expected).sum()} voxels are" in done.notes[0]


def test_gaps_are_those_of_the_region() -> None:
    own = of(shape=[20, 20], gap_rows=[[3, 5], [18, 20]], gap_columns=[[9, 10]])
    raw = Measurement(torch.ones(2, 8, 6), torch.ones(2, 8, 6, dtype=torch.bool))
    done = own.completed(raw, own.region(raw.shape, (4, 12, 6, 12), "here"))
    np.testing.assert_array_equal(done.valid[0].all(dim=1), np.zeros(8, dtype=bool))
    np.testing.assert_array_equal(done.valid[0].any(dim=1), np.arange(8) > 0)
    np.testing.assert_array_equal(done.valid[0].any(dim=0), np.arange(6) != 3)


def test_frames_of_an_unknown_part_are_refused_and_a_file_of_this_part_reads_them(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"frames of shape \(20, 22\), and a picture of 34idcTIM2 has \(512, 512\)"
    ) as caught:
        load({"counts": pattern()}, detector="34idcTIM2")
    assert caught.value.place == "source.detector"
    assert "a detector file of this part alone, with its shape and seams, as detector: mine.yaml" in str(caught.value)
    (tmp_path / "mine.yaml").write_text("name: part\nshape: [20, 22]\nseams: [{at: 5, rows: 5}, {at: 7, columns: 4}]\n")
    problem = load({"counts": pattern()}, detector=tmp_path / "mine.yaml", prepare=[])
    assert problem.detector == (18, 25, 26)
    valid = np.fft.fftshift(problem.valid.numpy())
    assert not valid[:, 5:10].any()
    assert not valid[:, :, 7:11].any()
    assert valid.sum() == pattern().size
    np.testing.assert_allclose(np.fft.fftshift(problem.intensity)[valid], pattern().ravel(), rtol=1e-6)


def test_a_region_that_the_file_states_wrongly_is_refused() -> None:
    with pytest.raises(InputError, match=r"the region \[0, 9, 0, 9\], which the file states, is not of that shape"):
        load({"counts": pattern(), "region": (0, 9, 0, 9)}, detector="34idcTIM2")


def test_a_detector_that_the_file_names_is_not_applied_to_an_unknown_part_and_a_note_says_what_to_do(
    tmp_path: Path,
) -> None:
    problem = load({"counts": pattern(), "detector": "eiger2M"}, prepare=[])
    assert bool(problem.valid.all())
    (note,) = (note for note in problem.notes if "the detector 'eiger2M' is known" in note)
    assert "a picture of it has (2164, 1030) pixels and the frames have (20, 22)" in note
    assert "not applied. Give a detector file of this part, with its shape, as detector: mine.yaml" in note
    (tmp_path / "mine.yaml").write_text("name: part\nshape: [20, 22]\ngap_rows: [[5, 7]]\n")
    problem = load({"counts": pattern(), "detector": "eiger2M"}, detector=tmp_path / "mine.yaml", prepare=[])
    assert not any("is known" in note for note in problem.notes)
    assert not np.fft.fftshift(problem.valid.numpy())[:, 5:7].any()


def test_pixels_named_in_the_picture_move_with_what_is_inserted_before_them() -> None:
    own = of(shape=[20, 20], seams=[{"at": 8, "rows": 3}, {"at": 5, "columns": 2}])
    assert own.moved(7.5, 0, (0, 20, 0, 20)) == 7.5
    assert own.moved(8, 0, (0, 20, 0, 20)) == 11
    assert own.moved(4, 1, (0, 20, 2, 20)) == 6
    assert own.moved(4, 1, (0, 20, 5, 20)) == 4
    assert own.moved(9, 0, None) == 9


def test_every_packaged_detector_says_where_its_values_are_from() -> None:
    found = detectors()
    assert {"34idcTIM1", "34idcTIM2", "Maxipix", "eiger2M", "eiger4M", "eiger9M", "Merlin"} <= set(found)
    assert all(own.source for own in found.values())
    for own in found.values():
        for axis, gaps in enumerate((own.gap_rows, own.gap_columns)):
            assert all(low < high <= own.shape[axis] for low, high in gaps)


@pytest.mark.parametrize("name", ["34idcTIM2", "34idcTIM2:", "34IDCTIM2", " 34idctim2: "])
def test_a_name_is_found_as_files_write_it(name: str) -> None:
    assert known_detector(name) == detector("34idcTIM2")


def test_an_unknown_detector_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValidationError, match=r"no detector is called '34idcTIM3'; did you mean 34idcTIM"):
        Given(detector="34idcTIM3")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name: m\n", "m.yaml:1: a detector file needs the option 'shape'"),
        ("name: m\nshape: [2, 3]\nseam: []\n", "m.yaml:3: a detector file has no option 'seam'; did you mean seams?"),
        ("name: m\nshape: [9, 9]\nseams: [{at: 3}]\n", "write one seam for each: {at: 256, rows: 5}"),
        ("[1", "invalid YAML"),
    ],
)
def test_a_detector_file_that_is_wrong_is_refused_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "m.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        detector(tmp_path / "m.yaml")
    assert sentence in str(caught.value)
