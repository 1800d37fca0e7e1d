"""On the array's own voxels: ramp, displacement, strain and their scatter are what the phase was made of."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from phasekit import Geometry
from phasekit.analysis.strain import CrystalPhase, Reference, whole
from phasekit.numerics.fourier import bounding_box

from ..known import h_ref_of, places, theta_scan, transfer_of

SHAPE = (20, 22, 24)
GEOMETRY = theta_scan()
STEPS = GEOMETRY.basis(SHAPE).numpy().T * 1e9
WHERE = places(GEOMETRY, SHAPE)
SUPPORT = np.zeros(SHAPE, dtype=bool)
SUPPORT[5:15, 6:17, 6:18] = True


def reference() -> Reference:
    found = Reference.of(GEOMETRY)
    assert found is not None
    return found


def crystal(phase: np.ndarray, support: np.ndarray = SUPPORT, amplitude: float = 1.0) -> CrystalPhase:
    object = amplitude * support * np.exp(1j * phase)
    return CrystalPhase.of(torch.from_numpy(object), torch.from_numpy(support), STEPS)


def test_a_crystal_is_cut_to_its_support_with_one_voxel_around_it() -> None:
    found = crystal(np.zeros(SHAPE))
    assert found.object.shape == found.support.shape == (12, 13, 14)
    assert found.support.sum() == SUPPORT.sum()
    np.testing.assert_allclose(found.centre, [5.5, 6, 6.5])


@pytest.mark.parametrize("wave", [(0.01, -0.02, 0.005), (0.0, 0.0, 0.03)])
def test_the_ramp_of_a_plane_wave_is_its_wave_vector_and_strain_is_its_part_along_h(
    wave: tuple[float, float, float],
) -> None:
    found = crystal(WHERE @ np.array(wave) + 0.4)
    np.testing.assert_allclose(found.ramp, wave, atol=1e-12)
    np.testing.assert_allclose(np.angle(found.level[found.support]), 0, atol=1e-9)
    h, q = h_ref_of(GEOMETRY), transfer_of(GEOMETRY)
    fields, notes = found.fields(reference())
    inside = found.support
    np.testing.assert_allclose(fields["strain"][inside], (h @ wave) / (h @ h) + 1 - h @ q / (h @ h), atol=1e-9)
    np.testing.assert_allclose(fields["strain_own"][inside], 0, atol=1e-9)
    np.testing.assert_allclose(fields["d_spacing"][inside], 2 * np.pi / np.linalg.norm(q - wave), rtol=1e-9)
    np.testing.assert_allclose(fields["displacement"][inside], 0, atol=1e-9)
    assert all(np.isnan(values[~inside]).all() for values in fields.values())
    assert notes == ()


def test_displacement_is_phase_over_h_beyond_one_turn_too() -> None:
    index = np.indices(SHAPE)[1] - 11
    phase = 0.15 * index**2  # two turns, even about the centre: no ramp
    found = crystal(phase)
    fields, _ = found.fields(reference())
    away = fields["displacement"] * np.linalg.norm(h_ref_of(GEOMETRY)) - np.pad(phase[SUPPORT].reshape(10, 11, 12), 1)
    assert np.ptp(away[found.support]) < 1e-9


def test_around_a_dislocation_displacement_is_left_out_and_its_length_is_reported() -> None:
    _, y, z = np.indices(SHAPE)
    found = crystal(np.arctan2(z - 11.5, y - 11.5))
    fields, (note,) = found.fields(reference())
    assert set(fields) == {"strain", "strain_own", "d_spacing"}
    length = 7 * np.linalg.norm(STEPS[:, 0])  # of 10 voxels the line has the 8 that are inside, 7 steps
    assert note.startswith(f"1 line inside the crystal, {length:.0f} nm in all")


def test_of_a_support_in_pieces_and_of_a_geometry_without_displacement_a_sentence_says_so() -> None:
    pieces = SUPPORT.copy()
    pieces[9:11] = False
    assert crystal(np.zeros(SHAPE), pieces).fields(reference())[1] == (
        "the support consists of 2 pieces: displacement is known within each, not between them",
    )
    far = Reference.of(Geometry.resolve("far-field"))
    fields, (note,) = crystal(np.zeros(SHAPE)).fields(far)
    assert far is None
    assert fields == {}
    assert "does not mean displacement" in note


def test_the_scatter_of_every_field_is_the_standard_deviation_over_all_crystals() -> None:
    s = WHERE @ h_ref_of(GEOMETRY) / 1e3
    bends = (0.0, 0.4, -0.3, 1.0)
    crystals = [crystal(bend * (s - s[SUPPORT].mean()) ** 2, amplitude=1 + bend) for bend in bends]
    spread = crystals[0].spread(crystals[1:], reference())
    inside = crystals[0].support
    for name in ("strain", "strain_own", "d_spacing"):
        expected = np.std([one.strains(reference())[name] for one in crystals], axis=0, ddof=1)
        np.testing.assert_allclose(spread[f"{name}_std"][inside], expected[inside], rtol=1e-5)
    np.testing.assert_allclose(spread["amplitude_std"][inside], np.std(bends, ddof=1), rtol=1e-9)
    phases = np.std([np.angle(one.level * crystals[0].level.conj()) for one in crystals], axis=0, ddof=1)
    np.testing.assert_allclose(spread["phase_std"][inside], phases[inside], atol=1e-9)
    h = np.linalg.norm(h_ref_of(GEOMETRY))
    np.testing.assert_allclose(spread["displacement_std"] * h, spread["phase_std"])
    assert crystals[0].spread([], reference()) == {}


def test_a_field_in_the_whole_array_stands_where_the_support_is() -> None:
    support = torch.from_numpy(SUPPORT)
    box = bounding_box(support)
    assert [(side.start, side.stop) for side in box] == [(5, 15), (6, 17), (6, 18)]
    values = np.pad(np.random.default_rng(0).normal(size=(10, 11, 12)), 1)
    found = whole(values, support)
    np.testing.assert_array_equal(found[SUPPORT].reshape(10, 11, 12), values[1:-1, 1:-1, 1:-1])
    assert np.isnan(found[~ndimage.binary_dilation(SUPPORT)]).all()
    assert bounding_box(torch.zeros(4, 5, dtype=torch.bool)) == (slice(0, 4), slice(0, 5))
