"""Laws of the report of a crystal: true places and lengths, honest scales, what it counts and what it leaves open."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from phasekit import Geometry, Problem, Result, fourier
from phasekit.analysis.volume import Volume
from phasekit.report import write_figures, write_report
from phasekit.report.arrows import HEAD, arrows
from phasekit.report.caveats import unknowns
from phasekit.report.conventions import conventions
from phasekit.report.crystal import Crystal, mean_and_deviation
from phasekit.report.histogram import histogram
from phasekit.report.ink import LIGHT
from phasekit.report.lattice import lattice_rows, rounded, spread_rows
from phasekit.report.markup import inert_json
from phasekit.report.panels import Row, draw
from phasekit.report.slices import object_rows
from phasekit.report.surface import isosurface
from phasekit.report.view import View

SPACING = (8.0, 10.0, 12.5)
RADIUS = 100.0
SLOPE = 1e-3 / RADIUS
Q = np.array([20.0, 15.0, -10.0])
EVIL = "<script>alert('x')</script><img src=http://evil.example/x onerror=alert(1)>"


class Plain(Geometry):
    """One Fourier transform, cubes of 10 nm."""

    name: Literal["plain"] = "plain"

    def forward(self, object: Tensor) -> Tensor:
        return fourier.to_wave(object, self.ndim)

    def adjoint(self, wave: Tensor) -> Tensor:
        return fourier.to_object(wave, self.ndim)

    def basis(self, space: tuple[int, ...]) -> Tensor:
        return 1e-8 * torch.eye(3, dtype=torch.float64)


@pytest.fixture(scope="module")
def result() -> Result:
    shape = (16, 14, 12)
    support = torch.zeros(shape, dtype=torch.bool)
    support[fourier.half_box(shape)] = True
    object = torch.polar(10 * support.float(), torch.zeros(shape))
    return Result(
        problem=replace(
            Problem.measured(fourier.to_wave(object, 3).abs().square(), Plain()),
            preparation=("dark subtracted, 3 frames", "cropped to 16 × 14 × 12"),
        ),
        object=object[None],
        support=support[None],
        seeds=(0,),
        final={"chi2": torch.tensor([0.1], dtype=torch.float64)},
        rank="chi2",
        mean=object,
        agreeing=(0,),
        agreement=torch.ones(1, dtype=torch.float64),
    )


def ball(offset: float = 2e-3, spread: bool = True, **changes: Any) -> Volume:
    """A ball of 100 nm whose strain grows along x by 1e-3 per radius, with a pale rim of wild strain around it.

    Its centre of mass lies between voxels. Strain against h_ref is `offset` more than against its own mean.
    """
    origin = (-163.0, -157.0, -166.0)
    x, y, z = (o + s * np.arange(n) for o, s, n in zip(origin, SPACING, (41, 33, 27), strict=True))
    zz, yy, xx = np.meshgrid(z, y, x, indexing="ij")
    distance = np.sqrt(xx**2 + yy**2 + zz**2)
    support = distance < RADIUS + 20
    amplitude = np.clip((RADIUS - distance) / 40 + 0.5, 0, 1)
    own = np.where(distance < RADIUS, SLOPE * xx, 0.3)
    length = float(np.linalg.norm(Q))
    told = {
        "amplitude": 7 * amplitude,
        "phase": np.angle(np.exp(1j * (3 + 0.02 * yy))),
        "displacement": 0.002 * yy,
        "strain": own + offset,
        "strain_own": own,
        "d_spacing": 2 * np.pi / length * (1 + own + offset),
    }
    if spread:
        told |= {"phase_std": 0.1 + 0 * xx, "displacement_std": 0.003 + 0 * xx, "strain_std": 1e-4 + 0 * xx}
    fields = {name: np.where(support, values, np.nan).astype(np.float32) for name, values in told.items()}
    given: dict[str, Any] = {
        "frame": "sample",
        "rotation": np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]]),
        "origin_nm": origin,
        "spacing_nm": SPACING,
        "fields": fields | {"support": support},
        "matrix_nm": np.array([[1.0, 0, 9], [0, 8, 2], [12, 0, 0]]),
        "k_i": np.array([0.0, 0, 45]),
        "k_f": Q + np.array([0.0, 0, 45]),
        "q": Q,
        "h_ref": Q * (1 + offset),
        "q_own": Q,
        "seeds": 3,
    }
    return Volume(**given | changes)


@pytest.fixture
def unpainted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what takes seconds and is tested elsewhere: painting figures, plotly's own script."""
    monkeypatch.setattr("phasekit.report.drawing.Drawing.webp", lambda drawing, ink: b"RIFF" + bytes(20))
    monkeypatch.setattr("phasekit.report.page.get_plotlyjs", lambda: "const Plotly = null;")


