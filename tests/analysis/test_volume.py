"""Laws of a volume: frames, ramp, twin, spread over seeds, and what is refused; strain has its own file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import ndimage

import phasekit
from phasekit import Geometry, Volume

from ..known import along_h, h_ref_of, places, result_of, theta_scan, transfer_of
from ..plugins.geometries.setups import bragg_setups

SHAPE = (32, 36, 34)
FAR_FIELD = {"name": "far-field", "energy_kev": 9, "distance_m": 1, "pixel_um": 55}


def ball(geometry: Geometry, part: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
    """Return places (*SHAPE, 3), nm, and a ball in the half-box; one side of it is cut off."""
    where = places(geometry, SHAPE)
    reach = (np.array(SHAPE) / 4 * np.abs(1 / np.linalg.norm(np.linalg.inv(basis_nm(geometry)), axis=0))).min()
    return where, (np.linalg.norm(where, axis=-1) <= part * reach) & (where[..., 0] < 0.5 * reach)


def basis_nm(geometry: Geometry) -> np.ndarray:
    return np.asarray(geometry.basis(SHAPE).numpy() * 1e9)


def in_laboratory(volume: Volume) -> np.ndarray:
    """Return (nz, ny, nx, 3): where the voxels lie in the laboratory, nm from the centre of mass."""
    x, y, z = volume.coordinates()
    zz, yy, xx = np.meshgrid(z, y, x, indexing="ij")
    return np.asarray(np.stack([xx, yy, zz], axis=-1) @ volume.rotation)


def inside(volume: Volume, name: str = "strain") -> np.ndarray:
    return np.asarray(volume.fields["support"] & np.isfinite(volume.fields[name]))


def vector(volume: Volume, name: str) -> np.ndarray:
    """Return one of the vectors of a volume that has it, (3,) in 1/nm."""
    found = getattr(volume, name)
    assert found is not None
    return np.asarray(found)


def slope_of_strain(volume: Volume) -> float:
    """Return the strain's slope along h, 1/nm, two voxels inside: at the surface it is told half a voxel off."""
    told = inside(volume) & ndimage.binary_erosion(volume.fields["support"], iterations=2)
    h = volume.rotation.T @ vector(volume, "h_ref")
    s = in_laboratory(volume)[told] @ (h / np.linalg.norm(h))
    return float(np.polyfit(s, volume.fields["strain"][told], 1)[0])


@settings(max_examples=20, deadline=None)
@given(bragg_setups(), st.sampled_from(("laboratory", "sample", "crystal")), st.integers(0, 10))
def test_a_plane_wave_becomes_a_flat_phase_and_an_own_q_that_is_off_by_it(
    geometry: Geometry, frame: str, seed: int
) -> None:
    where, support = ball(geometry)
    assume(ndimage.binary_erosion(support).any())  # strongly sheared, a ball can be one voxel thin
    steps = np.random.default_rng(seed).uniform(-2.5, 2.5, 3)  # radians per voxel
    wave = np.linalg.solve(basis_nm(geometry), steps)
    object = support * np.exp(1j * (where @ wave + 0.7))
    volume = phasekit.volume(result_of(object[None], support, geometry), frame)
    told = inside(volume)
    np.testing.assert_allclose(volume.fields["phase"][told], 0, atol=1e-4)
    np.testing.assert_allclose(volume.fields["displacement"][told], 0, atol=1e-5)
    np.testing.assert_allclose(volume.fields["strain_own"][told], 0, atol=1e-6)
    own, q, h = vector(volume, "q_own"), transfer_of(geometry), h_ref_of(geometry)
    np.testing.assert_allclose(own, volume.rotation @ (q - wave), rtol=1e-5)
    np.testing.assert_allclose(volume.fields["strain"][told], h @ wave / (h @ h), rtol=1e-3, atol=1e-7)
    d = 2 * np.pi / np.linalg.norm(q - wave)
    np.testing.assert_allclose(volume.fields["d_spacing"][told], d, rtol=1e-5)


