"""The HDF5 source: what a file holds becomes the problem, and what it lacks a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from phasekit import Geometry, InputError, Problem
from phasekit_plugins.geometries.far_field import FarField
from phasekit_plugins.sources.hdf5 import Hdf5

Write = Callable[..., Path]


def load(path: Path, geometry: Geometry | None = None, **options: Any) -> Problem:
    return Hdf5(path=path, **options).load(geometry, torch.Generator())


def peak_of(counts: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(counts.argmax(), counts.shape))


def test_centring_puts_the_peak_at_index_zero(write: Write, counts: np.ndarray) -> None:
    moved = np.roll(counts, (2, -1, 3), (0, 1, 2))
    problem = load(write(intensity=moved))
    assert int(problem.intensity.argmax()) == 0
    assert float(problem.intensity[0, 0, 0]) == pytest.approx(counts.max(), rel=1e-5)


def test_without_centring_the_middle_of_the_file_is_index_zero(write: Write, counts: np.ndarray) -> None:
    problem = load(write(intensity=counts), prepare=[])
    np.testing.assert_allclose(problem.intensity, np.fft.ifftshift(counts), rtol=1e-5)
    assert bool(problem.valid.all())


def test_a_voxel_named_as_the_centre_becomes_it(write: Write, counts: np.ndarray) -> None:
    problem = load(write(intensity=counts), prepare=[{"name": "centre", "at": (8, 11, 10)}])
    assert float(problem.intensity[0, 0, 0]) == pytest.approx(counts[8, 11, 10], rel=1e-5)


def test_2d_data_and_names_deep_in_the_file_are_read(write: Write, counts: np.ndarray) -> None:
    problem = load(write(entry__data__counts=counts[9]), dataset="entry/data/counts")
    assert problem.detector == (20, 22)
    assert problem.ndim == problem.geometry.ndim == 2


@pytest.mark.parametrize("means", ["good", "bad"])
@pytest.mark.parametrize("of_one_frame", [True, False])
def test_the_mask_is_taken_in_the_sense_that_is_told(
    write: Write, counts: np.ndarray, means: str, of_one_frame: bool
) -> None:
    trusted = np.random.default_rng(1).random(counts.shape[1:] if of_one_frame else counts.shape) < 0.7
    mask = trusted if means == "good" else ~trusted
    path = write(intensity=counts, mask=mask.astype(np.uint8))
    problem = load(path, valid="mask", valid_means=means, prepare=[])
    wanted = np.fft.ifftshift(np.broadcast_to(trusted, counts.shape))
    np.testing.assert_array_equal(problem.valid, wanted)
    np.testing.assert_allclose(problem.intensity, np.fft.ifftshift(counts) * wanted, rtol=1e-5)


def test_a_mask_that_trusts_little_makes_one_ask_about_its_sense(write: Write, counts: np.ndarray) -> None:
    mask = np.zeros(counts.shape)
    mask[8:11] = 1
    assert "valid_means" in " ".join(load(write(intensity=counts, mask=mask), valid="mask").notes)


def test_flat_field_and_monitor_are_divided_out_and_kept_as_sensitivity(write: Write, counts: np.ndarray) -> None:
    random = np.random.default_rng(2)
    flat, monitor = random.uniform(0.7, 1.3, counts.shape[1:]), random.uniform(900, 1100, len(counts))
    raw = counts * (flat / flat.mean()) * (monitor / monitor.mean())[:, None, None]
    problem = load(
        write(intensity=raw, flat=flat, monitor=monitor),
        flat_field="flat",
        monitor="monitor",
        prepare=["flat-field", "monitor"],
    )
    assert problem.sensitivity is not None
    np.testing.assert_allclose(problem.intensity, np.fft.ifftshift(counts), rtol=1e-4)
    np.testing.assert_allclose(problem.intensity * problem.sensitivity, np.fft.ifftshift(raw), rtol=1e-4)


def test_zeros_of_the_flat_field_are_untrusted_and_noted(write: Write, counts: np.ndarray) -> None:
    flat = np.ones(counts.shape[1:])
    flat[2, 3] = flat[5, 6] = 0
    problem = load(write(intensity=counts, flat=flat), flat_field="flat", prepare=["flat-field"])
    assert int((~problem.valid).sum()) == 2 * len(counts)
    assert "flat field is zero" in " ".join(problem.notes)


def test_nan_and_negative_counts_are_counted_and_untrusted(write: Write, counts: np.ndarray) -> None:
    counts[0, 0, :3], counts[1, 0, :2] = np.nan, -1
    problem = load(write(intensity=counts), prepare=[])
    assert int((~problem.valid).sum()) == 5
    assert "3 trusted counts were not finite (NaN or infinite): left untrusted" in problem.notes
    assert "2 trusted counts were negative: left untrusted" in problem.notes
    assert bool(torch.isfinite(problem.amplitude).all())


def test_steps_are_done_in_the_order_given_and_recorded(write: Write, counts: np.ndarray) -> None:
    steps = [
        {"name": "crop", "shape": (14, 16, 18)},
        {"name": "bin", "factors": (1, 2, 2)},
        {"name": "pad", "shape": (16, 8, 10)},
    ]
    problem = load(write(intensity=counts), prepare=steps)
    cut = counts[2:16, 2:18, 2:20].reshape(14, 8, 2, 9, 2).sum(axis=(2, 4))
    wanted = np.zeros((16, 8, 10))
    wanted[1:15, :, 1:10] = cut
    np.testing.assert_allclose(problem.intensity, np.fft.ifftshift(wanted), rtol=1e-4, atol=1e-4)
    assert int(problem.valid.sum()) == cut.size
    assert [sentence.partition(":")[0] for sentence in problem.preparation] == ["crop", "bin", "pad"]
    # Voxel 0 is one of padding; the next one along the last axis begins at index 2 as read.
    assert problem.origin == (1, 2.5, 0.5)
    assert problem.factors == (1, 2, 2)


def test_a_fast_shape_is_one_that_transforms_fast(write: Write) -> None:
    problem = load(write(intensity=np.random.default_rng(0).random((11, 13, 23)) + 1), prepare=["pad"])
    assert problem.detector == (12, 14, 24)
    assert int(problem.valid.sum()) == 11 * 13 * 23


@pytest.mark.parametrize("sign", ["+", "-"])
@pytest.mark.parametrize("boxed", [True, False])
def test_a_truth_fits_the_data_in_either_sign_and_when_the_peak_was_moved(
    write: Write, truth: np.ndarray, counts: np.ndarray, sign: str, boxed: bool
) -> None:
    told = truth if sign == "+" else truth.conj()
    start = (5, 6, 7) if boxed else None
    told = told[5:12, 6:14, 7:16] if boxed else told
    path = write(intensity=np.roll(counts, (2, -1, 1), (0, 1, 2)), object=told)
    # The object of data that were not centred has a phase ramp.
    n = np.indices(truth.shape) - (np.array(truth.shape) // 2)[:, None, None, None]
    ramp = np.exp(-2j * np.pi * (2 * n[0] / 18 - n[1] / 20 + n[2] / 22))
    with h5py.File(path, "a") as file:
        whole = np.zeros(truth.shape, np.complex64)
        whole[(slice(5, 12), slice(6, 14), slice(7, 16)) if boxed else ...] = told
        whole = whole * (ramp if sign == "+" else ramp.conj())
        file["object"][...] = whole[5:12, 6:14, 7:16] if boxed else whole
    for steps in ([], ["centre"], None):
        problem = load(path, truth="object", truth_sign=sign, truth_start=start, prepare=steps)
        assert problem.truth is not None
        predicted = problem.geometry.forward(problem.truth).abs().square()
        torch.testing.assert_close(predicted[problem.valid], problem.intensity[problem.valid], rtol=1e-3, atol=0.05)


def test_a_file_states_start_and_sign_of_its_truth(write: Write, truth: np.ndarray, counts: np.ndarray) -> None:
    path = write(intensity=counts, object=truth[5:12, 6:14, 7:16].conj())
    with h5py.File(path, "a") as file:
        file["object"].attrs["start"] = (5, 6, 7)
        file["object"].attrs["fft_sign"] = "-i"
    problem = load(path, truth="object", prepare=[])
    assert problem.truth is not None
    np.testing.assert_allclose(problem.truth, truth)


def test_the_geometry_given_is_the_problem_s(write: Write, counts: np.ndarray) -> None:
    given = FarField(energy_kev=9, distance_m=0.5, pixel_um=55)
    path = write(intensity=counts)
    assert load(path, given).geometry == given
    assert not load(path).geometry.calibrated()


def test_a_correction_that_no_step_uses_is_noted(write: Write, counts: np.ndarray) -> None:
    path = write(intensity=counts, flat=np.ones(counts.shape[1:]), dark=np.zeros(counts.shape[1:]))
    notes = load(path, flat_field="flat", dark="dark", prepare=["dark", "centre"]).notes
    assert "flat_field was read, but no step uses it: add 'flat-field' to prepare" in notes
    assert not any("dark was read" in note for note in notes)


def test_by_default_what_was_read_is_applied_before_centring(write: Write, counts: np.ndarray) -> None:
    arrays = {"dark": np.zeros(counts.shape[1:]), "flat": np.ones(counts.shape[1:]), "monitor": np.ones(len(counts))}
    path = write(intensity=counts, **arrays)
    steps = load(path, dark="dark", flat_field="flat", monitor="monitor").preparation
    assert [sentence.partition(":")[0] for sentence in steps] == ["dark", "flat-field", "monitor", "centre"]


def test_what_a_step_refuses_names_the_step(write: Write, counts: np.ndarray) -> None:
    with pytest.raises(InputError, match="no dark frame") as refused:
        load(write(intensity=counts), prepare=["centre", "dark"])
    assert refused.value.place == "source.prepare.1"


def test_a_missing_data_set_lists_the_ones_there_are(write: Write, counts: np.ndarray) -> None:
    path = write(entry__counts=counts, mask=counts[0] > 1)
    with pytest.raises(InputError, match=r"'intensity' is absent.*entry/counts \(18, 20, 22\), mask \(20, 22\)"):
        load(path)
    with pytest.raises(InputError, match="'entry' is a group, not a data set"):
        load(path, dataset="entry")


def test_a_truncated_file_is_refused(write: Write, counts: np.ndarray) -> None:
    path = write(intensity=counts)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="it is truncated"):
        load(path)


@pytest.mark.parametrize("content", [b"", b"not an HDF5 file, but long enough to look like something" * 50])
def test_what_is_no_hdf5_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "scan.h5"
    path.write_bytes(content)
    with pytest.raises(InputError, match="it is not an HDF5 file"):
        load(path)


def test_a_missing_file_is_refused_when_the_source_is_made(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        Hdf5(path=tmp_path / "nothing.h5")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"valid": "small"}, r"valid mask .*small has shape \(3, 4\).*\(20, 22\) for all frames"),
        ({"flat_field": "small"}, "flat field .*small has shape"),
        ({"monitor": "small"}, "one number per frame"),
        ({"truth": "small"}, "truth .*small has shape"),
        ({"truth": "part"}, "truth_start"),
        ({"truth": "part", "truth_start": (10, 10, 10)}, "does not fit into the data"),
        ({"truth": "intensity", "prepare": [{"name": "crop", "shape": (8, 8, 8)}]}, "remove crop, bin and pad"),
        ({"dataset": "line"}, "2-D or 3-D data are needed"),
        ({"dataset": "words"}, "not numbers"),
        ({"dataset": "wave"}, "complex"),
        ({"prepare": [{"name": "crop", "shape": (8, 8)}]}, "crop .* has 2 numbers for 3 axes"),
        ({"prepare": [{"name": "crop", "shape": (8, 8, 80)}]}, "larger than the data"),
        ({"prepare": [{"name": "bin", "factors": (2, 2)}]}, "bin .* has 2 numbers"),
        ({"prepare": [{"name": "bin", "factors": (1, 1, 30)}]}, "do not fit"),
        ({"prepare": [{"name": "pad", "shape": (8, 8, 8)}]}, "smaller than the data"),
        ({"prepare": [{"name": "centre", "at": (1, 2, 50)}]}, "lies outside the data"),
        ({"dataset": "nothing"}, "every trusted count is zero"),
        ({"valid": "nothing"}, "0 of 7920 voxels are trusted and at least 2 are needed"),
        ({"valid": "nothing", "valid_means": "bad", "flat_field": "nothing"}, "the flat field is nowhere above zero"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(
    write: Write, counts: np.ndarray, options: dict[str, Any], message: str
) -> None:
    path = write(
        intensity=counts,
        small=np.ones((3, 4)),
        part=np.ones((12, 12, 13)),
        line=np.ones(30),
        words=np.array([b"a", b"b"]),
        wave=counts.astype(complex),
        nothing=np.zeros(counts.shape),
    )
    with pytest.raises(InputError, match=message):
        load(path, **options)
