"""Laws of a comparison's page: it stands alone, escapes what it is told, and in a browser sorts, hides and turns."""

from __future__ import annotations

import base64
import math
import re
import zlib

import matplotlib as mpl
import numpy as np
import pytest

from phasekit import compare
from phasekit.report.comparison import story, write_comparison_report
from phasekit.report.comparison.charts import Palette, error_curves, histograms, shell_curves
from phasekit.report.comparison.gallery import Gallery
from phasekit.report.comparison.starts import Starts

from .. import bad_solvers, chromium

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
        values = zip(entry.seeds, entry.final[trace["meta"]["metric"]].tolist(), strict=True)
        finite = {seed: value for seed, value in values if math.isfinite(value)}
        if trace["mode"] == "markers":
            assert dict(zip(trace["customdata"], trace["x"], strict=True)) == pytest.approx(finite, rel=1e-3)
        else:
            assert sum(trace["y"]) == pytest.approx(100 * len(finite) / len(entry.seeds), rel=1e-3)


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


def test_every_start_that_did_not_fail_is_packed_as_it_is_cut(compared) -> None:
    gallery = Gallery(compared, "problem")
    starts, planes = Starts({"problem": gallery}), gallery.planes()
    for entry in compared.entries:
        for seed in entry.seeds:
            text = starts.object(entry, seed)
            assert bool(text) is (seed not in entry.failures)
            if text:
                values, at, cut = zlib.decompress(base64.b64decode(text)), 0, entry.portrait.cuts[seed]
                for plane, whole in zip([*planes, *planes], [*cut.amplitude, *cut.phase], strict=True):
                    part = whole.numpy()[tuple(p for p in plane.cut if isinstance(p, slice))]
                    assert values[at : at + part.size] == part.tobytes()
                    at += part.size
                assert at == len(values)


def test_the_best_start_is_cut_as_its_figure(compared) -> None:
    entry, gallery = compared.entry("problem", "er"), Gallery(compared, "problem")
    cut, view = entry.portrait.cuts[entry.portrait.seed], gallery.views["er"]
    for values, plane in zip(cut.amplitude, view.planes, strict=True):
        found = values.numpy()[tuple(p for p in plane.cut if isinstance(p, slice))] / 255
        expected = plane.of(np.abs(view.object)) / np.abs(view.object).max()
        np.testing.assert_allclose(found, expected, atol=0.003)


needs_browser = pytest.mark.skipif(chromium.BROWSER is None, reason="no Chromium here")


@needs_browser
def test_in_a_browser_it_sorts_filters_hides_and_turns_together(page, tmp_path) -> None:
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
def test_in_a_narrow_or_a_dark_window_it_is_whole(page, tmp_path, width, dark) -> None:
    with chromium.Page(page, tmp_path, width=width, dark=dark) as browser:
        for place in ("histograms", "way-curves", "shells-prtf"):
            browser.says(f"document.getElementById('{place}').scrollIntoView({{behavior: 'instant'}})")
            browser.until(f"document.querySelectorAll('#{place} .main-svg').length > 0")
        assert browser.says("document.documentElement.scrollWidth") <= width
        assert browser.says("matchMedia('(prefers-color-scheme: dark)').matches") is dark
        assert browser.errors == []


@needs_browser
def test_choosing_a_start_shows_its_object_or_why_there_is_none(page, compared, tmp_path) -> None:
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
        cut, plane = compared.entry("problem", "er").portrait.cuts[2], Gallery(compared, "problem").planes()[0]
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
def test_a_3d_view_far_away_gives_up_its_room_and_comes_back_as_it_was(page, tmp_path) -> None:
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
