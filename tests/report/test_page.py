"""Laws of the report: it stands alone, nothing runs in it but its own script, its figures tell the truth."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from torch import Tensor

from phasekit import Geometry, Problem, Result, fourier
from phasekit.core.result import Row
from phasekit.report import write_figures, write_report
from phasekit.report.curves import POINTS, error_curves
from phasekit.report.detector import detector_rows
from phasekit.report.slices import object_rows
from phasekit.report.spread import Spread
from phasekit.report.summary import story, warnings
from phasekit.report.surface import isosurface
from phasekit.report.view import View, axis_name

EVIL = "<script>alert('x')</script></script><img src=http://evil.example/x onerror=alert(1)> & \"'"
VOID = {"meta", "img", "source", "link", "br", "hr", "input"}


class Plain(Geometry):
    """One Fourier transform with any voxel basis."""

    name: Literal["plain"] = "plain"
    steps: tuple[tuple[float, float, float], ...] = ((0, 0, 10e-9), (0, 10e-9, 0), (10e-9, 0, 0))
    metres: bool = True

    def forward(self, object: Tensor) -> Tensor:
        return fourier.to_wave(object, self.ndim)

    def adjoint(self, wave: Tensor) -> Tensor:
        return fourier.to_object(wave, self.ndim)

    def basis(self, space: tuple[int, ...]) -> Tensor:
        return torch.tensor(self.steps[: len(space)], dtype=torch.float64)

    def calibrated(self) -> bool:
        return self.metres


def make_result(shape: tuple[int, ...] = (24, 20, 16), seeds: int = 4, geometry: Geometry | None = None) -> Result:
    """A box with a phase ramp, from seeds that differ by a little noise; the last one failed."""
    rng = torch.Generator().manual_seed(0)
    support = torch.zeros(shape, dtype=torch.bool)
    support[fourier.half_box(shape)] = True
    ramp = torch.linspace(-1, 1, shape[-1]).expand(shape)
    truth = torch.polar(support.float() * 10, 0.8 + ramp)
    noise = torch.randn((seeds, *shape), generator=rng, dtype=torch.complex64)
    object = (truth + 0.2 * noise) * support
    valid = torch.ones(shape, dtype=torch.bool)
    valid[..., 3] = False
    intensity = fourier.to_wave(truth, len(shape)).abs().square().round()
    problem = Problem.measured(intensity, geometry or Plain(), valid).hold_out(0.05, radius=1)
    rows = [Row(s, k, 0.1 * k, {"chi2": 1 / (k + 1 + s), "r": 0.5}) for k in range(5) for s in range(seeds)]
    return Result(
        problem=replace(problem, notes=("7 trusted counts were negative: left untrusted",)),
        object=object,
        support=support.expand(seeds, *shape).clone(),
        seeds=tuple(range(seeds)),
        final={"chi2": torch.linspace(0.1, 0.2, seeds, dtype=torch.float64), "r": torch.full((seeds,), 0.5)},
        rank="chi2",
        mean=object[:2].mean(dim=0),
        agreeing=tuple(range(min(2, seeds))),
        agreement=torch.linspace(1, 0.9, seeds, dtype=torch.float64),
        failed=(seeds - 1,) if seeds > 1 else (),
        history=tuple(rows),
        diagnostics={"weight": torch.arange(float(seeds)) + 42, "β": torch.rand(seeds, 6)},
        references={"object-error of the flat shape": 0.21},
    )


class Page(HTMLParser):
    """Elements, their attributes and the text of a page; complains of tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["script"]:
            self.scripts.append(data)
        elif self.open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page_of(folder: Path, result: Result, info: dict[str, Any] | None = None, recipe: str = "seeds: 4") -> Page:
    write_report(folder / "report.html", result, info or {}, recipe)
    return Page((folder / "report.html").read_text(encoding="utf-8"))


@pytest.fixture
def unpainted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what takes seconds and is tested elsewhere: painting figures, plotly's own script."""
    monkeypatch.setattr("phasekit.report.drawing.Drawing.webp", lambda drawing, ink: b"RIFF" + bytes(20))
    monkeypatch.setattr("phasekit.report.page.get_plotlyjs", lambda: "const Plotly = null;")


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
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert page.text.count("<script>alert('x')</script>") >= 8
    assert not any(key.startswith("on") for _, attributes in page.tags for key in attributes)


