"""Arrays that were read become a problem by the steps and the geometry of the recipe."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from phasekit import Geometry, InputError
from phasekit_plugins.geometries.bragg import Bragg
from phasekit_plugins.geometries.far_field import FarField

from ..known import THETA
from .counts import SHAPE, load, pattern


def test_centring_puts_the_peak_at_index_zero() -> None:
    counts = pattern()
    problem = load({"counts": np.roll(counts, (2, -1, 3), (0, 1, 2))})
    assert int(problem.intensity.argmax()) == 0
    assert float(problem.intensity[0, 0, 0]) == pytest.approx(counts.max(), rel=1e-5)


def test_without_centring_the_middle_of_the_file_is_index_zero() -> None:
    counts = pattern()
    problem = load({"counts": counts}, prepare=[])
    np.testing.assert_allclose(problem.intensity, np.fft.ifftshift(counts), rtol=1e-5)
    assert bool(problem.valid.all())


def test_a_voxel_named_as_the_centre_becomes_it() -> None:
    counts = pattern()
    problem = load({"counts": counts}, prepare=[{"name": "centre", "at": (8, 11, 10)}])
    assert float(problem.intensity[0, 0, 0]) == pytest.approx(counts[8, 11, 10], rel=1e-5)


def test_flat_field_and_monitor_are_divided_out_and_kept_as_sensitivity() -> None:
    random, counts = np.random.default_rng(2), pattern()
    flat, monitor = random.uniform(0.7, 1.3, counts.shape[1:]), random.uniform(900, 1100, len(counts))
    raw = counts * (flat / flat.mean()) * (monitor / monitor.mean())[:, None, None]
    problem = load({"counts": raw, "flat_field": flat, "monitor": monitor}, prepare=["flat-field", "monitor"])
    assert problem.sensitivity is not None
    np.testing.assert_allclose(problem.intensity, np.fft.ifftshift(counts), rtol=1e-4)
    np.testing.assert_allclose(problem.intensity * problem.sensitivity, np.fft.ifftshift(raw), rtol=1e-4)


def test_nan_and_negative_counts_are_counted_and_untrusted() -> None:
    counts = pattern()
    counts[0, 0, :3], counts[1, 0, :2] = np.nan, -1
    problem = load({"counts": counts}, prepare=[])
    assert int((~problem.valid).sum()) == 5
    assert "3 trusted counts were not finite (NaN or infinite): left untrusted" in problem.notes
    assert "2 trusted counts were negative: left untrusted" in problem.notes
    assert bool(torch.isfinite(problem.amplitude).all())


def test_steps_are_done_in_the_order_given_and_recorded() -> None:
    counts = pattern()
    steps = [
        {"name": "crop", "shape": (14, 16, 18)},
        {"name": "bin", "factors": (1, 2, 2)},
        {"name": "pad", "shape": (16, 8, 10)},
    ]
    problem = load({"counts": counts}, prepare=steps)
    cut = counts[2:16, 2:18, 2:20].reshape(14, 8, 2, 9, 2).sum(axis=(2, 4))
    wanted = np.zeros((16, 8, 10))
    wanted[1:15, :, 1:10] = cut
    np.testing.assert_allclose(problem.intensity, np.fft.ifftshift(wanted), rtol=1e-4, atol=1e-4)
    assert int(problem.valid.sum()) == cut.size
    assert [sentence.partition(":")[0] for sentence in problem.preparation] == ["crop", "bin", "pad"]
    # Voxel 0 is one of padding; the next one along the last axis begins at index 2 as read.
    assert problem.origin == (1, 2.5, 0.5)
    assert problem.factors == (1, 2, 2)


def test_a_correction_that_no_step_uses_is_noted() -> None:
    arrays = {"counts": pattern(), "flat_field": np.ones(SHAPE[1:]), "dark": np.zeros(SHAPE[1:])}
    notes = load(arrays, prepare=["dark", "centre"]).notes
    assert "flat_field was read, but no step uses it: add 'flat-field' to prepare" in notes
    assert not any("dark was read" in note for note in notes)


def test_by_default_what_was_read_is_applied_before_centring() -> None:
    corrections = {"dark": np.zeros(SHAPE[1:]), "flat_field": np.ones(SHAPE[1:]), "monitor": np.ones(SHAPE[0])}
    steps = load({"counts": pattern(), **corrections}).preparation
    assert [sentence.partition(":")[0] for sentence in steps] == ["dark", "flat-field", "monitor", "centre"]


def test_what_a_step_refuses_names_the_step() -> None:
    with pytest.raises(InputError, match="no dark frame") as refused:
        load({"counts": pattern()}, prepare=["centre", "dark"])
    assert refused.value.place == "source.prepare.1"


def test_the_geometry_given_is_the_problem_s() -> None:
    given = FarField(energy_kev=9, distance_m=0.5, pixel_um=55)
    assert load({"counts": pattern()}, given).geometry == given
    assert not load({"counts": pattern()}).geometry.calibrated()


STATED = {key: value for key, value in THETA.items() if key != "name"}


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        (None, {}),
        (Bragg(distance_m=0.7), {"distance_m": 0.7}),
        (Bragg(angles_deg={"chi": 80.0}), {"angles_deg": {**STATED["angles_deg"], "chi": 80.0}}),
    ],
)
def test_options_of_the_recipes_geometry_stand_over_those_that_the_file_states(
    given: Bragg | None, changed: dict[str, Any]
) -> None:
    found = load({"counts": pattern(), "geometry": STATED}, given, prepare=[]).geometry
    middle = [n // 2 for n in SHAPE]
    expected = Geometry.resolve({**THETA, **changed}).windowed(middle, (1, 1, 1))
    assert found == expected


def test_the_geometry_is_that_of_the_voxel_that_became_the_centre() -> None:
    stated = {**STATED, "angles_at": (0, 10, 11)}
    moved = np.roll(pattern(), (2, -1, 3), (0, 1, 2))
    peak = tuple(int(i) for i in np.unravel_index(moved.argmax(), SHAPE))
    found = load({"counts": moved, "geometry": stated}).geometry
    assert found == Geometry.resolve({"name": "bragg", **stated}).windowed(peak, (1, 1, 1))
    assert found != Geometry.resolve({"name": "bragg", **stated}).windowed((0, 10, 11), (1, 1, 1))


def test_a_geometry_of_another_kind_replaces_the_one_that_the_file_states() -> None:
    far = FarField(energy_kev=9, distance_m=0.5, pixel_um=55)
    assert load({"counts": pattern(), "geometry": STATED}, far).geometry == far


def test_one_frame_has_a_far_field_with_the_lengths_that_the_file_states() -> None:
    found = load({"counts": pattern()[9], "geometry": STATED}).geometry
    assert isinstance(found, FarField)
    assert (found.energy_kev, found.distance_m, found.pixel_um) == (9.0, 0.5, 55.0)


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ({"energy_kev": 9.0}, r"counts: the file states energy_kev but no angles; say in the recipe what this is"),
        ({**STATED, "energy_kev": -1.0}, "the geometry that counts states cannot be used: energy_kev: should be"),
    ],
)
def test_a_geometry_that_the_file_states_in_part_or_wrongly_is_refused(stated: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        load({"counts": pattern(), "geometry": stated})
    assert caught.value.place == "geometry"


def test_a_truth_of_data_that_were_cropped_is_refused() -> None:
    arrays = {"counts": pattern(), "truth": np.ones(SHAPE, np.complex64)}
    with pytest.raises(InputError, match="remove crop, bin and pad, or the truth"):
        load(arrays, prepare=[{"name": "crop", "shape": (8, 8, 8)}])


MEMORY = """
import resource, sys
import h5py, numpy as np, torch
from phasekit_plugins.sources.hdf5 import Hdf5

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

steps = [{"name": "bin", "factors": [1, 4, 4]}, "centre"]
read = lambda name: Hdf5(path=sys.argv[1], dataset=name, prepare=steps).load(None, torch.Generator())
read("small")
before = peak()
read("large")
print((peak() - before) / (32 * 1024 * 1024 * 2))
"""


def test_a_binned_scan_needs_no_more_than_a_few_times_its_bytes(tmp_path: Path) -> None:
    """Counts in float32 are twice those of uint16, trust is half; the steps copy the binned scan only."""
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        for name, shape in (("small", (8, 64, 64)), ("large", (32, 1024, 1024))):
            counts = np.zeros(shape, np.uint16)
            counts[tuple(slice(n // 2 - 2, n // 2 + 3) for n in shape)] = 100
            counts[tuple(n // 2 for n in shape)] = 200
            file[name] = counts
    done = subprocess.run([sys.executable, "-c", MEMORY, str(tmp_path / "scan.h5")], capture_output=True, text=True)
    assert float(done.stdout) < 6.5, done.stderr
