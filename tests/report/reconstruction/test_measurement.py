"""The page says what was measured and what was done to it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from phasekit.report.html.templates import fragment
from phasekit.report.reconstruction.measurement import measurement

from ..page_text import Page
from ..results import make_result


def test_voxels_and_photons_are_counted() -> None:
    problem = make_result((12, 10)).problem
    facts = measurement(make_result((12, 10)), {})
    assert facts["fitted"]["voxels"] == int(problem.valid.sum())
    assert facts["fitted"]["percent"] == pytest.approx(float(100 * problem.valid.double().mean()))
    assert facts["photons"] == pytest.approx(float((problem.intensity + problem.hidden).sum()))
    assert facts["geometry"]["geometry.name"] == "plain"
    assert facts["truth"] is False


def test_where_the_oversampling_cannot_be_known_it_is_missing() -> None:
    result = make_result((12, 10))
    dark = replace(result.problem, valid=torch.zeros_like(result.problem.valid))
    assert measurement(replace(result, problem=dark), {})["oversampling"] is None


def test_what_the_doctor_measured_stands_below() -> None:
    facts = measurement(make_result((12, 10)), {"doctor": {"facts": {"saturated": [1.0, 2.5]}}})
    page = Page(fragment("reconstruction/measurement.html", "facts", facts))
    assert page.text.endswith("Measured by the doctor saturated 1, 2.5")
    assert "voxels held out none" not in page.text
