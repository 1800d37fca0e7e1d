"""The doctor finds nothing in good data, and no longer what a step has put right; places are told as read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from phasekit import Measurement, Problem, Source
from phasekit.doctor import examine

from .scans import (
    PEAK,
    READ,
    USUAL,
    Read,
    Scan,
    blanked_block,
    cosmic_ray,
    dead_pixel,
    figures,
    frame_of_zeros,
    hot_pixel,
    not_centred,
    position_jump,
    scan,
    stuck_pixels,
    unknown_gap,
)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("peak", "background"), [(3e4, 0.3), (1e6, 0.0), (500, 0.02), (3e4, 5.0), (5e7, 0.3)])
def test_good_data_raise_nothing(peak: float, background: float, seed: int) -> None:
    assert scan(peak, background, seed).found() == []


@pytest.mark.parametrize(
    ("fault", "steps"),
    [
        (hot_pixel, ["hot-pixels"]),
        (hot_pixel, [{"name": "hot-pixels", "statistics": False, "pixels": [(9, 40)]}]),
        (hot_pixel, [{"name": "aliens", "boxes": [[(0, 9, 40), (52, 10, 41)]]}]),
        (stuck_pixels, ["hot-pixels"]),
        (cosmic_ray, ["hot-pixels"]),
        (cosmic_ray, [{"name": "aliens", "boxes": [[(31, 12, 17), (32, 13, 18)]]}]),
        (dead_pixel, ["hot-pixels"]),
        (unknown_gap, [{"name": "gaps", "columns": [(27, 31)]}]),
        (blanked_block, ["hot-pixels"]),
        (frame_of_zeros, [{"name": "aliens", "boxes": [[(26, 0, 0), (27, 56, 48)]]}]),
        (not_centred, ["centre"]),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_what_a_step_has_put_right_is_found_no_more(
    fault: Callable[[Scan], None], steps: list[Any], late: bool
) -> None:
    spoilt = scan()
    fault(spoilt)
    # After centring, and binned by then, the same indices as read mean the same voxels.
    spoilt.prepare = [*USUAL, *steps] if late else [*steps, *USUAL, {"name": "bin", "factors": (1, 1, 1)}]
    assert [name for name in spoilt.found() if name != "dead-frames"] == []


def test_a_finding_names_frames_and_pixels_as_they_were_read() -> None:
    spoilt = scan()
    for fault in (hot_pixel, frame_of_zeros, cosmic_ray, position_jump):
        fault(spoilt)
    spoilt.prepare = [*USUAL, {"name": "crop", "shape": (48, 50, 44)}]
    found = figures(spoilt)
    assert "1 hot pixel, as read at [9, 40] and 1 voxel bright alone, as read at [31, 12, 17]" in found["hot-voxels"]
    assert found["dead-frames"].endswith("frame 26.")
    assert found["positions"].endswith("frame 20.")


@pytest.mark.parametrize("factors", [(1, 2, 2), (2, 3, 3), (1, 4, 1)])
def test_a_finding_in_binned_data_names_the_pixel_as_read_and_not_the_block(factors: tuple[int, int, int]) -> None:
    spoilt = scan()
    for fault in (hot_pixel, cosmic_ray, dead_pixel):
        fault(spoilt)
    dead = [list(map(int, place)) for place in np.argwhere((spoilt.counts == 0).all(axis=0))]
    spoilt.prepare = [*USUAL, {"name": "bin", "factors": factors}]
    found = figures(spoilt)
    assert "1 hot pixel, as read at [9, 40] and 1 voxel bright alone, as read at [31, 12, 17]" in found["hot-voxels"]
    assert f"1 dead pixel, as read at {dead[0]};" in found["dead-voxels"]
    # What is named so is what the step takes.
    listed = {"name": "hot-pixels", "statistics": False, "pixels": [(9, 40)]}
    spoilt.prepare = [listed, *USUAL, {"name": "bin", "factors": factors}]
    assert "hot pixel" not in figures(spoilt)["hot-voxels"]


def test_faults_of_frames_that_were_cropped_away_are_not_found() -> None:
    spoilt = scan()
    spoilt.valid[1] = False
    spoilt.monitor[50], spoilt.positions[0], spoilt.counts[2] = 0, 7, 0
    assert len(spoilt.found()) > 2
    spoilt.prepare = [*USUAL, {"name": "crop", "shape": (42, 56, 48)}]
    assert spoilt.found() == []


def test_without_data_as_read_the_prepared_ones_are_examined() -> None:
    source = {"name": "simulation", "shape": (40, 44, 48), "photons": 1e5, "background": 0.2}
    rng = torch.Generator().manual_seed(0)
    assert examine(Source.resolve(source).load(None, rng)).findings == ()
    hot = source | {"hot_pixels": 2, "hot_known": False}
    assert [found.name for found in examine(Source.resolve(hot).load(None, rng)).findings] == ["hot-voxels"]
    assert examine(Source.resolve(hot | {"hot_known": True}).load(None, rng)).findings == ()


def test_held_out_voxels_are_not_taken_for_a_mask() -> None:
    source = Read()
    READ["scan"] = scan()
    problem = source.load(None, torch.Generator())
    trusted = examine(problem).facts["data"]
    diagnosis = examine(problem.hold_out(0.1), source.raw())
    assert diagnosis.findings == ()
    assert diagnosis.facts["data"].startswith(f"{trusted}, 9.")


def test_2d_data_are_examined_too() -> None:
    READ["scan"] = flat = scan(3e5)
    frame = torch.from_numpy(flat.counts[PEAK[0]]).float()
    uneven = torch.from_numpy(flat.flat).float()
    raw = Measurement(frame, torch.ones(frame.shape, dtype=torch.bool), flat_field=uneven)

    def found(measured: Measurement) -> list[str]:
        ready = measured.window(measured.peak(), measured.shape)
        problem = Problem.measured(
            torch.fft.ifftshift(ready.counts),
            Source.resolve({"name": "simulation", "shape": (16, 16)}).load(None, torch.Generator()).geometry,
            torch.fft.ifftshift(ready.valid),
            origin=ready.origin,
            factors=ready.factors,
        )
        return [finding.name for finding in examine(problem, measured).findings]

    assert found(raw) == []
    spoilt = replace(raw, counts=raw.counts.clone())
    spoilt.counts[8, 9] = 1e4
    assert found(spoilt) == ["hot-voxels"]
