"""The page tells where the answer is the solver's own invention: charts over shells, and a verdict that is right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from phasekit import Result, fourier
from phasekit.analysis.shell_profile import ShellProfile
from phasekit.analysis.shells import Shells, magnitude
from phasekit.core.source import load_problem
from phasekit.report.shells import OTHERS, ShellReport
from phasekit.report.verdict import Verdict

from .test_page import BROKEN, broken, make_result


def without_held_out(result: Result) -> Result:
    problem = result.problem
    return replace(result, problem=replace(problem, held_out=torch.zeros_like(problem.held_out)))


def named(chart: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {trace["name"]: trace for trace in chart["data"]}


def test_the_spectral_weight_drawn_is_the_amplitude_summed_over_known_voxels() -> None:
    result = make_result()
    traces = named(ShellReport.of(result).weight_chart())
    assert set(traces) == {"data", "best start", "best start, as counted", "seed 1 (rank 2)", "seed 2 (rank 3)"}
    problem = result.problem
    known = (problem.valid | problem.held_out).numpy()
    root = np.sqrt((problem.intensity + problem.hidden).numpy())
    assert sum(filter(None, traces["data"]["y"])) == pytest.approx(root[known].sum(), rel=1e-3)
    predicted = np.abs(np.fft.ifftn(result.object[1].numpy(), norm="ortho"))
    assert sum(filter(None, traces["seed 1 (rank 2)"]["y"])) == pytest.approx(predicted[known].sum(), rel=1e-3)
    assert all(len(trace["x"]) == len(trace["text"]) == 8 for trace in traces.values())


def test_few_of_many_seeds_are_drawn_and_failed_ones_are_not() -> None:
    traces = named(ShellReport.of(make_result((12, 10), seeds=30)).weight_chart())
    assert sum(name.startswith("seed") for name in traces) == OTHERS
    few = replace(make_result((12, 10), seeds=4), failed=(1, 3))
    traces = named(ShellReport.of(few).weight_chart())
    assert [name for name in traces if name.startswith("seed")] == ["seed 2 (rank 3)"]


def test_lengths_are_told_only_where_the_geometry_knows_them() -> None:
    known = ShellReport.of(make_result()).residual_chart()
    assert known["layout"]["xaxis"]["title"]["text"] == "|Q| (1/nm)"
    trace = known["data"][0]
    assert trace["text"][2] == f"resolution {2 * np.pi / trace['x'][2]:.3g} nm"
    far = load_problem({"name": "simulation", "shape": [16, 16], "photons": 1e4})
    result = replace(make_result((16, 16)), problem=far)
    chart = ShellReport.of(result).residual_chart()
    assert chart["layout"]["xaxis"]["title"]["text"] == "|Q| (cycles per voxel)"
    assert chart["data"][0]["text"][0].endswith(" voxels")


def test_where_nothing_is_held_out_it_is_said_that_it_cannot_be_told() -> None:
    report = ShellReport.of(without_held_out(make_result()))
    assert set(named(report.residual_chart())) == {"fitted", "photon noise, fitted"}
    assert "cannot be told" in report.residual_caption()
    assert report.verdict.sentences() == []


def verdict_of(amplitude: torch.Tensor, problem: Any) -> Verdict:
    shells = Shells.of(problem.geometry, problem.detector)
    return Verdict(problem, shells, ShellProfile.of(problem, amplitude, shells))


@pytest.mark.parametrize("photons", [1e4, 1e6])
@pytest.mark.parametrize("seed", [1, 2])
def test_detail_invented_beyond_a_known_q_is_found_out_and_true_detail_is_not_accused(photons, seed) -> None:
    source = {"name": "simulation", "shape": [32, 32, 32], "photons": photons}
    problem = load_problem({**source, "seed": seed}).hold_out(0.05)
    other = load_problem({**source, "seed": seed + 50})
    true, false = problem.predict(problem.truth), problem.predict(other.truth)
    right = verdict_of(true, problem)
    assert (right.beyond_noise(), right.invented()) == (None, None)
    assert "Nowhere" in right.sentences()[0]
    assert "More than half" in right.sentences()[1]
    beyond = magnitude(problem.geometry, problem.detector) > 0.3
    strength = right.shells.total(true, beyond) / right.shells.total(false, beyond)
    mixed = torch.where(beyond, false * strength[right.shells.index].nan_to_num(), true)
    wrong = verdict_of(mixed, problem)
    for shell in (wrong.beyond_noise(), wrong.invented()):
        assert shell is not None
        assert abs(shell * wrong.shells.thickness - 0.3) <= wrong.shells.thickness
    edge = wrong.invented() * wrong.shells.thickness
    assert f"|Q| = {edge:.3g} cycles per voxel (resolution {1 / edge:.3g} voxels)" in wrong.sentences()[1]
    assert "the solver's and not the data's" in wrong.sentences()[1]


def test_so_few_photons_that_nothing_can_be_told_are_called_that() -> None:
    problem = load_problem({"name": "simulation", "shape": [32, 32], "photons": 20.0}).hold_out(0.05)
    assert "to tell" in verdict_of(problem.predict(problem.truth), problem).sentences()[1]


def test_data_that_are_no_counts_are_told_from_counts() -> None:
    source = {"name": "simulation", "shape": [16, 16]}
    clean = load_problem(source).hold_out(0.05)
    assert "no whole counts" in verdict_of(clean.predict(clean.truth), clean).sentences()[-1]
    counts = load_problem({**source, "photons": 1e5}).hold_out(0.05)
    assert "whole counts" not in " ".join(verdict_of(counts.predict(counts.truth), counts).sentences())


@pytest.mark.parametrize("shape", [(12, 10, 8), (14, 12)])
@pytest.mark.parametrize("which", BROKEN)
def test_charts_of_every_broken_result_hold_numbers_or_nothing(which, shape) -> None:
    report = ShellReport.of(broken(make_result(shape), which))
    for chart in (report.weight_chart(), report.residual_chart()):
        for trace in chart["data"]:
            assert all(value is None or np.isfinite(value) for value in trace["x"] + trace["y"])
    assert report.weight_caption()
    assert report.residual_caption()


def test_a_prediction_is_made_with_the_nuisance_of_its_own_seed() -> None:
    background = torch.tensor([3.0, 100.0])
    result = replace(make_result((12, 10), seeds=2), nuisance={"background": background})
    for rank in range(2):
        coherent = np.abs(np.fft.ifftn(result.object[rank].numpy(), norm="ortho")) ** 2
        np.testing.assert_allclose(result.predicted(rank).numpy() ** 2, coherent + float(background[rank]), rtol=1e-4)
    alone = replace(result, nuisance={})
    np.testing.assert_allclose(
        alone.predicted().numpy(), fourier.to_wave(result.best, 2).abs().numpy(), rtol=1e-4, atol=1e-5
    )