@pytest.mark.usefixtures("unpainted")
def test_chart_data_cannot_leave_their_element(tmp_path: Path) -> None:
    result = make_result()
    named = replace(result, diagnostics={EVIL: torch.rand(4, 6)})
    text = (tmp_path / "report.html", page_of(tmp_path, named))[0].read_text(encoding="utf-8")
    charts = re.findall(r'<script type="application/json" data-chart="[\w-]+">(.*?)</script>', text, re.S)
    assert len(charts) == 5
    for chart in charts:
        assert "<" not in chart
        assert {"data", "layout"} <= set(json.loads(chart))


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
        "2 of 4 seeds make the mean",
        "Calibrated:",
        "45",  # the last seed's own diagnostic
    ):
        assert words in text


@pytest.mark.usefixtures("unpainted")
def test_seeds_stand_in_ranked_order_and_failed_ones_are_marked(tmp_path: Path) -> None:
    page = page_of(tmp_path, make_result())
    kinds = [a.get("class") for tag, a in page.tags if tag == "tr"][1:5]
    assert kinds == ["best", "agrees", "other", "failed"]


@pytest.mark.usefixtures("unpainted")
def test_what_the_model_has_besides_the_object_stands_in_the_table_with_its_units(tmp_path: Path) -> None:
    plain = make_result()
    nuisance = {
        "background": torch.arange(4.0) + 61,
        "coherence": torch.tensor([[0.25, 0.5, 0.75]]).expand(4, 3),
        "centre": torch.full((4, 3), -0.125),
        "kernel": torch.zeros(4, 3, 3, 3),
    }
    text = page_of(tmp_path, replace(plain, nuisance=nuisance)).text
    heads = ["background, photons"]
    heads += [f"coherence width along axis {axis}, voxels" for axis in range(3)]
    heads += [f"centre along axis {axis}, voxels" for axis in range(3)]
    for words in (" ".join(heads), "61 0.25 0.5 0.75 -0.125 -0.125 -0.125", "64 0.25"):
        assert words in text
    assert "coherence width" not in page_of(tmp_path, plain).text


def test_figures_are_png_files_named_as_told(tmp_path: Path) -> None:
    found = write_figures(tmp_path / "figures", make_result())
    assert set(found) == {"object", "spread", "detector"}
    assert sorted(p.name for p in (tmp_path / "figures").iterdir()) == sorted(f"{n}.png" for n in found)
    for path in found.values():
        assert path.read_bytes().startswith(b"\x89PNG")


def test_pictures_are_drawn_of_diagnostics_that_are_images(tmp_path: Path) -> None:
    result = replace(make_result(), diagnostics={"Kernel 1": torch.rand(4, 6, 5), "κ": torch.rand(4, 6, 5, 4)})
    assert {"diagnostic-kernel-1", "diagnostic-unnamed"} <= set(write_figures(tmp_path, result))


def test_two_dimensions_have_images_and_no_surface(tmp_path: Path) -> None:
    result = make_result((24, 20))
    assert isosurface(View.of(result), []) is None
    page = page_of(tmp_path, result)
    assert sum(tag == "img" for tag, _ in page.tags) == 3
    assert not any(a.get("id") == "surface" for _, a in page.tags)


def test_the_global_phase_changes_no_figure() -> None:
    result = make_result()
    turned = replace(result, object=result.object * np.exp(2.3j))
    for one, other in zip(object_rows(View.of(result)), object_rows(View.of(turned)), strict=True):
        np.testing.assert_allclose(one.values, other.values, atol=1e-5)
    view = View.of(turned)
    assert abs(np.angle(view.object[view.support].sum())) < 1e-5


def test_the_view_holds_the_support_and_its_centre_of_mass() -> None:
    result = make_result((24, 20, 16), seeds=1)
    support = torch.zeros(1, 24, 20, 16, dtype=torch.bool)
    support[0, 2:7, 10:15, 0:5] = True
    view = View.of(replace(result, support=support))
    assert view.centre == (4, 12, 2)
    assert view.box == (slice(0, 9), slice(8, 17), slice(0, 7))
    assert [cut.of(view.support).sum() for cut in view.planes] == [25, 25, 25]
    assert view.planes[0].extent == pytest.approx((-25, 45, -45, 45))


