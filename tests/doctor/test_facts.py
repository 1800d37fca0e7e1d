"""Facts about data and plan follow from these alone."""

from __future__ import annotations

import pytest
import torch

from phasekit import Geometry
from phasekit.doctor import examine, facts
from phasekit.solving.batches import Plan
from phasekit.testing import reference_problem

from .scans import READ, SHAPE, USUAL, Read, scan


def test_oversampling_is_that_of_the_binned_data_and_not_blurred_by_padding() -> None:
    good = scan()
    fine = good.diagnosis().facts["oversampling"]
    good.prepare = [*USUAL, {"name": "pad", "shape": (90, 80, 70)}]
    assert good.diagnosis().facts["oversampling"] == fine
    good.prepare = [*USUAL, {"name": "bin", "factors": (1, 1, 2)}]
    whole, half = (float(text.split(" (")[0].split(", ")[2]) for text in (fine, good.diagnosis().facts["oversampling"]))
    assert half == pytest.approx(whole / 2, abs=0.06)


def test_memory_and_time_follow_from_the_plan() -> None:
    source = Read()
    READ["scan"] = scan()
    problem = source.load(None, torch.Generator())
    plan = Plan(batches=((0, 1), (2,)), every=10, seconds_per_step=0.5, bytes_needed=3 * 2**20)
    told = examine(problem, source.raw(), plan, 40).facts
    assert told["time"] == "about 60 s"
    assert told["memory"].startswith("3 MiB of ")
    assert told["seeds"] == "3 in 2 batches of up to 2"
    assert "time" not in examine(problem).facts


def test_lengths_are_those_of_the_binned_geometry() -> None:
    source = Read(prepare=[*USUAL, {"name": "bin", "factors": (1, 2, 2)}])
    READ["scan"] = scan()
    # Voxels of λL/(N·p), N·p as before the binning: 12.398419843 Å/8 · 1 m / (56 · 50 µm).
    geometry = {"name": "far-field", "energy_kev": 8, "distance_m": 1, "pixel_um": 50}
    told = examine(source.load(Geometry.resolve(geometry), torch.Generator()), source.raw()).facts
    voxel = [float(part) for part in told["voxel"].removesuffix(" nm").split(" × ")]
    assert voxel == pytest.approx([1.549802e-10 / (n * 50e-6) * 1e9 for n in SHAPE], abs=0.01)
    field = [float(part) for part in told["field of view"].removesuffix(" nm").split(" × ")]
    assert field == pytest.approx([v * n for v, n in zip(voxel, (52, 28, 24), strict=True)], rel=0.01)


def test_counts_and_trusted_voxels_are_those_of_the_data() -> None:
    problem = reference_problem((20, 16), gap=True)
    told = facts(problem)
    assert told["data"] == "20 × 16 voxels, 95.0 % trusted"
    assert (
        told["counts"]
        == f"{float(problem.intensity.sum()):.3g} in all, {float(problem.intensity.max()):.3g} in the peak"
    )
    assert told["voxel"].startswith("size unknown")
    held = problem.hold_out(0.1)
    part = 100 * float(held.held_out.float().mean())
    assert facts(held)["data"] == f"20 × 16 voxels, 95.0 % trusted, {part:.1f} % held out"
