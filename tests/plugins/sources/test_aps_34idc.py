"""The source aps-34idc: TIFF frames and the SPEC file become counts with their geometry, or a sentence."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch

from phasekit import InputError, Result, run
from phasekit.runs import solve_run
from phasekit_plugins.geometries.bragg import Bragg
from phasekit_plugins.sources.aps_34idc import Aps34idc

from .aps_scans import (
    COLUMNS,
    PART,
    POINTS,
    ROWS,
    Scan,
    load,
    monitor,
    positions,
    refused,
    uncentred,
)
from .bragg_of import bragg_of


def test_counts_and_positions_are_those_of_the_scan(scan: Scan, frames: np.ndarray) -> None:
    raw = Aps34idc(path=scan()).raw()
    np.testing.assert_array_equal(raw.counts, frames)
    assert raw.positions is not None
    assert raw.monitor is not None
    np.testing.assert_allclose(raw.positions, positions(), rtol=1e-8)
    np.testing.assert_allclose(raw.monitor, monitor())
    assert bool(raw.valid.all())
    assert raw.dark is None
    assert raw.flat_field is None
    assert raw.notes == ()


def test_white_field_dark_and_mask_of_the_whole_detector_are_cut_to_what_was_saved(scan: Scan) -> None:
    folder = scan()
    rng = np.random.default_rng(5)
    whole = rng.uniform(0.5, 1.5, (24, 30)).astype(np.float32)
    tifffile.imwrite(folder / "whitefield.tif", whole)
    tifffile.imwrite(folder / "dark.tif", (10 * whole).astype(np.int32))
    np.save(folder / "mask.npy", whole > 0.6)
    raw = Aps34idc(path=folder, valid=folder / "mask.npy").raw()
    np.testing.assert_array_equal(raw.flat_field, whole[PART])
    np.testing.assert_array_equal(raw.dark, (10 * whole).astype(np.int32)[PART])
    np.testing.assert_array_equal(raw.valid[3], whole[PART] > 0.6)


def test_the_option_roi_overrides_what_spec_says(scan: Scan) -> None:
    folder = scan(roi="#UIMR5  0 1 0 1 1")
    whole = np.arange(24 * 30, dtype=np.float32).reshape(24, 30)
    tifffile.imwrite(folder / "whitefield.tif", whole)
    raw = Aps34idc(path=folder, roi=(1, 17, 2, 16)).raw()
    np.testing.assert_array_equal(raw.flat_field, whole[1:17, 2:16])
    assert "give roi" in refused(folder)


def test_the_geometry_is_that_of_the_header_with_the_rocking_angle_of_the_centre_frame(scan: Scan) -> None:
    problem = load(scan(), monitor=None)
    geometry = problem.geometry
    assert isinstance(geometry, Bragg)
    assert (geometry.energy_kev, geometry.distance_m, geometry.rocking) == (9, 0.5, "theta")
    assert geometry.step_deg == pytest.approx(0.02)
    # Frame 6, where the peak is, came to lie at the centre: the angles are those of frame 0, six steps before.
    assert geometry.angles_deg == pytest.approx({"theta": 0.1, "chi": 90, "phi": -5, "delta": 32, "gamma": 12})
    assert geometry.offset == (6, 0, 0)
    k = 2 * np.pi * 9 / 12.398419843320026
    two_theta = np.arccos(np.cos(np.radians(32)) * np.cos(np.radians(12)))
    assert float(geometry.transfer().norm()) * 1e-10 == pytest.approx(2 * k * np.sin(two_theta / 2), rel=1e-12)
    # The sample frame follows the crystal: it is turned by theta of the centre frame.
    turned = Bragg(
        **{**geometry.model_dump(), "angles_deg": {**geometry.angles_deg, "theta": 0.22}, "offset": (0, 0, 0)}
    )
    torch.testing.assert_close(geometry.frames()["sample"], turned.frames()["sample"])


def test_the_recipes_geometry_overrides_the_files_per_option(scan: Scan) -> None:
    problem = load(scan(), Bragg(distance_m=0.7, angles_deg={"gamma": 10.0}))
    geometry = bragg_of(problem)
    assert (geometry.distance_m, geometry.energy_kev) == (0.7, 9)
    assert geometry.angles_deg["gamma"] == 10
    assert geometry.angles_deg["delta"] == 32


def test_a_scan_of_the_energy_is_an_energy_scan(scan: Scan) -> None:
    geometry = bragg_of(load(scan(np.linspace(8.99, 9.008, POINTS), label="Energy")))
    assert (geometry.rocking, geometry.energy_kev) == ("energy", 8.99)
    assert geometry.step_ev == pytest.approx(2)


def test_a_part_of_the_points_begins_at_its_first_angle(scan: Scan, frames: np.ndarray) -> None:
    source = Aps34idc(path=scan(), points=(2, 9))
    np.testing.assert_array_equal(source.raw().counts, frames[2:9])
    part = source.raw().monitor
    assert part is not None
    np.testing.assert_allclose(part, monitor()[2:9])
    assert source.arrays().geometry["angles_deg"]["theta"] == pytest.approx(positions()[2])


def test_frames_may_be_numbered_from_one(scan: Scan, frames: np.ndarray) -> None:
    folder = scan()
    for k in reversed(range(POINTS)):
        (folder / f"made_S0054_{k:05d}.tif").rename(folder / f"made_S0054_{k + 1:05d}.tif")
    assert "first_number" in refused(folder)
    np.testing.assert_array_equal(Aps34idc(path=folder, first_number=1).raw().counts, frames)


@pytest.mark.parametrize("length", [200, 3, 0])
def test_a_truncated_frame_is_named_and_missing(scan: Scan, length: int) -> None:
    folder = scan()
    file = folder / "made_S0054_00003.tif"
    file.write_bytes(file.read_bytes()[:length])
    raw = Aps34idc(path=folder).raw()
    np.testing.assert_array_equal(raw.valid.numpy().all(axis=(1, 2)), np.arange(POINTS) != 3)
    np.testing.assert_array_equal(raw.valid.numpy().any(axis=(1, 2)), np.arange(POINTS) != 3)
    (note,) = raw.notes
    assert "frame 3 (made_S0054_00003.tif: " in note
    assert "left untrusted" in note
    assert note in load(folder).notes


def test_a_frame_that_is_not_there_is_named_and_missing(scan: Scan) -> None:
    folder = scan()
    (folder / "made_S0054_00007.tif").unlink()
    (folder / "made_S0054_00000.tif").unlink()
    problem = load(folder, prepare=[])
    trusted = uncentred(problem.valid.numpy())
    np.testing.assert_array_equal(trusted.all(axis=(1, 2)), ~np.isin(np.arange(POINTS), (0, 7)))
    note = next(note for note in problem.notes if "missing" in note)
    assert "made_S0054_00007.tif is not there" in note
    assert "made_S0054_00000.tif is not there" in note
    assert bragg_of(problem).step_deg == pytest.approx(0.02)


def test_two_scans_in_one_folder_need_a_number(scan: Scan, frames: np.ndarray) -> None:
    folder = scan()
    tifffile.imwrite(folder / "made_S0053_00000.tif", frames[0])
    assert "frames of the scans 53, 54; say which" in refused(folder)
    np.testing.assert_array_equal(Aps34idc(path=folder, scan=54).raw().counts, frames)


def test_a_frame_of_another_shape_is_named(scan: Scan) -> None:
    folder = scan()
    tifffile.imwrite(folder / "made_S0054_00004.tif", np.zeros((ROWS, COLUMNS + 1), np.int32))
    said = refused(folder)
    assert "made_S0054_00004.tif has shape (16, 15), the other frames have (16, 14)" in said


def test_zeros_of_the_white_field_are_untrusted_and_noted(scan: Scan) -> None:
    folder = scan()
    white = np.full((24, 30), 7.0, np.float32)
    white[4 + 2, 6 + 3] = 0
    tifffile.imwrite(folder / "whitefield.tif", white)
    problem = load(folder, prepare=["flat-field"], monitor=None)
    trusted = uncentred(problem.valid.numpy())
    assert not trusted[:, 2, 3].any()
    assert int((~trusted).sum()) == POINTS
    assert any("flat field is zero" in note for note in problem.notes)


def test_a_white_field_smaller_than_the_frames_is_refused(scan: Scan) -> None:
    folder = scan()
    tifffile.imwrite(folder / "whitefield.tif", np.ones((8, 8), np.float32))
    said = refused(folder)
    assert "whitefield.tif has shape (8, 8)" in said
    assert "rows 4 to 20" in said


def test_pixels_marked_in_the_dark_are_untrusted(scan: Scan) -> None:
    folder = scan()
    dark = np.zeros((24, 30), np.int32)
    dark[4 + 5, 6 + 1] = 100
    tifffile.imwrite(folder / "dark.tif", dark)
    trusted = uncentred(load(folder, prepare=["dark"], monitor=None).valid.numpy())
    assert not trusted[:, 5, 1].any()
    assert int((~trusted).sum()) == POINTS


def test_a_step_of_zero_is_refused(scan: Scan) -> None:
    assert "theta is at 0.1 in every frame, so its step is 0" in refused(scan(np.full(POINTS, 0.1)))


@pytest.mark.parametrize("sign", [1, -1])
def test_an_axis_that_turns_back_is_refused_with_the_frame(scan: Scan, sign: int) -> None:
    at = sign * positions()
    at[5:7] = at[3:5]
    assert "theta reverses at made_S0054_00005.tif" in refused(scan(at))


def test_a_scan_that_rocks_nothing_is_refused(scan: Scan, frames: np.ndarray) -> None:
    folder = scan()
    for k in range(4):
        tifffile.imwrite(folder / f"made_S0055_{k:05d}.tif", frames[k])
    assert "moves Lab_X; a scan of theta, chi, phi or Energy is required" in refused(folder, scan=55)


def test_a_counter_that_is_not_there_is_refused_with_near_matches(scan: Scan) -> None:
    assert "has no column 'Monitr'; did you mean Monitor" in refused(scan(), monitor="Monitr")


def test_a_region_that_spec_does_not_say_in_numbers_is_asked_for(scan: Scan) -> None:
    folder = scan(roi="#UIMR5  a 14 4 16 1")
    tifffile.imwrite(folder / "whitefield.tif", np.ones((32, 32), np.float32))
    assert "give roi: [first row" in refused(folder)
    tifffile.imwrite(folder / "whitefield.tif", np.ones((ROWS, COLUMNS), np.float32))
    load(folder)


def test_a_folder_without_a_spec_file_says_what_to_do(scan: Scan) -> None:
    folder = scan()
    (folder / "made.spec").unlink()
    assert refused(folder).endswith("has no *.spec file; copy it there, or name it with the option spec")


def test_a_zipped_folder_is_read_as_the_folder_and_named_as_the_zip_file(scan: Scan, tmp_path: Path) -> None:
    folder = scan()
    (folder / "made_S0054_00004.tif").unlink()
    for name, root in (("plain", folder), ("nested", folder.parent)):
        archive = tmp_path / f"{name}.zip"
        with zipfile.ZipFile(archive, "w") as packed:
            for file in sorted(folder.iterdir()):
                packed.write(file, file.relative_to(root))
        zipped, plain = Aps34idc(path=archive).raw(), Aps34idc(path=folder).raw()
        torch.testing.assert_close(zipped.counts, plain.counts)
        torch.testing.assert_close(zipped.valid, plain.valid)
        assert [note.replace(str(archive), str(folder)) for note in zipped.notes] == list(plain.notes)
    assert Aps34idc(path=archive).arrays().counts.place == f"{archive}: scan 54"
    with pytest.raises(InputError, match=r"nested\.zip.*99"):
        Aps34idc(path=archive, scan=99).raw()


def test_what_the_header_lacks_is_asked_for(scan: Scan) -> None:
    folder = scan()
    text = (folder / "made.spec").read_text().replace("camdist", "other").replace("Gamma", "other2")
    (folder / "made.spec").write_text(text)
    with pytest.raises(InputError, match=r"needs distance_m, angles_deg of gamma"):
        load(folder)


def test_a_run_on_a_folder_knows_when_a_frame_has_changed(
    scan: Scan, tmp_path: Path, frames: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    for slow in ("write_figures", "write_report"):  # they have tests of their own
        monkeypatch.setattr(solve_run, slow, lambda *_: None)
    folder = scan()
    recipe = {
        "source": {"name": "aps-34idc", "path": str(folder), "monitor": None},
        "solver": {"name": "er", "steps": 2},
    }
    first = run(recipe, out=tmp_path / "out")
    (folder / ".hidden").write_text("not data")
    again = run(recipe, out=tmp_path / "out", resume=True)
    assert isinstance(first, Result)
    assert isinstance(again, Result)
    torch.testing.assert_close(first.object, again.object)
    tifffile.imwrite(folder / "made_S0054_00004.tif", frames[4] + 1)
    with pytest.raises(InputError, match="input files differ"):
        run(recipe, out=tmp_path / "out", resume=True)
