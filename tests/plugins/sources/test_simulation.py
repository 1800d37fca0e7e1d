"""The simulation: what is measured is what physics expects of the object."""

from __future__ import annotations

from typing import Any, Literal

import pytest
import torch
from torch import Tensor

from phasekit import Generator, Geometry, InputError, Problem, Source, fourier
from phasekit_plugins.sources.simulation import HOT, Simulation


class Brick(Generator):
    """A brick with a phase that bends."""

    name: Literal["brick"] = "brick"

    def sample(self, grid: Tensor, count: int, rng: torch.Generator) -> Tensor:
        inside = (grid.abs() < 0.55).all(dim=-1)
        brick = torch.polar(inside.float(), grid.square().sum(dim=-1) + torch.rand((), generator=rng))
        return torch.where(inside, brick, 0).expand(count, *grid.shape[:-1]).clone()


class Nothing(Generator):
    """No object at all."""

    name: Literal["nothing"] = "nothing"

    def sample(self, grid: Tensor, count: int, rng: torch.Generator) -> Tensor:
        return torch.zeros(count, *grid.shape[:-1], dtype=torch.complex64)


SHAPES = [(16, 16, 16), (13, 22, 9), (24, 24), (15, 28)]


def simulate(seed: int = 1, **options: object) -> Problem:
    made = Simulation(**{"generator": Brick(), "shape": (16, 18, 20), **options})
    return made.load(None, torch.Generator().manual_seed(seed))


def expected(problem: Problem) -> Tensor:
    assert problem.truth is not None
    wave: Tensor = torch.fft.ifftn(problem.truth, norm="ortho")
    return wave.abs() ** 2