@settings(max_examples=20, deadline=None)
@given(bragg_setups())
def test_laboratory_sample_and_detector_lead_back_to_one_another(geometry: Geometry) -> None:
    _, support = ball(geometry)
    result = result_of(support[None] * (1 + 0j), support, geometry)
    laboratory, sample, crystal = (phasekit.volume(result, frame) for frame in ("laboratory", "sample", "crystal"))
    place = np.array([30.0, -20.0, 10.0])
    index = np.linalg.solve(laboratory.matrix_nm, place)
    for other in (sample, crystal):
        np.testing.assert_allclose(other.rotation @ other.rotation.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(other.rotation) == pytest.approx(1)
        np.testing.assert_allclose(other.matrix_nm @ index, other.rotation @ place, atol=1e-9)
        for name in ("k_i", "k_f", "q", "h_ref", "q_own"):
            np.testing.assert_allclose(vector(other, name), other.rotation @ vector(laboratory, name), atol=1e-9)
    k_i, k_f, q = (vector(laboratory, name) for name in ("k_i", "k_f", "q"))
    np.testing.assert_allclose(k_f - k_i, q, atol=1e-9)
    np.testing.assert_allclose(vector(crystal, "q") / np.linalg.norm(q), [0, 1, 0], atol=1e-12)
    # Phase differences between frames and detector: Q·r is 2π m·n/N, in whatever frame both are told.
    reciprocal = 2 * np.pi * np.linalg.inv(sample.matrix_nm * np.array(SHAPE)).T
    m = np.array([3.0, -5.0, 2.0])
    expected = 2 * np.pi * (m * index / np.array(SHAPE)).sum()
    assert (reciprocal @ m) @ (sample.rotation @ place) == pytest.approx(expected)


@pytest.mark.parametrize("frame", ["sample", "crystal"])
def test_the_same_place_has_the_same_strain_in_every_frame(frame: str) -> None:
    geometry = theta_scan()
    where, support = ball(geometry)
    s = along_h(geometry, where)
    reach = np.abs(s[support]).max()
    phase = 1e-3 / reach * np.linalg.norm(h_ref_of(geometry)) * s**2 / 2
    result = result_of((support * np.exp(1j * phase))[None], support, geometry)
    for volume in (phasekit.volume(result), phasekit.volume(result, frame)):
        assert slope_of_strain(volume) == pytest.approx(1e-3 / reach, rel=0.01)


def test_the_ramp_that_data_not_centred_leave_is_not_in_the_displacement() -> None:
    geometry = theta_scan()
    where, support = ball(geometry)
    bump = 0.8 * np.exp(-((where / 150) ** 2).sum(axis=-1))
    index = np.moveaxis(np.indices(SHAPE), 0, -1)
    one, other = (
        phasekit.volume(result_of((support * np.exp(1j * (bump + index @ np.array(ramp))))[None], support, geometry))
        for ramp in ((0.0, 0, 0), (0.3, -0.2, 0.5))
    )
    for name in ("phase", "displacement", "strain_own"):
        np.testing.assert_allclose(one.fields[name], other.fields[name], atol=2e-4)
    assert np.nanmax(np.abs(one.fields["strain"] - other.fields["strain"])) > 3e-4


def test_displacement_is_phase_over_h_beyond_one_turn_too() -> None:
    geometry = theta_scan()
    where, support = ball(geometry)
    h = np.linalg.norm(h_ref_of(geometry))
    s = along_h(geometry, where)
    displacement = 0.5 * (s / np.abs(s[support]).max()) ** 2  # nm: two turns
    volume = phasekit.volume(result_of((support * np.exp(1j * h * displacement))[None], support, geometry))
    found, told = volume.fields["displacement"], inside(volume, "displacement")
    told &= ndimage.binary_erosion(volume.fields["support"], iterations=2)
    turns = (found * h - volume.fields["phase"])[told] / (2 * np.pi)
    assert np.abs(turns - np.rint(turns)).max() < 0.1
    assert np.ptp(np.rint(turns)) >= 1
    s = along_h(geometry, in_laboratory(volume))
    away = found - np.polyval(np.polyfit(s[told], found[told], 2), s)
    assert np.abs(away[told]).max() < 0.05


def test_the_twin_flips_a_strain_gradient_and_not_a_dilation_and_who_fixed_it_is_said() -> None:
    geometry = theta_scan()
    where, support = ball(geometry)
    h, s = h_ref_of(geometry), along_h(geometry, where)
    phase = np.linalg.norm(h) * (4e-4 * s + 2e-6 * s**2 / 2)
    objects = (support * np.exp(1j * phase))[None]
    known = phasekit.volume(result_of(objects, support, geometry, truth=True))
    open_one = phasekit.volume(result_of(objects, support, geometry))
    flipped = phasekit.volume(result_of(objects, support, geometry), twin="inverted")
    assert [v.twin for v in (known, open_one, flipped)] == ["the truth", "open", "the recipe"]
    assert "undetermined" in open_one.notes[-1]
    assert not any("undetermined" in note for note in (*known.notes, *flipped.notes))
    for volume, sign in ((open_one, 1), (flipped, -1)):
        assert slope_of_strain(volume) == pytest.approx(sign * 2e-6, rel=0.01)
        mean = np.average(volume.fields["strain"][inside(volume)])
        assert mean == pytest.approx(np.average(open_one.fields["strain"][inside(open_one)]), rel=0.03)


def test_the_spread_is_the_standard_deviation_over_the_seeds_that_agree() -> None:
    geometry = theta_scan()
    where = places(geometry, SHAPE)
    support, s = np.linalg.norm(where, axis=-1) <= 230, along_h(geometry, where) / 1000
    factors = (1.0, 1.4, 0.9)
    # All is even about the centre, so that alignment moves nothing.
    objects = np.stack([support * f * np.exp(1j * f * 10 * s**2) for f in factors])
    volume = phasekit.volume(result_of(objects, support, geometry))
    assert volume.seeds == 3
    told = inside(volume, "amplitude_std")
    np.testing.assert_allclose(volume.fields["amplitude_std"][told], np.std(factors, ddof=1), rtol=0.03)
    h = np.linalg.norm(h_ref_of(geometry))
    deep = ndimage.binary_erosion(volume.fields["support"], iterations=2)
    slope = 20 * along_h(geometry, in_laboratory(volume)) / 1000 / 1000 / h
    expected = np.std(factors, ddof=1) * np.abs(slope)
    np.testing.assert_allclose(volume.fields["strain_std"][deep], expected[deep], rtol=0.02, atol=4e-6)
    np.testing.assert_allclose(volume.fields["displacement_std"][told], volume.fields["phase_std"][told] / h, rtol=1e-4)
    names = {"amplitude", "phase", "displacement", "strain", "strain_own", "d_spacing"}
    assert {f"{name}_std" for name in names} | names | {"support"} == set(volume.fields)


def test_members_that_lie_elsewhere_by_fractions_of_a_voxel_have_no_spread() -> None:
    geometry = theta_scan()
    where, support = ball(geometry)
    smooth = np.exp(-((where / 120) ** 2).sum(axis=-1)) * np.exp(0.002j * where[..., 1])
    first = torch.from_numpy(smooth)
    moved = phasekit.numerics.fourier.shift(first, (0.3, -0.45, 0.2), 3) * np.exp(2j)
    volume = phasekit.volume(result_of(np.stack([smooth, moved.numpy()]), support, geometry))
    assert np.nanmax(volume.fields["amplitude_std"]) < 5e-3
    assert np.nanmax(volume.fields["phase_std"]) < 2e-2


def test_a_user_who_knows_the_twin_settles_it_either_way() -> None:
    geometry = theta_scan()
    _, support = ball(geometry)
    result = result_of(support[None] * (1 + 0j), support, geometry)
    settled = {twin: phasekit.volume(result, twin=twin) for twin in ("open", "as-found", "inverted")}
    assert [found.twin for found in settled.values()] == ["open", "the recipe", "the recipe"]
    assert not settled["as-found"].notes
    kept, turned = (settled[twin].fields["amplitude"] for twin in ("open", "as-found"))
    np.testing.assert_array_equal(kept, turned)


def test_seeds_that_do_not_agree_are_left_out() -> None:
    geometry = theta_scan()
    _, support = ball(geometry)
    noise = np.random.default_rng(0).normal(size=(2, 3, *SHAPE))
    result = result_of(support * (noise[0] + 1j * noise[1]), support, geometry)
    alone = phasekit.volume(phasekit.Result(**{**vars(result), "agreeing": (0,)}))
    assert alone.seeds == 1
    assert not any(name.endswith("_std") for name in alone.fields)


def test_forward_scattering_with_true_lengths_tells_amplitude_and_phase_alone() -> None:
    geometry = Geometry.resolve(FAR_FIELD).for_data(3)
    support = np.zeros(SHAPE, dtype=bool)
    support[10:22, 12:24, 11:23] = True
    volume = phasekit.volume(result_of(support[None] * (1 + 0j), support, geometry))
    assert set(volume.fields) == {"amplitude", "phase", "support"}
    assert volume.q is None
    assert "does not mean displacement" in volume.notes[0]


RECIPE = """\
source: {name: simulation, shape: [24, 24, 24], seed: 3}
geometry:
  name: bragg
  beamline: 34-ID-C
  angles_deg: {theta: 0.2, chi: 90, phi: -5, delta: 30.1, gamma: 14}
  energy_kev: 9
  distance_m: 0.5
  pixel_um: 55
  step_deg: 0.01
solver: [{name: hio, steps: 20}, {name: er, steps: 5}]
seeds: 2
batch: 2
device: cpu
"""


@pytest.mark.usefixtures("without_pictures")
@pytest.mark.parametrize(
    ("said", "frame"), [("", "laboratory"), ("volume: {frame: crystal, voxel_nm: 60}\n", "crystal")]
)
def test_a_run_leaves_the_volume_that_its_recipe_wants(
    tmp_path: Path, recipe: Callable[[str], Path], call: Callable[..., Any], said: str, frame: str
) -> None:
    done = call("run", recipe(RECIPE + said), "--out", tmp_path / "run")
    assert done.code == 0, done.err
    with h5py.File(tmp_path / "run" / "result.cxi") as file:
        found = file["entry_1/volume_1"]
        assert found["frame"].asstr()[()] == frame
        assert {"displacement", "strain", "strain_own", "d_spacing", "support"} - set(found) <= {"displacement"}
        shape = found["strain/strain"].shape
        step = float(found["x"][1] - found["x"][0])
    assert step == pytest.approx(60) if said else step > 0
    head = (tmp_path / "run" / "result.vti").read_bytes()[:2000].decode(errors="replace")
    assert f'WholeExtent="0 {shape[2] - 1} 0 {shape[1] - 1} 0 {shape[0] - 1}"' in head


@pytest.mark.usefixtures("without_pictures")
@pytest.mark.parametrize("shape", ["[16, 14]", "[16, 14, 18]"])
def test_a_run_without_true_lengths_leaves_no_volume_but_voxels_in_3_d(
    tmp_path: Path, recipe: Callable[..., Path], call: Callable[..., Any], shape: str
) -> None:
    assert call("run", recipe(), "--out", tmp_path / "run", "--set", f"source.shape={shape}").code == 0
    assert (tmp_path / "run" / "result.vti").exists() == (shape == "[16, 14, 18]")
    with h5py.File(tmp_path / "run" / "result.cxi") as file:
        assert "volume_1" not in file["entry_1"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("volume: {frame: moon}\n", r":14: volume\.frame: .*no frame 'moon'; available: laboratory, sample, crystal"),
        ("volume: {voxel_nm: 0.01}\n", r":14: volume\.voxel_nm: voxel_nm must be between"),
        ("volume: {fram: sample}\n", r":14: volume: volume has no option 'fram'; did you mean frame"),
    ],
)
@pytest.mark.parametrize("command", ["run", "check"])
def test_a_volume_that_cannot_be_is_refused_before_the_run(
    tmp_path: Path, recipe: Callable[[str], Path], call: Callable[..., Any], said: str, reason: str, command: str
) -> None:
    words = ["--out", tmp_path / "run"] if command == "run" else []
    refused = call(command, recipe(RECIPE + said), *words)
    assert refused.code == 2
    assert re.search(reason, " ".join(refused.err.split())), refused.err
    assert not (tmp_path / "run").exists()
