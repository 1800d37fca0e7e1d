"""Laws of a comparison's page: it stands alone, escapes all texts, and in a browser sorts, hides and turns."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from phasekit import compare
from phasekit.comparing.comparison import Comparison
from phasekit.report.comparison.gallery import Gallery
from phasekit.report.comparison.page import write_comparison_report

from ... import bad_solvers, chromium
from ..page_text import Page
from .contestants import ensemble_of

FLAT = {"name": "simulation", "shape": [16, 18], "seed": 1}


def test_the_page_stands_alone_and_escapes_all_texts(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "<script>alert(1)" not in text
    outside = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?:https?:)?//""", outside)
    assert "refuses takes nothing at all" in text
    assert len(text) < 15e6


def test_data_for_scripts_cannot_leave_their_element(page: Path) -> None:
    data = [text for text in Page.read(page).texts("script") if text.startswith("{")]
    assert len(data) == 8
    assert not any(set("<>&") & set(text) for text in data)


def test_links_lead_to_sections_that_are_there(page: Path) -> None:
    read = Page.read(page)
    links = {str(attributes["href"])[1:] for tag, attributes in read.tags if tag == "a"}
    assert len(links) == 11
    assert links <= {attributes.get("id") for _, attributes in read.tags}


@pytest.mark.usefixtures("unpainted")
def test_what_a_comparison_does_not_know_depends_on_what_it_knew(compared: Comparison, tmp_path: Path) -> None:
    def unknowns(comparison: Comparison) -> str:
        write_comparison_report(tmp_path / "report.html", comparison, {}, "")
        text = Page.read(tmp_path / "report.html").text
        return text.partition("Limits of this comparison")[2].partition("Every start")[0]

    told = unknowns(compared)
    assert "No voxels were held out" in told
    assert "Every solver ran for its own length" in told
    assert "Where the truth is unknown" not in told
    contest = compared.contest
    blind = replace(contest, problems={"problem": replace(contest.problems["problem"], truth=None)})
    assert "Where the truth is unknown" in unknowns(replace(compared, contest=blind))


@pytest.mark.usefixtures("unpainted")
def test_a_page_is_written_where_all_failed_though_the_truth_is_known(tmp_path: Path) -> None:
    comparison = compare(FLAT, {"nothing": bad_solvers.GivesNothing()}, seeds=2)
    write_comparison_report(tmp_path / "report.html", comparison, {}, "")
    text = Page.read(tmp_path / "report.html").text
    assert "Every solver has fewer than two successful starts." in text
    assert "nothing on problem: 2 of 2 starts failed" in text


@pytest.mark.usefixtures("unpainted")
def test_several_problems_have_tables_of_their_own(tmp_path: Path) -> None:
    problems = {"a": FLAT, "b & c": {**FLAT, "seed": 2}}
    comparison = compare(solvers={"er": {"name": "er", "steps": 2}}, problems=problems, seeds=2)
    write_comparison_report(tmp_path / "report.html", comparison, {}, "")
    page = Page.read(tmp_path / "report.html")
    assert [text for text in page.texts("h3") if text != "Recipe"][:3] == ["All problems together", "a", "b & c"]
    assert len(page.charts["shells-prtf"]["choices"]["problem"]) == 2


needs_browser = pytest.mark.skipif(chromium.BROWSER is None, reason="no Chromium here")


@needs_browser
def test_in_a_browser_it_sorts_filters_hides_and_turns_together(page: Path, tmp_path: Path) -> None:
    with chromium.Page(page, tmp_path) as browser:
        rows = "[...document.querySelectorAll('#starts tbody tr:not([hidden])')]"
        cells = f"{rows}.map(row => row.cells[COLUMN].dataset.value)"
        column = browser.says(
            "[...document.querySelectorAll('#starts thead th')].findIndex(h => h.innerText === 'chi2')"
        )
        press = f"document.querySelectorAll('#starts thead button')[{column}].click()"
        for turned in (False, True):
            browser.says(press)
            found = [float(value) for value in browser.says(cells.replace("COLUMN", str(column)))]
            assert found == sorted(found, reverse=turned)
        browser.says(
            "(() => { const box = document.querySelector('input[type=search]'); box.value = 'not number'; "
            "box.dispatchEvent(new Event('input')); })()"
        )
        assert browser.says(cells.replace("COLUMN", "0")) == ["nothing"] * 4
        browser.says("document.querySelector('input[data-hides=er]').click()")
        assert "er" not in browser.says(
            "[...document.querySelectorAll('[data-solver]:not([hidden])')].flatMap(e => e.dataset.solver.split('\\n'))"
        )
        assert not browser.says(
            "document.getElementById('histograms').data.some(t => t.legendgroup === 'er' && t.visible !== false)"
        )
        browser.says("document.querySelector('input[data-hides=er]').click()")
        browser.says("document.getElementById('objects').scrollIntoView({behavior: 'instant'})")
        browser.until("document.querySelectorAll('[id^=surface] canvas').length > 1")
        camera = "JSON.stringify(document.getElementById('surface-0-PLACE').layout.scene.camera.eye)"
        before = browser.says(camera.replace("PLACE", "1"))
        browser.says(
            "document.getElementById('surface-0-0').dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowLeft'}))"
        )
        browser.until(f"{camera.replace('PLACE', '1')} === {camera.replace('PLACE', '0')}")
        assert browser.says(camera.replace("PLACE", "1")) != before
        assert browser.errors == []