@pytest.mark.parametrize("shape", SHAPES)
def test_without_noise_the_intensity_is_that_of_the_truth(shape: tuple[int, ...]) -> None:
    problem = simulate(shape=shape)
    assert problem.detector == shape
    assert bool(problem.valid.all())
    torch.testing.assert_close(expected(problem), problem.intensity, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_photons_are_the_counts_expected_in_the_brightest_voxel(shape: tuple[int, ...]) -> None:
    assert float(expected(simulate(shape=shape, photons=3e4)).max()) == pytest.approx(3e4, rel=1e-4)


def test_counts_scatter_as_poisson_does() -> None:
    problem = simulate(shape=(24, 26, 28), photons=1e5, background=3.0)
    mean = expected(problem) + 3
    deviation = (problem.intensity - mean) / mean.sqrt()
    assert bool((problem.intensity == problem.intensity.round()).all())
    assert float(deviation.mean()) == pytest.approx(0, abs=4 / mean.numel() ** 0.5)
    assert float(deviation.square().mean()) == pytest.approx(1, abs=6 / mean.numel() ** 0.5)


def test_the_same_seed_gives_the_same_data_and_another_seed_others() -> None:
    options = {"photons": 1e4, "hot_pixels": 3, "dead_pixels": 2, "gap_width": 2, "background": 0.1}
    first, again, other = simulate(5, **options), simulate(5, **options), simulate(6, **options)
    assert torch.equal(first.intensity, again.intensity)
    assert torch.equal(first.valid, again.valid)
    assert not torch.equal(first.intensity, other.intensity)


def test_the_global_generator_is_left_alone() -> None:
    before = torch.get_rng_state()
    simulate(photons=1e4, hot_pixels=3)
    assert torch.equal(before, torch.get_rng_state())


def test_faults_change_nothing_where_the_data_are_trusted() -> None:
    clean = simulate(photons=1e4)
    faulty = simulate(photons=1e4, hot_pixels=5, dead_pixels=4, gap_width=3, beam_stop=2.5)
    assert 0 < int(faulty.valid.sum()) < faulty.valid.numel()
    assert torch.equal(faulty.intensity, clean.intensity * faulty.valid)


def test_a_gap_of_columns_lies_where_it_was_put_in_every_frame() -> None:
    problem = simulate(gap_width=3, gap_offset=-5)
    untrusted = ~fourier.centred(problem.valid, 3)
    columns = untrusted.all(dim=0).all(dim=0).nonzero().flatten()
    assert columns.tolist() == [5, 6, 7]
    assert int(untrusted.sum()) == 3 * 16 * 18


def test_a_gap_of_rows_avoids_the_peak_by_default() -> None:
    problem = simulate(gap_width=2, gap_axis="row", shape=(24, 20))
    untrusted = ~fourier.centred(problem.valid, 2)
    assert untrusted.all(dim=1).nonzero().flatten().tolist() == [15, 16]
    assert bool(problem.valid[0, 0])


def test_hot_and_dead_pixels_are_the_same_in_all_frames() -> None:
    problem = simulate(hot_pixels=4, dead_pixels=3)
    assert torch.equal(problem.valid, problem.valid[:1].expand_as(problem.valid))
    assert int((~problem.valid[0]).sum()) == 7


def test_hot_pixels_that_are_not_known_are_trusted_and_huge() -> None:
    problem = simulate(photons=1e4, hot_pixels=4, hot_known=False)
    assert bool(problem.valid.all())
    hot = problem.intensity == HOT * 1e4
    assert int(hot.sum()) == 4 * 16


def test_a_beam_stop_is_a_ball_about_zero_frequency() -> None:
    untrusted = ~fourier.centred(simulate(beam_stop=2.0, shape=(12, 14, 16)).valid, 3)
    found = {(i - 6, j - 7, k - 8) for i, j, k in untrusted.nonzero().tolist()}
    near = range(-3, 4)
    assert found == {(i, j, k) for i in near for j in near for k in near if i * i + j * j + k * k < 4}


def test_the_notes_say_what_was_simulated() -> None:
    text = " ".join(simulate(photons=1e4, gap_width=2, hot_pixels=4, hot_known=False, background=0.5).notes)
    for part in ("brick", "10000 counts", "gap of 2 columns", "4 hot pixels that are trusted", "0.5 counts"):
        assert part in text


def test_an_empty_object_is_refused() -> None:
    with pytest.raises(InputError, match="generator 'nothing' made an empty object"):
        simulate(generator=Nothing())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gap_width": 9, "gap_offset": 5}, "does not lie on a detector of 20 columns"),
        ({"hot_pixels": 100, "dead_pixels": 100}, "more than half of the 360"),
        ({"shape": (8, 8, 8, 8)}, "at most 3"),
        ({"photons": 0}, "greater than 0"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        simulate(**options)


def test_the_defaults_make_a_problem() -> None:
    problem = Simulation().load(None, torch.Generator().manual_seed(0))
    assert problem.detector == (64, 64, 64)
    assert problem.truth is not None
    outside = problem.truth[~problem.support].abs().square().sum() / problem.truth.abs().square().sum()
    assert float(outside) < 1e-6


def test_a_shape_that_does_not_fit_the_memory_is_refused_with_the_estimate() -> None:
    with pytest.raises(InputError, match=r"4096 × 4096 × 4096 voxels takes about 4608\.0 GiB, but .* are free"):
        simulate(shape=(4096, 4096, 4096))


def test_the_generator_s_unit_can_be_a_length() -> None:
    """Half the pixel gives twice the field of view; a ball of the same radius in nm fills half as many voxels."""
    source = {
        "name": "simulation",
        "generator": {
            "name": "superellipsoid",
            "a": [0.5, 0.5],
            "b": [0.5, 0.5],
            "c": [0.5, 0.5],
            "e": [1, 1],
            "n": [1, 1],
        },
        "shape": [32, 32, 32],
        "radius_nm": 560,
    }
    widths = []
    for pixel in (55.0, 27.5):
        geometry = Geometry.resolve({"name": "far-field", "energy_kev": 9, "distance_m": 1, "pixel_um": pixel})
        truth = Source.resolve(source).load(geometry, torch.Generator().manual_seed(0)).truth
        assert truth is not None
        widths.append((float((truth != 0).sum()) * float(geometry.basis((32, 32, 32)).norm(dim=1).prod())) ** (1 / 3))
    radius = [width * (3 / (4 * torch.pi)) ** (1 / 3) * 1e9 for width in widths]
    assert radius == pytest.approx([280, 280], rel=0.1)


def test_a_unit_that_does_not_fit_or_has_no_scale_is_refused() -> None:
    source = Source.resolve({"name": "simulation", "shape": [16, 16, 16], "radius_nm": 1e4})
    far = Geometry.resolve({"name": "far-field", "energy_kev": 9, "distance_m": 1, "pixel_um": 55})
    with pytest.raises(InputError, match="does not fit into half of the array, which has room for"):
        source.load(far, torch.Generator().manual_seed(0))
    with pytest.raises(InputError, match="radius_nm needs true lengths"):
        source.load(None, torch.Generator().manual_seed(0))