BASES = {
    "oblong": ((0, 0, 20e-9), (0, 8e-9, 0), (10e-9, 0, 0)),
    "right-handed": ((10e-9, 0, 0), (0, 9e-9, 0), (0, 0, 12e-9)),
    "sheared": ((3e-9, 0, 14e-9), (0, 8e-9, 4e-9), (10e-9, 0, 0)),
}


@pytest.mark.parametrize("steps", BASES.values(), ids=BASES)
def test_a_ball_in_space_has_a_round_surface_of_its_radius(
    steps: tuple[tuple[float, float, float], ...],
) -> None:
    shape, radius = (28, 36, 34), 90e-9
    index = np.stack(np.indices(shape), axis=-1) - np.array(shape) // 2
    distance = np.linalg.norm(index @ np.array(steps), axis=-1)
    ball = torch.from_numpy(np.clip((radius - distance) / 40e-9 + 0.5, 0, 1)).to(torch.complex64)[None]
    result = replace(make_result(shape, 1, Plain(steps=steps)), object=ball, support=ball != 0)
    surface = isosurface(View.of(result), [])
    assert surface is not None
    mesh = surface["data"][0]
    points = np.stack([mesh[letter] for letter in "xyz"], axis=-1)
    faces = np.stack([mesh[letter] for letter in "ijk"], axis=-1)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 90, atol=2)
    one, two, three = (points[faces[:, corner]] for corner in range(3))
    volume = np.einsum("ij,ij->", one, np.cross(two, three)) / 6  # positive where faces look outwards
    assert volume == pytest.approx(4 / 3 * np.pi * 90**3, rel=0.06)


def test_the_surface_is_coloured_by_the_phase_there() -> None:
    view = View.of(make_result(seeds=1))
    surface = isosurface(view, object_rows(view)[1:])
    assert surface is not None
    mesh = surface["data"][0]
    ramp = np.angle(view.object[6:18, 5:15, 4:12]).mean(axis=(0, 1))
    across = np.array(mesh["x"]) / 10 + view.centre[2]
    inside = (across > 4.5) & (across < 10.5)
    expected = np.interp(across, np.arange(4, 12), ramp)
    np.testing.assert_allclose(np.array(mesh["values"]["phase"])[inside], expected[inside], atol=0.15)


def test_a_large_surface_is_made_coarser() -> None:
    rng = np.random.default_rng(0)
    shape = (64, 64, 64)
    rough = torch.from_numpy(rng.random(shape)).to(torch.complex64)[None]
    surface = isosurface(View.of(replace(make_result(shape, 1), object=rough, support=rough.abs() >= 0)), [])
    assert surface is not None
    assert len(surface["data"][0]["i"]) < 60_000


def test_lengths_are_told_in_voxels_where_the_geometry_is_not_calibrated() -> None:
    view = View.of(make_result(geometry=Plain(steps=((0, 0, 1), (0, 1, 0), (1, 0, 0)), metres=False)))
    assert view.unit == "voxels"
    assert view.planes[0].across == "axis 2 (voxels)"
    assert axis_name(0, np.array([0, 0, -2.0])) == "axis 0 = −z"
    assert axis_name(1, np.array([1.0, 1, 0])) == "axis 1"


