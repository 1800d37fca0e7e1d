"""Laws of a comparison's page: it stands alone, escapes what it is told, and in a browser sorts, hides and turns."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from phasekit import compare
from phasekit.report.comparison import story, write_comparison_report
from phasekit.report.comparison_charts import Palette, error_curves, histograms, shell_curves
from phasekit.report.comparison_pictures import Gallery

from .. import chromium
from . import bad_solvers

EVIL = "<script>alert(1)</script> & \"'"
SOLVERS = {
    "er": {"name": "er", "steps": 20},
    EVIL: [{"name": "hio", "steps": 15}, {"name": "shrinkwrap", "threshold": 0.1}, {"name": "er", "steps": 4}],
    "nothing": bad_solvers.GivesNothing(),
    "refuses": bad_solvers.Refuses(),
}


@pytest.fixture(scope="module")
def compared():
    source = {"name": "simulation", "generator": "superellipsoid", "shape": [16, 16, 16], "seed": 3, "photons": 1e5}
    return compare(source, SOLVERS, seeds=4, batch=2, goals={"object-error": 0.5})


@pytest.fixture(scope="module")
def page(compared, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_comparison_report(path, compared, {"name": "a fair fight", "seeds": 4}, "task: compare\n")
    return path


def test_the_page_stands_alone_and_escapes_what_it_is_told(page) -> None:
    text = page.read_text(encoding="utf-8")
    assert "<script>alert(1)" not in text
    outside = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?:https?:)?//""", outside)
    assert "refuses takes nothing at all" in text
    assert len(text) < 15e6


def test_the_story_says_who_leads_and_whether_that_is_chance(compared) -> None:
    told = story(compared)
    assert compared.ranking()[0] in told
    assert "p = " in told
    assert "4 solvers on one problem" in told


def test_histograms_count_every_start_that_did_not_fail(compared) -> None:
    spec = histograms(compared, Palette([*SOLVERS]))
    for trace in spec["data"]:
        entry = compared.entry(trace["meta"]["problem"], trace["name"])
        finite = sum(math.isfinite(v) for v in entry.final[trace["meta"]["metric"]].tolist())
        assert sum(trace["y"]) == pytest.approx(100 * finite / len(entry.seeds), rel=1e-3)


def test_curves_end_where_the_starts_end(compared) -> None:
    spec = error_curves(compared, Palette([*SOLVERS]))
    for trace in spec["data"]:
        if trace.get("name") == "er" and trace["meta"]["against"] == "steps":
            final = compared.values("er", trace["meta"]["metric"])
            assert trace["x"][-1] == 20
            assert trace["y"][-1] == pytest.approx(np.exp(np.median(np.log(final))), rel=1e-3)


@pytest.mark.parametrize("kind", ["prtf", "weight", "correlation"])
def test_curves_over_shells_have_each_solver_once(compared, kind) -> None:
    names = [trace["name"] for trace in shell_curves(compared, Palette([*SOLVERS]), kind)["data"]]
    assert sorted(name for name in names if name in SOLVERS) == sorted(["er", EVIL])


def test_all_objects_are_shown_in_one_frame(compared) -> None:
    gallery = Gallery(compared, "problem")
    frames = [(view.box, view.centre) for view in (gallery.reference, *gallery.views.values())]
    assert all(frame == frames[0] for frame in frames)
    assert set(gallery.drawings()) == {"truth", "er", EVIL}


needs_browser = pytest.mark.skipif(chromium.BROWSER is None, reason="no Chromium here")


@needs_browser
def test_in_a_browser_it_sorts_filters_hides_and_turns_together(page, tmp_path) -> None:
    with chromium.Page(page, tmp_path) as browser:
        browser.until("document.querySelectorAll('.chart .main-svg, .chart canvas').length > 4")
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
def test_in_a_narrow_or_a_dark_window_it_is_whole(page, tmp_path, width, dark) -> None:
    with chromium.Page(page, tmp_path, width=width, dark=dark) as browser:
        browser.until("document.querySelectorAll('.chart .main-svg').length > 2")
        assert browser.says("document.documentElement.scrollWidth") <= width
        assert browser.says("matchMedia('(prefers-color-scheme: dark)').matches") is dark
        assert browser.errors == []
