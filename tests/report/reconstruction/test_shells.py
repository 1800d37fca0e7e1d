"""Charts over shells show what was measured and predicted there, and only numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from phasekit import fourier
from phasekit.core.source import load_problem
from phasekit.report.html.templates import fragment
from phasekit.report.reconstruction.shells import OTHERS, ShellReport

from ..page_text import Page
from ..results import BROKEN, broken, make_result, without_held_out


def named(chart: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {trace["name"]: trace for trace in chart["data"]}


def test_the_spectral_weight_drawn_is_the_amplitude_summed_over_measured_voxels() -> None:
    result = make_result()
    traces = named(ShellReport.of(result).weight_chart())
    assert set(traces) == {"data", "best start", "best start, as counted", "seed 1 (rank 2)", "seed 2 (rank 3)"}
    problem = result.problem
    measured = (problem.valid | problem.held_out).numpy()
    root = np.sqrt((problem.intensity + problem.hidden).numpy())
    assert sum(filter(None, traces["data"]["y"])) == pytest.approx(root[measured].sum(), rel=1e-3)
    predicted = np.abs(np.fft.ifftn(result.object[1].numpy(), norm="ortho"))
    assert sum(filter(None, traces["seed 1 (rank 2)"]["y"])) == pytest.approx(predicted[measured].sum(), rel=1e-3)
    assert all(len(trace["x"]) == len(trace["text"]) == 8 for trace in traces.values())


def test_few_of_many_seeds_are_drawn_and_failed_ones_are_not() -> None:
    traces = named(ShellReport.of(make_result((12, 10), seeds=30)).weight_chart())
    assert sum(name.startswith("seed") for name in traces) == OTHERS
    few = replace(make_result((12, 10), seeds=4), failed=(1, 3))
    traces = named(ShellReport.of(few).weight_chart())
    assert [name for name in traces if name.startswith("seed")] == ["seed 2 (rank 3)"]


def test_lengths_are_given_only_where_the_geometry_knows_them() -> None:
    calibrated = ShellReport.of(make_result()).residual_chart()
    assert calibrated["layout"]["xaxis"]["title"]["text"] == "|Q| (1/nm)"
    trace = calibrated["data"][0]
    assert trace["text"][2] == f"resolution {2 * np.pi / trace['x'][2]:.3g} nm"
    far = load_problem({"name": "simulation", "shape": [16, 16], "photons": 1e4})
    result = replace(make_result((16, 16)), problem=far)
    chart = ShellReport.of(result).residual_chart()
    assert chart["layout"]["xaxis"]["title"]["text"] == "|Q| (cycles per voxel)"
    assert chart["data"][0]["text"][0].endswith(" voxels")


def test_where_nothing_is_held_out_it_is_said_that_it_cannot_be_known() -> None:
    report = ShellReport.of(without_held_out(make_result()))
    residual = report.residual_chart()
    assert set(named(residual)) == {"fitted", "photon noise, fitted"}
    picture = {"dark": "", "light": "", "width": 1}
    fit = {"picture": picture, "held_out": False, "others": False, "evidence": report.evidence.facts()}
    page = Page(fragment("reconstruction/fit.html", "fit", fit | {"residual": residual, "weight": residual}))
    assert "it is unknown which detail" in page.text


@pytest.mark.parametrize("shape", [(12, 10, 8), (14, 12)])
@pytest.mark.parametrize("which", BROKEN)
def test_charts_of_every_broken_result_hold_numbers_or_nothing(which: str, shape: tuple[int, ...]) -> None:
    report = ShellReport.of(broken(make_result(shape), which))
    for chart in (report.weight_chart(), report.residual_chart()):
        for trace in chart["data"]:
            assert all(value is None or np.isfinite(value) for value in trace["x"] + trace["y"])
    assert isinstance(report.evidence.facts()["possible"], bool)


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