def test_the_residual_is_missing_just_where_nothing_was_measured() -> None:
    result = make_result()
    problem = result.problem
    measured, predicted, residual = detector_rows(result)
    centre = tuple(n // 2 for n in problem.detector)
    unknown = fourier.centred(~(problem.valid | problem.held_out), 3).numpy()
    np.testing.assert_array_equal(np.isnan(residual.values), unknown)
    np.testing.assert_array_equal(np.isnan(measured.values), unknown)
    peak = np.abs(np.fft.ifftn(result.best.numpy(), norm="ortho")) ** 2
    assert predicted.values[centre] == pytest.approx(peak[0, 0, 0], rel=1e-4)
    assert residual.values[centre] == pytest.approx(
        np.sqrt(peak[0, 0, 0]) - float(problem.amplitude[0, 0, 0]), abs=1e-3
    )
    held = fourier.centred(problem.held_out, 3).numpy()
    hidden = fourier.centred(problem.hidden, 3).numpy()
    seen = held & (hidden >= measured.scale.vmin)
    np.testing.assert_array_equal(measured.values[seen], hidden[seen])
    assert (measured.scale, residual.scale.vmin) == (predicted.scale, -residual.scale.vmax)


def test_equal_seeds_have_no_spread_and_a_known_one_is_measured() -> None:
    result = make_result(seeds=2)
    view = View.of(result)
    equal = replace(result, object=result.best.expand(2, *view.support.shape), mean=result.best)
    same = Spread.of(equal, view)
    assert same is not None
    assert same.typical(view.support) == pytest.approx((0, 0), abs=1e-3)
    pair = torch.stack([result.best * 1.1 * np.exp(0.2j), result.best * 0.9 * np.exp(-0.2j)])
    apart = Spread.of(replace(result, object=pair, mean=result.best, agreeing=(0, 1)), view)
    assert apart is not None
    top = result.best.abs().max()
    np.testing.assert_allclose(apart.amplitude, (0.1 * result.best.abs() / top).numpy(), atol=1e-4)
    np.testing.assert_allclose(apart.phase[view.support], 0.2, atol=1e-3)
    assert Spread.of(replace(result, agreeing=(0,)), view) is None


def test_curves_keep_their_ends_and_stay_short() -> None:
    result = make_result(seeds=2)
    rows = [Row(s, k, 0.0, {"chi2": 1 / (k + 1), "r": float("nan")}) for k in range(5001) for s in (0, 1)]
    curves = error_curves(replace(result, history=tuple(rows)))
    assert curves is not None
    assert curves["choices"] == {"metric": ["chi2", "r"]}
    best = curves["data"][1]
    assert best["name"] == "seed 0 (best)"
    assert (best["x"][0], best["x"][-1]) == (0, 5000)
    assert len(best["x"]) <= POINTS + 1
    assert [trace["meta"]["metric"] for trace in curves["data"]] == ["chi2", "chi2", "r", "r"]
    assert set(curves["data"][3]["y"]) == {None}
    assert error_curves(replace(result, history=())) is None


def test_a_reader_is_warned_of_what_makes_a_result_doubtful() -> None:
    sure = replace(make_result(), failed=(), agreeing=(0, 1, 2))
    assert warnings(sure) == []
    assert "is interrupted" in warnings(replace(sure, status="interrupted"))[0]
    assert "No other start agrees" in warnings(replace(sure, agreeing=(0,)))[0]
    assert "Only one start" in warnings(make_result(seeds=1))[0]
    assert "every one failed" in story(replace(sure, failed=(0, 1, 2, 3)), {})


def broken(result: Result, which: str) -> Result:
    if which == "zero object":
        return replace(result, object=torch.zeros_like(result.object), mean=torch.zeros_like(result.mean))
    if which == "NaN object":
        return replace(result, object=result.object * float("nan"))
    if which == "empty support":
        return replace(result, support=torch.zeros_like(result.support))
    if which == "all failed":
        nan = {name: values * float("nan") for name, values in result.final.items()}
        return replace(result, final=nan, failed=result.seeds, agreement=result.agreement * float("nan"))
    if which == "nothing measured on the way":
        return replace(result, history=(), diagnostics={}, references={})
    dark = result.problem.valid & (result.problem.intensity > 0)
    return replace(result, problem=replace(result.problem, valid=torch.zeros_like(dark), held_out=dark))


BROKEN = (
    *("zero object", "NaN object", "empty support", "all failed"),
    *("nothing measured on the way", "no voxel fitted"),
)


@pytest.mark.usefixtures("unpainted")
@pytest.mark.parametrize("which", BROKEN)
def test_a_page_is_written_for_every_broken_volume(tmp_path: Path, which: str) -> None:
    page = page_of(tmp_path, broken(make_result(), which))
    assert "What this result does not know" in page.text
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize("which", BROKEN)
def test_figures_are_drawn_for_every_broken_image(tmp_path: Path, which: str) -> None:
    assert {"object", "detector"} <= set(write_figures(tmp_path, broken(make_result((24, 20)), which)))
