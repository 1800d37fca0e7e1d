"""The doctor's page holds all of the diagnosis, fetches nothing and runs nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from phasekit import fourier
from phasekit.doctor import Diagnosis, Finding
from phasekit.report.doctor import write_doctor_page
from phasekit.report.doctor.page import projections

from ..page_text import Page
from ..results import EVIL, make_result

SOUND = Diagnosis((), {"data": "24 × 20"})


def page_of(folder: Path, title: str, diagnosis: Diagnosis, shape: tuple[int, ...] = (24, 20)) -> Page:
    write_doctor_page(folder / "page.html", title, diagnosis, make_result(shape).problem)
    return Page.read(folder / "page.html")


def test_the_page_holds_all_of_it_and_fetches_nothing(tmp_path: Path) -> None:
    findings = (
        Finding("hot-voxels", "1 voxel.", "Add the step 'hot-pixels'."),
        Finding("off-centre", "By 3.", "Move."),
    )
    page = page_of(tmp_path, "gold <1>", Diagnosis(findings, {"oversampling": "2.5, 3"}), (12, 10, 8))
    for words in (
        "gold <1>: the data",
        "2 findings in the data before any run.",
        "hot-voxels 1 voxel. Add the step 'hot-pixels'.",
        "off-centre By 3. Move.",
        "oversampling 2.5, 3",
        "7 trusted counts were negative",
    ):
        assert words in page.text, words
    sources = [str(a[key]) for _, a in page.tags for key in ("src", "srcset", "href") if key in a]
    assert len(sources) == 2
    assert all(source.startswith("data:image/webp;base64,") for source in sources)
    assert not any(tag in ("script", "link") for tag, _ in page.tags)
    (policy,) = [a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert str(policy).startswith("default-src 'none'")
    assert "script-src" not in str(policy)


def test_sound_data_are_called_that(tmp_path: Path) -> None:
    text = page_of(tmp_path, "gold", SOUND).text
    assert "No problem was found in the data before any run." in text
    assert "None: there were no data to prepare." in text


@pytest.mark.usefixtures("unpainted")
def test_no_text_from_outside_becomes_markup(tmp_path: Path) -> None:
    kinds = []
    for word in ("word", EVIL):
        problem = replace(make_result((12, 10)).problem, preparation=(word,), notes=(word,))
        write_doctor_page(tmp_path / "page.html", word, Diagnosis((Finding(word, word, word),), {word: word}), problem)
        kinds.append([tag for tag, _ in Page.read(tmp_path / "page.html").tags])
    assert kinds[0] == kinds[1]


def test_projections_are_the_photons_summed_along_each_axis_where_any_voxel_is_trusted() -> None:
    problem = make_result((12, 10, 8)).problem
    photons = (problem.intensity + problem.hidden).double().numpy()
    trusted = (problem.valid | problem.held_out).numpy()
    for axis, projection in enumerate(projections(problem)):
        assert (projection.along, projection.axes) == (axis, tuple(a for a in range(3) if a != axis))
        expected = np.where(trusted.any(axis=axis), photons.sum(axis=axis), np.nan)
        np.testing.assert_allclose(projection.photons, np.fft.fftshift(expected))
    (flat,) = projections(make_result((12, 10)).problem)
    assert flat.along is None
    assert np.isnan(flat.photons[fourier.centred(~make_result((12, 10)).problem.valid, 2).numpy()]).any()
