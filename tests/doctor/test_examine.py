"""The doctor: each fault that is put into good data raises its own finding and no other; good data raise none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pytest
import torch

from phasekit import Geometry, Measurement, Problem, Source
from phasekit.doctor import Diagnosis, examine
from phasekit.reading.array_source import ArraySource
from phasekit.reading.arrays import Arrays
from phasekit.reading.stored import Stored
from phasekit.solving.batches import Plan

SHAPE = (52, 56, 48)
PEAK = (25, 29, 23)
"""One voxel or two beside the centre, as measured data have it."""


@dataclass
class Scan:
    """A Bragg crystal as a detector sees it: frames, rows, columns; every fault changes it in place."""

    counts: np.ndarray
    monitor: np.ndarray
    positions: np.ndarray
    valid: np.ndarray
    flat: np.ndarray
    prepare: list[Any] | None = None

    def diagnosis(self) -> Diagnosis:
        source = Read(prepare=self.prepare)
        READ["scan"] = self
        problem = source.load(None, torch.Generator())
        return examine(problem, source.raw())

    def found(self) -> list[str]:
        return [finding.name for finding in self.diagnosis().findings]


READ: dict[str, Scan] = {}


class Read(ArraySource):
    """Gives the scan at hand."""

    name: Literal["read"] = "read"

    def arrays(self) -> Arrays:
        scan = READ["scan"]
        return Arrays(
            Stored("counts", scan.counts),
            valid=Stored("valid", scan.valid),
            flat_field=Stored("flat", scan.flat),
            monitor=Stored("monitor", scan.monitor),
            positions=Stored("positions", scan.positions),
        )


def crystal(span: float = 2.5) -> np.ndarray:
    """Return a faceted crystal with a bent phase, far from centrosymmetric, about a third of the box wide."""
    at = np.stack(np.meshgrid(*[(np.arange(n) - n / 2) / n for n in SHAPE], indexing="ij"))
    inside = np.ones(SHAPE, dtype=bool)
    rng = np.random.default_rng(1)
    for _ in range(9):
        normal = rng.normal(size=3)
        inside &= np.tensordot(normal / np.linalg.norm(normal), at, 1) < rng.uniform(0.1, 0.15)
    inside &= np.abs(at).max(axis=0) < 0.16
    return inside * np.exp(1j * span * (np.sin(8 * at[0] + 3 * at[1]) * np.cos(7 * at[2]) + 2 * at[1]))


def scan(peak: float = 3e4, background: float = 0.3, seed: int = 0) -> Scan:
    """Measure the crystal: Poisson noise, background, an uneven detector, a beam that varies by 2 %."""
    rng = np.random.default_rng(seed)
    expected = np.abs(np.fft.fftshift(np.fft.fftn(crystal()))) ** 2
    expected *= peak / expected.max()
    top = np.unravel_index(expected.argmax(), SHAPE)
    expected = np.roll(expected, np.subtract(PEAK, top), range(3)) + background
    flat, monitor = rng.uniform(0.8, 1.2, SHAPE[1:]), rng.normal(1000, 20, SHAPE[0])
    return Scan(
        counts=rng.poisson(expected * flat * monitor[:, None, None] / 1000).astype(float),
        monitor=monitor,
        positions=-0.2 + 0.005 * np.arange(SHAPE[0]) + rng.normal(0, 5e-6, SHAPE[0]),
        valid=np.ones(SHAPE, dtype=bool),
        flat=flat,
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("peak", "background"), [(3e4, 0.3), (1e6, 0.0), (500, 0.02), (3e4, 5.0), (5e7, 0.3)])
def test_good_data_raise_nothing(peak: float, background: float, seed: int) -> None:
    assert scan(peak, background, seed).found() == []


def bright_part_masked(of: Scan) -> None:
    of.valid[:, 20:36, :] = False


def few(of: Scan) -> None:
    of.counts = scan(40, 0.01).counts


def binned(of: Scan) -> None:
    of.prepare = ["flat-field", "monitor", "centre", {"name": "bin", "factors": (1, 2, 1)}]


def coarse(of: Scan) -> None:
    keep = slice(1, None, 2)
    of.counts, of.monitor, of.positions, of.valid = (
        of.counts[keep],
        of.monitor[keep],
        of.positions[keep],
        of.valid[keep],
    )


def cropped(of: Scan) -> None:
    of.prepare = ["flat-field", "monitor", "centre", {"name": "crop", "shape": (52, 14, 48)}]


def begun_late(of: Scan) -> None:
    begin = PEAK[0] - 3
    of.counts, of.monitor, of.positions, of.valid = (
        of.counts[begin:],
        of.monitor[begin:],
        of.positions[begin:],
        of.valid[begin:],
    )


def at_the_detector_s_edge(of: Scan) -> None:
    of.counts, of.valid, of.flat = of.counts[..., :26], of.valid[..., :26], of.flat[:, :26]


def clipped(of: Scan) -> None:
    of.counts = of.counts.clip(max=np.floor(0.4 * of.counts.max()))


def counter_full(of: Scan) -> None:
    of.counts = scan(6e4).counts.clip(max=65534)
    of.counts[PEAK] = 65535


def masked_frames(of: Scan) -> None:
    of.valid[[11, 40]] = False


def frame_of_nan(of: Scan) -> None:
    of.counts[PEAK[0] + 2] = np.nan


def frame_of_zeros(of: Scan) -> None:
    of.counts[PEAK[0] + 1] = 0


def last_frames_of_zeros(of: Scan) -> None:
    of.counts[-4:] = 0


def beam_lost(of: Scan) -> None:
    of.monitor[30] *= 0.3
    of.counts[30] = np.round(0.3 * of.counts[30])


def monitor_step(of: Scan) -> None:
    of.monitor[33:] *= 1.5


def no_monitor(of: Scan) -> None:
    of.monitor[7] = 0


def position_jump(of: Scan) -> None:
    of.positions[20:] += 0.01


def turns_round(of: Scan) -> None:
    of.positions[40:] = of.positions[39] - 0.005 * np.arange(1, 13)


def position_unknown(of: Scan) -> None:
    of.positions[12] = np.nan


def not_centred(of: Scan) -> None:
    of.counts, of.flat = np.roll(of.counts, 5, axis=1), np.roll(of.flat, 5, axis=0)
    of.prepare = ["flat-field", "monitor"]


def hot_pixel(of: Scan) -> None:
    of.counts[:, 9, 40] = np.random.default_rng(3).poisson(60, len(of.counts))


def stuck_pixels(of: Scan) -> None:
    of.counts[:, PEAK[1] + 1, PEAK[2] + 9] = 65535
    of.counts[:, PEAK[1] + 1, PEAK[2] + 10] = 65535


def cosmic_ray(of: Scan) -> None:
    of.counts[31, 12, 17] = 900


def dead_pixel(of: Scan) -> None:
    of.counts[:, PEAK[1] - 2, PEAK[2] + 1] = 0


def unknown_gap(of: Scan) -> None:
    of.counts[:, :, PEAK[2] + 4 : PEAK[2] + 8] = 0


def blanked_block(of: Scan) -> None:
    of.counts[PEAK[0] - 6 : PEAK[0] - 2, PEAK[1] - 3 : PEAK[1] + 2, PEAK[2] + 3 : PEAK[2] + 7] = 0


FAULTS = {
    bright_part_masked: "untrusted",
    few: "few-counts",
    binned: "oversampling",
    coarse: "oversampling",
    cropped: "truncated",
    begun_late: "truncated",
    at_the_detector_s_edge: "truncated",
    clipped: "saturation",
    counter_full: "saturation",
    masked_frames: "missing-frames",
    frame_of_nan: "missing-frames",
    frame_of_zeros: "dead-frames",
    last_frames_of_zeros: "dead-frames",
    beam_lost: "monitor",
    monitor_step: "monitor",
    no_monitor: "monitor",
    position_jump: "positions",
    turns_round: "positions",
    position_unknown: "positions",
    not_centred: "off-centre",
    hot_pixel: "hot-voxels",
    stuck_pixels: "hot-voxels",
    cosmic_ray: "hot-voxels",
    dead_pixel: "dead-voxels",
    unknown_gap: "dead-voxels",
    blanked_block: "dead-voxels",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_raises_exactly_its_own_finding(fault: Callable[[Scan], None]) -> None:
    spoilt = scan()
    fault(spoilt)
    assert spoilt.found() == [FAULTS[fault]]


USUAL = ["flat-field", "monitor", "centre"]


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


def figures(of: Scan) -> dict[str, str]:
    return {finding.name: finding.figure for finding in of.diagnosis().findings}


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


def test_oversampling_is_that_of_the_binned_data_and_not_blurred_by_padding() -> None:
    good = scan()
    fine = good.diagnosis().facts["oversampling"]
    good.prepare = [*USUAL, {"name": "pad", "shape": (90, 80, 70)}]
    assert good.diagnosis().facts["oversampling"] == fine
    good.prepare = [*USUAL, {"name": "bin", "factors": (1, 1, 2)}]
    whole, half = (float(text.split(" (")[0].split(", ")[2]) for text in (fine, good.diagnosis().facts["oversampling"]))
    assert half == pytest.approx(whole / 2, abs=0.06)


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


def test_memory_and_time_follow_from_the_plan() -> None:
    source = Read()
    READ["scan"] = scan()
    problem = source.load(None, torch.Generator())
    plan = Plan(batches=((0, 1), (2,)), every=10, seconds_per_step=0.5, bytes_needed=3 * 2**20)
    facts = examine(problem, source.raw(), plan, 40).facts
    assert facts["time"] == "about 60 s"
    assert facts["memory"].startswith("3 MiB of ")
    assert facts["seeds"] == "3 in 2 batches of up to 2"
    assert "time" not in examine(problem).facts


def test_lengths_are_those_of_the_binned_geometry() -> None:
    source = Read(prepare=[*USUAL, {"name": "bin", "factors": (1, 2, 2)}])
    READ["scan"] = scan()
    # Voxels of λL/(N·p), N·p as before the binning: 12.398419843 Å/8 · 1 m / (56 · 50 µm).
    geometry = {"name": "far-field", "energy_kev": 8, "distance_m": 1, "pixel_um": 50}
    facts = examine(source.load(Geometry.resolve(geometry), torch.Generator()), source.raw()).facts
    voxel = [float(part) for part in facts["voxel"].removesuffix(" nm").split(" × ")]
    assert voxel == pytest.approx([1.549802e-10 / (n * 50e-6) * 1e9 for n in SHAPE], abs=0.01)
    field = [float(part) for part in facts["field of view"].removesuffix(" nm").split(" × ")]
    assert field == pytest.approx([v * n for v, n in zip(voxel, (52, 28, 24), strict=True)], rel=0.01)