def text_of(folder: Path, result: Result, volume: Volume, info: dict[str, Any] | None = None) -> str:
    write_report(folder / "report.html", result, info or {}, "seeds: 1", volume)
    return words((folder / "report.html").read_text(encoding="utf-8"))


def words(page: str) -> str:
    page = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


@pytest.mark.usefixtures("unpainted")
def test_the_page_tells_the_crystal_its_preparation_and_the_doctors_findings(tmp_path: Path, result: Result) -> None:
    doctor = {
        "findings": [{"name": "saturation", "figure": "12 voxels at 65535.", "advice": "Attenuate the beam."}],
        "facts": {"oversampling": [2.5, 3.0, 3.5]},
    }
    text = text_of(tmp_path, result, ball(notes=("one dislocation line",)), {"doctor": doctor})
    for said in (
        "strain against h_ref (+0.200 ± 0.04",
        "strain against own mean (+0.000 ± 0.04",
        "voxel 8 × 10 × 12.5 nm",
        "object or twin open",
        "saturation : 12 voxels at 65535. Attenuate the beam.",
        "oversampling 2.5, 3",
        "dark subtracted, 3 frames cropped to 16 × 14 × 12",
        "one dislocation line",
        "right angles and true lengths, sample frame",
        "every sample circle at zero",
        "The sign of every strain gradient and of every dislocation is undetermined",
    ):
        assert said in text, said
    assert "doctor.findings" not in text


@pytest.mark.usefixtures("unpainted")
def test_no_text_of_a_volume_or_a_doctor_becomes_markup(tmp_path: Path, result: Result) -> None:
    tags = []
    for word in ("word", EVIL):
        doctor = {"findings": [dict.fromkeys(("name", "figure", "advice"), word)], "facts": {word: word}}
        prepared = replace(result, problem=replace(result.problem, preparation=(word,)))
        text_of(tmp_path, prepared, ball(frame=word, twin=word, notes=(word,)), {"doctor": doctor})
        page = (tmp_path / "report.html").read_text(encoding="utf-8")
        tags.append(re.findall(r"<[a-z]+", page))
    assert tags[0] == tags[1]


def test_figures_of_a_volume_replace_those_of_the_array(tmp_path: Path, result: Result) -> None:
    found = write_figures(tmp_path, result, ball())
    assert list(found) == ["object", "strain", "strain-histogram", "spread", "detector"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in found.values())
    plain = ball(spread=False)
    known = {name: plain.fields[name] for name in ("amplitude", "phase", "support")}
    assert list(write_figures(tmp_path, result, replace(plain, fields=known, q=None))) == ["object", "detector"]


def test_slices_lie_where_the_frame_says() -> None:
    volume = ball()
    view = View.within(volume)
    x, y, z = volume.coordinates()
    fields = np.meshgrid(z, y, x, indexing="ij")
    for plane, letters in zip(view.planes, ("xy", "xz", "yz"), strict=True):
        assert (plane.across, plane.up) == (f"{letters[0]} (nm)", f"{letters[1]} (nm)")
        for axis, edges in zip(letters, (plane.extent[:2], plane.extent[2:]), strict=True):
            cut = plane.of(fields["zyx".index(axis)])
            half = SPACING["xyz".index(axis)] / 2
            assert edges == pytest.approx((cut.min() - half, cut.max() + half))
        normal = (set("xyz") - set(letters)).pop()
        assert np.abs(plane.of(fields["zyx".index(normal)])).max() <= SPACING["xyz".index(normal)] / 2


def test_a_scale_bar_is_drawn_in_every_panel_and_is_a_round_length() -> None:
    view = View.within(ball())
    for plane in view.planes:
        width = plane.extent[1] - plane.extent[0]
        assert plane.bar in (50.0, 100.0)
        assert 0.1 * width < plane.bar <= 0.3 * width
        assert replace(plane, unit="voxels").bar is None
    figure = draw(object_rows(view), view.planes, LIGHT)
    bars = [artist for axes in figure.axes for artist in axes.artists if "SizeBar" in type(artist).__name__]
    assert len(bars) == 6


def test_panels_of_one_figure_have_one_scale() -> None:
    view = View.within(ball())
    figure = draw(object_rows(view), view.planes, LIGHT)
    figure.draw_without_rendering()
    panels = [axes for axes in figure.axes if axes.images]
    scales = [axes.get_window_extent().width / np.ptp(axes.get_xlim()) for axes in panels]
    assert scales == pytest.approx([scales[0]] * 6, rel=0.05)


