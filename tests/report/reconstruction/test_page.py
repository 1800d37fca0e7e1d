"""Laws of a reconstruction's page: it stands alone, nothing runs in it but its own scripts, it says what it must."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from phasekit import Result
from phasekit.analysis.volume import Volume
from phasekit.report import write_report

from ..page_text import Page
from ..results import BROKEN, EVIL, broken, make_result
from ..volumes import BROKEN_VOLUMES, ball, broken_volume, flat_box

Info = dict[str, Any]


def page_of(
    folder: Path, result: Result, info: Info | None = None, recipe: str = "seeds: 4", volume: Volume | None = None
) -> Page:
    write_report(folder / "report.html", result, info or {}, recipe, volume)
    return Page.read(folder / "report.html")


def test_the_page_asks_nothing_of_a_network(tmp_path: Path) -> None:
    page = page_of(tmp_path, make_result())
    for tag, attributes in page.tags:
        for key in ("src", "href", "srcset", "data", "action"):
            address = attributes.get(key)
            assert address is None or address.startswith(("data:", "#")), (tag, key)
        assert tag != "link"
    assert len((tmp_path / "report.html").read_bytes()) > 3_000_000  # plotly is inside
    policies = [a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    assert str(policies[0]).startswith("default-src 'none'")


@pytest.mark.usefixtures("unpainted")
def test_no_text_from_outside_becomes_markup(tmp_path: Path) -> None:
    plain, result = make_result(), make_result()
    evil = replace(
        result,
        problem=replace(result.problem, notes=(EVIL,)),
        final={EVIL: result.final["chi2"], "r": result.final["r"]},
        rank=EVIL,
        history=tuple(replace(row, metrics={EVIL: 1.0, "r": 0.5}) for row in result.history),
        diagnostics={EVIL: torch.arange(4.0) + 42, EVIL + "2": torch.rand(4, 6)},
        references={EVIL: 0.2},
        status="done",
    )
    kinds = [
        [tag for tag, _ in page_of(tmp_path, made, {"title": word, "solver": word, word: {word: word}}, word).tags]
        for made, word in ((plain, "word"), (evil, EVIL))
    ]
    assert kinds[0] == kinds[1]
    page = Page.read(tmp_path / "report.html")
    assert page.text.count("<script>alert('x')</script>") >= 8
    assert not any(key.startswith("on") for _, attributes in page.tags for key in attributes)


@pytest.mark.usefixtures("unpainted")
def test_no_text_of_a_volume_or_a_doctor_becomes_markup(tmp_path: Path) -> None:
    result, kinds = flat_box(), []
    for word in ("word", EVIL):
        doctor = {"findings": [dict.fromkeys(("name", "figure", "advice"), word)], "facts": {word: word}}
        prepared = replace(result, problem=replace(result.problem, preparation=(word,)))
        volume = ball(frame=word, twin=word, notes=(word,))
        kinds.append([tag for tag, _ in page_of(tmp_path, prepared, {"doctor": doctor}, volume=volume).tags])
    assert kinds[0] == kinds[1]


@pytest.mark.usefixtures("unpainted")
def test_chart_data_cannot_leave_their_element(tmp_path: Path) -> None:
    page = page_of(tmp_path, replace(make_result(), diagnostics={EVIL: torch.rand(4, 6)}))
    charts = [text for text in page.texts("script") if text.startswith("{")]
    assert len(charts) == len(page.charts) == 5
    assert not any("<" in chart for chart in charts)
    assert all({"data", "layout"} <= set(chart) for chart in page.charts.values())


@pytest.mark.usefixtures("unpainted")
def test_the_page_tells_outcome_notes_recipe_environment_and_limits(tmp_path: Path) -> None:
    info = {"environment": {"packages": {"torch": "2.13"}}, "device": "cpu"}
    text = page_of(tmp_path, make_result(), info, "seeds: 4 # <mine>").text
    for words in (
        "4 starts were run and ranked by chi2",
        "7 trusted counts were negative",
        "1 of 4 starts failed (seeds 3)",
        "seeds: 4 # <mine>",
        "environment.packages.torch 2.13",
        "object-error of the flat shape: 0.21",
        "have the same diffraction",
        "exp(+iQ·r)",
        "2 of 4 seeds are in the mean",
        "Calibrated:",
        "45",  # the last seed's own diagnostic
    ):
        assert words in text


@pytest.mark.usefixtures("unpainted")
def test_the_page_tells_the_crystal_its_preparation_and_the_doctors_findings(tmp_path: Path) -> None:
    doctor = {
        "findings": [{"name": "saturation", "figure": "12 voxels at 65535.", "advice": "Attenuate the beam."}],
        "facts": {"oversampling": [2.5, 3.0, 3.5]},
    }
    volume = ball(notes=("one dislocation line",))
    text = page_of(tmp_path, flat_box(), {"doctor": doctor}, "seeds: 1", volume).text
    for words in (
        "strain against h_ref (+0.200 ± 0.04",
        "strain against own mean (+0.000 ± 0.04",
        "voxel 8 × 10 × 12.5 nm",
        "object or twin undetermined",
        "saturation : 12 voxels at 65535. Attenuate the beam.",
        "oversampling 2.5, 3",
        "dark subtracted, 3 frames cropped to 16 × 14 × 12",
        "one dislocation line",
        "right angles and true lengths, sample frame",
        "every sample circle is at zero",
        "The sign of every strain gradient and of every dislocation is undetermined",
    ):
        assert words in text, words
    assert "doctor.findings" not in text


def test_two_dimensions_have_images_and_no_surface(tmp_path: Path) -> None:
    page = page_of(tmp_path, make_result((24, 20)))
    assert sum(tag == "img" for tag, _ in page.tags) == 3
    assert "surface" not in page.charts


@pytest.mark.usefixtures("unpainted")
def test_what_the_solver_recorded_is_shown_as_charts_and_pictures_or_named(tmp_path: Path) -> None:
    recorded = {"curve": torch.rand(4, 6), "kernel": torch.rand(4, 6, 5), "odd": torch.zeros(4, 2, 2, 2, 2)}
    page = page_of(tmp_path, replace(make_result((12, 10)), diagnostics=recorded))
    assert "diagnostic-0" in page.charts
    assert "kernel of the best seed." in page.text
    assert "odd has shape (4, 2, 2, 2, 2): in the result, but not drawn" in page.text
    assert "Diagnostics of the solver" not in page_of(tmp_path, replace(make_result((12, 10)), diagnostics={})).text


@pytest.mark.usefixtures("unpainted")
@pytest.mark.parametrize("which", BROKEN)
def test_a_page_is_written_for_every_broken_result(tmp_path: Path, which: str) -> None:
    page = page_of(tmp_path, broken(make_result(), which))
    assert "Limits of this result" in page.text
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.usefixtures("unpainted")
@pytest.mark.parametrize("which", BROKEN_VOLUMES)
def test_a_page_is_written_for_every_broken_volume(tmp_path: Path, which: str) -> None:
    assert "Limits of this result" in page_of(tmp_path, flat_box(), volume=broken_volume(which)).text