@needs_browser
@pytest.mark.parametrize(("width", "dark"), [(380, False), (1280, True)])
def test_in_a_narrow_or_a_dark_window_it_is_whole(page: Path, tmp_path: Path, width: int, dark: bool) -> None:
    with chromium.Page(page, tmp_path, width=width, dark=dark) as browser:
        for place in ("histograms", "way-curves", "shells-prtf"):
            browser.says(f"document.getElementById('{place}').scrollIntoView({{behavior: 'instant'}})")
            browser.until(f"document.querySelectorAll('#{place} .main-svg').length > 0")
        assert browser.says("document.documentElement.scrollWidth") <= width
        assert browser.says("matchMedia('(prefers-color-scheme: dark)').matches") is dark
        assert browser.errors == []


@needs_browser
def test_choosing_a_start_shows_its_object_or_why_there_is_none(
    page: Path, compared: Comparison, tmp_path: Path
) -> None:
    with chromium.Page(page, tmp_path) as browser:
        row = "[...document.querySelectorAll('#starts tbody tr')].filter(r => r.cells[0].textContent === 'er')[{}]"
        title = "document.querySelector('#starts-shown h3').textContent"
        pixels = (
            "[...document.querySelectorAll('#starts-shown figure:first-child canvas')].map(c => "
            "[...c.getContext('2d').getImageData(0, 0, c.width, c.height).data])"
        )
        browser.until("document.querySelectorAll('#starts-shown canvas').length > 0")  # after it nothing moves
        seen = {}
        for place in (1, 2):
            browser.says(f"{row.format(place)}.scrollIntoView({{behavior: 'instant', block: 'center'}})")
            browser.click(f"{row.format(place)}.querySelector('button')")
            browser.until(f"{title} === 'er, seed {place}'")
            seen[place] = browser.says(pixels)
        assert len(seen[1]) == 6
        assert seen[1] != seen[2]
        cut, plane = ensemble_of(compared.entry("problem", "er")).cuts[2], Gallery(compared, "problem").planes()[0]
        values = cut.amplitude[0].numpy()[tuple(p for p in plane.cut if isinstance(p, slice))]
        colours = mpl.colormaps["viridis"](values[::-1], bytes=True)
        np.testing.assert_allclose(np.reshape(seen[2][0], colours.shape), colours, atol=1)
        browser.says(f"{row.format(2)}.querySelector('button').focus()")
        browser.key("ArrowDown")
        browser.until(f"{title} === 'er, seed 3'")
        assert browser.says("document.activeElement.textContent") == "3"
        browser.key("ArrowUp")
        browser.until(f"{title} === 'er, seed 2'")
        browser.says(f"{row.format(0)}.querySelector('button').focus()")
        browser.key("Enter")
        browser.until(f"{title} === 'er, seed 0'")
        assert browser.says("document.querySelectorAll('#starts button[aria-pressed=true]').length") == 1
        browser.says(
            "[...document.querySelectorAll('#starts tbody tr')].find(r => r.cells[0].textContent === 'nothing').click()"
        )
        browser.until(f"{title} === 'nothing, seed 0'")
        assert "not a number" in browser.says("document.querySelector('#starts-shown').textContent")
        chart = "document.getElementById('histograms')"
        browser.says(f"{chart}.scrollIntoView({{behavior: 'instant'}})")
        browser.until(f"{chart}.querySelectorAll('.points path').length > 0")
        browser.click(f"{chart}.querySelector('.points path')")
        browser.until(f"{title}.startsWith('er, seed ')")
        assert browser.errors == []


@needs_browser
def test_a_3d_view_far_away_gives_up_its_room_and_comes_back_as_it_was(page: Path, tmp_path: Path) -> None:
    with chromium.Page(page, tmp_path) as browser:
        view = "document.getElementById('surface-0-0')"
        eye = f"JSON.stringify({view}.layout.scene.camera.eye)"
        drawn = f"{view}.querySelectorAll('canvas').length > 0"
        browser.says("document.documentElement.style.scrollBehavior = 'auto'")
        assert not browser.says(drawn)
        browser.says(f"{view}.scrollIntoView()")
        browser.until(drawn)
        browser.says(f"{view}.dispatchEvent(new KeyboardEvent('keydown', {{key: 'ArrowLeft'}}))")
        turned = browser.says(eye)
        browser.says("document.getElementById('run').scrollIntoView()")
        browser.until(f"!({drawn})")
        browser.says(f"{view}.scrollIntoView()")
        browser.until(drawn)
        assert browser.says(eye) == turned
        assert browser.errors == []