def test_only_what_lies_inside_the_surface_counts() -> None:
    volume = ball()
    crystal = Crystal(volume)
    x, y, z = volume.coordinates()
    zz, yy, xx = np.meshgrid(z, y, x, indexing="ij")
    inside = xx**2 + yy**2 + zz**2 < RADIUS**2
    assert np.mean(crystal.view.inside != inside) < 0.01
    assert crystal.known("strain_own").std() == pytest.approx((SLOPE * xx[inside]).std(), rel=0.02)
    assert crystal.known("strain").mean() == pytest.approx(2e-3, abs=1e-5)
    for size, step in zip(crystal.size_nm, SPACING, strict=True):
        assert size == pytest.approx(2 * RADIUS, abs=2 * step)
    assert crystal.d_spacing() == f"{mean_and_deviation(10 * volume.fields['d_spacing'][inside].astype(float))} Å"


def test_scales_are_symmetric_and_told_in_a_unit_that_suits() -> None:
    moved, strain, own = lattice_rows(Crystal(ball()))
    assert (moved.label, strain.label, own.title) == (
        "displacement (nm)",
        "strain (%)",
        "strain against own mean",
    )
    for row in (moved, strain, own):
        assert row.scale.vmin == -row.scale.vmax
    assert strain.scale.vmax == pytest.approx(0.2 + 0.09, abs=0.02)  # %; the wild rim does not widen it
    assert own.scale.vmax == pytest.approx(0.09, abs=0.01)
    small = ball(offset=0)
    fields = {**small.fields} | {name: small.fields[name] * 0.1 for name in ("strain", "strain_own", "displacement")}
    moved, strain = lattice_rows(Crystal(replace(small, fields=fields)))  # one strain: they do not differ
    assert (moved.label, strain.label, strain.title) == ("displacement (pm)", "strain (10⁻⁴)", "strain against h_ref")
    assert np.isnan(strain.values[~small.fields["support"]]).all()


def test_spreads_are_shown_where_there_are_several_seeds() -> None:
    phase, moved, strain = spread_rows(Crystal(ball()))
    assert [row.label for row in (phase, moved, strain)] == ["σ (rad)", "σ (nm)", "σ (%)"]
    assert np.nanmedian(strain.values) == pytest.approx(0.01, rel=1e-3)
    assert spread_rows(Crystal(ball(spread=False))) == []


def test_the_histogram_holds_all_of_the_crystal_and_says_its_mean() -> None:
    figure: Figure = histogram(Crystal(ball()), LIGHT)
    axes = figure.axes[0]
    filled = [patch.get_height() for patch in axes.patches if isinstance(patch, Rectangle)]
    assert sum(filled) == pytest.approx(200, abs=2)  # per cent, of two
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        "strain against h_ref: (+0.200 ± 0.045) %",
        "strain against own mean: (+0.000 ± 0.045) %",
    ]


def test_the_surface_has_its_true_place_and_shape_and_the_colour_of_what_lies_inside() -> None:
    volume = ball()
    view = View.within(volume)
    rows = [*object_rows(view)[1:], *lattice_rows(Crystal(volume))]
    surface = isosurface(view, rows)
    assert surface is not None
    mesh = surface["data"][0]
    points = np.stack([mesh[letter] for letter in "xyz"], axis=-1)
    faces = np.stack([mesh[letter] for letter in "ijk"], axis=-1)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), RADIUS, atol=2)
    one, two, three = (points[faces[:, corner]] for corner in range(3))
    filled = np.einsum("ij,ij->", one, np.cross(two, three)) / 6  # positive where faces look outwards
    assert filled == pytest.approx(4 / 3 * np.pi * RADIUS**3, rel=0.03)
    assert surface["choices"]["colour"] == [
        *("phase", "displacement", "strain against h_ref", "strain against own mean"),
    ]
    strain = np.array(mesh["values"]["strain against own mean"], dtype=float)
    np.testing.assert_allclose(strain, 100 * SLOPE * points[:, 0], atol=100 * SLOPE * 15)  # a voxel, and no rim
    turned = np.exp(1j * (np.array(mesh["values"]["phase"]) - 3 - 0.02 * points[:, 1]))
    assert np.abs(np.angle(turned)).max() < 0.4  # also where it jumps from π to −π


def test_a_surface_has_no_colour_far_from_where_the_quantity_is_known() -> None:
    volume = ball()
    view = View.within(volume)
    x = volume.coordinates()[0]
    row = Row("half", np.where(x < 0, 1.0, np.nan) + 0 * view.object.real, "RdBu_r", object_rows(view)[0].scale, "")
    surface = isosurface(view, [row])
    assert surface is not None
    mesh = surface["data"][0]
    for place, value in zip(mesh["x"], mesh["values"]["half"], strict=True):
        assert value == (1 if place < 8 else None if place > 24 else value)


