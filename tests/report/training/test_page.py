"""The page that a training leaves is whole, and says what the weights do not know."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from phasekit.report.html.templates import sentence
from phasekit.report.training import write_training_report
from phasekit.report.training.page import doubts, training_facts
from phasekit.training.figures import label
from phasekit.training.train import Trained

from ... import toys
from ..page_text import Page
from ..results import EVIL

INFO = {"name": "toy <1>", "status": "done", "threads": 2}


@pytest.fixture(scope="module")
def trained() -> Trained:
    return toys.trained()


def page_of(folder: Path, trained: Trained, recipe: str = "task: train # <b>\n") -> Page:
    write_training_report(folder / "report.html", trained, INFO, recipe)
    return Page.read(folder / "report.html")


def warnings(trained: Trained) -> str:
    facts = training_facts(trained)
    return " ".join(sentence("training/headline.html", "warning", doubt, facts) for doubt in doubts(trained))


def with_figures(trained: Trained, **figures: float) -> Trained:
    about = {**trained.weights.about, "figures": {**trained.weights.about["figures"], **figures}}
    return replace(trained, weights=replace(trained.weights, about=about))


def test_every_figure_stands_beside_what_it_is_read_by(trained: Trained, tmp_path: Path) -> None:
    text = page_of(tmp_path, trained).text
    figures = trained.weights.about["figures"]
    for name, word, by in (
        ("validation_loss", "floor", "floor"),
        ("object_error", "flat phase", "flat_phase_error"),
        ("phase_error", "flat phase", "flat_phase_phase_error"),
    ):
        assert f"{label(name)} ({word}: {figures[by]:.3g}) {figures[name]:.3g}" in text


def test_curves_hold_every_epoch_and_their_yardsticks(trained: Trained, tmp_path: Path) -> None:
    charts = page_of(tmp_path, trained).charts
    assert set(charts) == {"loss", "object-error", "phase-error", "residual", "rate"}
    lines = {trace["name"]: trace for trace in charts["loss"]["data"]}
    assert set(lines) == {"loss", "validation loss", "floor"}
    losses = [point.figures["validation_loss"] for point in trained.points]
    assert lines["validation loss"]["y"] == pytest.approx(losses, rel=1e-3)
    assert lines["validation loss"]["x"] == [1, 2]
    assert lines["floor"]["line"]["dash"] == "dash"


def test_the_page_says_what_the_weights_do_not_know(trained: Trained, tmp_path: Path) -> None:
    text = page_of(tmp_path, trained).text
    for words in ("Object or twin.", "Other objects.", "Spread over seeds.", "did not simulate: photons, gaps"):
        assert words in text


def test_the_page_is_whole_and_fetches_nothing(trained: Trained, tmp_path: Path) -> None:
    page = page_of(tmp_path, trained)
    places = {attributes.get("id") for _, attributes in page.tags}
    anchors = [str(attributes["href"]) for tag, attributes in page.tags if tag == "a"]
    sources = [str(attributes[key]) for _, attributes in page.tags for key in ("src", "srcset") if key in attributes]
    assert all(anchor[0] == "#" and anchor[1:] in places for anchor in anchors)
    assert sources
    assert all(source.startswith("data:image/webp") for source in sources)
    assert page.texts("h1") == ["toy <1>"]
    assert "task: train # <b>" in page.text


@pytest.mark.usefixtures("unpainted")
def test_no_text_from_outside_becomes_markup(trained: Trained, tmp_path: Path) -> None:
    kinds = []
    for word in ("word", EVIL):
        evil = with_figures(trained, **{word: 1.0})
        evil = replace(evil, points=tuple(replace(p, figures={**p.figures, word: 1.0}) for p in trained.points))
        kinds.append([tag for tag, _ in page_of(tmp_path, evil, word).tags])
    assert kinds[0] == kinds[1]


def test_a_training_cut_off_before_its_first_epoch_says_so(trained: Trained, tmp_path: Path) -> None:
    about = {**trained.weights.about, "figures": {}, "epoch": 0}
    early = replace(trained, points=(), finished=False, weights=replace(trained.weights, about=about))
    text = page_of(tmp_path, early).text
    assert "No epoch is finished" in text
    assert "--resume" in text


def test_a_network_no_better_than_a_flat_phase_is_called_that(trained: Trained) -> None:
    bad = with_figures(trained, object_error=0.5, flat_phase_error=0.2, twin_mixture_error=0.1)
    assert "the network has not learnt the phase" in warnings(bad)
    mixing = with_figures(trained, object_error=0.5, flat_phase_error=0.6, twin_mixture_error=0.4)
    assert "The mean of object and twin would have a lower error" in warnings(mixing)
    assert "the network has not learnt the phase" not in warnings(mixing)


def test_weights_that_were_best_before_the_end_are_called_that(trained: Trained) -> None:
    weights = replace(trained.weights, about={**trained.weights.about, "epoch": 1})
    assert "lowest after epoch 1 of 2" in warnings(replace(trained, weights=weights))


def test_a_gate_set_by_few_samples_is_doubted(trained: Trained) -> None:
    assert "was calibrated with 6 validation samples" in warnings(trained)


@pytest.mark.usefixtures("unpainted")
def test_objects_in_two_dimensions_are_not_cut(trained: Trained, tmp_path: Path) -> None:
    assert "cut through the middle" in page_of(tmp_path, trained).text
    flat = torch.ones(1, 8, 8, dtype=torch.complex64)
    text = page_of(tmp_path, replace(trained, truth=flat, answers=flat, errors=torch.zeros(1))).text
    assert "cut through the middle" not in text