def test_arrows_point_along_their_vectors_outside_the_crystal() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(500, 3))
    points *= 50 / np.linalg.norm(points, axis=1, keepdims=True)
    vectors = {"k_i, beam": np.array([0.0, 0, 9]), "k_f": np.array([3.0, 0, 4]), "q": np.array([-5.0, 1, 1])}
    found = arrows(points, vectors)
    for line, cone, vector in zip(found[::2], found[1::2], vectors.values(), strict=True):
        along = vector / np.linalg.norm(vector)
        ends = np.stack([line[letter][:2] for letter in "xyz"], axis=-1)
        np.testing.assert_allclose(ends - (ends @ along)[:, None] * along, 0, atol=1e-9)
        assert (ends[1] - ends[0]) @ along > 0
        head = np.array([cone[letter][0] for letter in "uvw"])
        np.testing.assert_allclose(head, HEAD * 50 * along, rtol=1e-3)
        assert np.linalg.norm(ends, axis=1).min() > 50
    assert found[0]["z"][1] < 0  # the beam ends before the crystal
    assert found[2]["z"][0] > 0  # what is scattered begins behind it


def test_the_conventions_tell_every_number_of_the_frame(result: Result) -> None:
    told = words(str(conventions(result, ball())))
    assert "axis 0 16 12.04 1 0 12" in told  # the first column of the matrix
    assert "axis 2 12 9.22 9 2 0" in told
    assert "v(sample) = R · v(laboratory)" in told
    assert "x 0 0 1 y 0 1 0 z −1 0 0" in told
    assert f"q = k_f − k_i 20 15 −10 26.92582 {20 * np.pi / np.sqrt(725):.7g}" in told
    assert "exp(+iQ·r)" in told


def test_what_is_not_known_depends_on_what_fixed_it(result: Result) -> None:
    given = words(str(unknowns(result, ball(twin="the truth"))))
    assert "settled by the truth" in given
    assert "the h_ref that was given" in given
    chosen = words(str(unknowns(result, ball(h_ref=Q, q=Q))))
    assert "for no other was given: the choice of the centre fixes it" in chosen
    assert f"d = {20 * np.pi / np.linalg.norm(Q):.6g} Å" in chosen
    assert "strain" not in words(str(unknowns(result, None)))


def test_numbers_are_rounded_by_their_deviation() -> None:
    assert mean_and_deviation(np.array([1.0, 3.0]), "+") == "+2.0 ± 1.0"
    assert mean_and_deviation(np.array([-0.012, 0.008]), "+") == "−0.002 ± 0.010"
    assert mean_and_deviation(np.array([2.355, 2.355])) == "2.355000 ± 0.000000"
    assert [rounded(v) for v in (0.1234, 8.01, 1.2, 1000.0, 0.0)] == [0.13, 8.1, 1.2, 1000.0, 1e-12]


def test_a_rough_volume_makes_no_heavy_page() -> None:
    rng = np.random.default_rng(0)
    shape = (60, 60, 60)
    fields = {name: rng.random(shape, dtype=np.float32) for name in ("amplitude", "phase", "displacement", "strain")}
    volume = ball(fields=fields | {"support": np.ones(shape, dtype=bool)})
    surface = isosurface(View.within(volume), lattice_rows(Crystal(volume)))
    assert len(inert_json(surface)) < 7_000_000


def broken(which: str) -> Volume:
    volume = ball()
    fields = dict(volume.fields)
    if which == "empty support":
        fields = {name: np.zeros_like(values) for name, values in fields.items()}
    elif which == "zero amplitude":
        fields["amplitude"] = np.zeros_like(fields["amplitude"])
    elif which == "no strain known":
        fields["strain"] = np.full_like(fields["strain"], np.nan)
        fields["displacement_std"] = fields["strain"]
    else:
        fields = {name: np.where(fields["support"], 1, np.nan) for name in fields} | {"support": fields["support"]}
    return replace(volume, fields=fields)


@pytest.mark.usefixtures("unpainted")
@pytest.mark.parametrize("which", ["empty support", "zero amplitude", "no strain known", "all the same"])
def test_a_page_is_written_for_every_broken_volume(tmp_path: Path, result: Result, which: str) -> None:
    assert "What this result does not know" in text_of(tmp_path, result, broken(which))
    write_figures(tmp_path, result, broken(which))
