"""The page that a training leaves."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
import torch

from phasekit.report.training import write_training_report
from phasekit.training.train import Trained

from .. import toys

INFO = {"name": "toy <1>", "status": "done", "threads": 2}


@pytest.fixture(scope="module")
def trained() -> Trained:
    return toys.trained()


def page(path: Path, trained: Trained) -> str:
    write_training_report(path / "report.html", trained, INFO, "task: train # <b>\n")
    return (path / "report.html").read_text(encoding="utf-8")


def charts(text: str) -> dict[str, dict]:
    found = re.findall(r'<script type="application/json" data-chart="([^"]+)">(.*?)</script>', text, re.S)
    return {name: json.loads(spec) for name, spec in found}


def test_every_figure_stands_beside_what_it_is_read_by(trained, tmp_path) -> None:
    text = page(tmp_path, trained)
    figures = trained.weights.about["figures"]
    for name, word, by in (
        ("validation loss", "floor", "floor"),
        ("object error", "flat phase", "flat-phase error"),
        ("phase error", "flat phase", "flat phase&#x27;s phase error"),
    ):
        beside = figures[by.replace("&#x27;", "'")]
        assert f"<dt>{name} ({word}: {beside:.3g})</dt><dd>{figures[name]:.3g}</dd>" in text


def test_curves_hold_every_epoch_and_their_yardsticks(trained, tmp_path) -> None:
    drawn = charts(page(tmp_path, trained))
    assert set(drawn) == {"loss", "object-error", "phase-error", "residual", "rate"}
    lines = {trace["name"]: trace for trace in drawn["loss"]["data"]}
    assert set(lines) == {"loss", "validation loss", "floor"}
    told = [point.figures["validation loss"] for point in trained.points]
    assert lines["validation loss"]["y"] == pytest.approx(told, rel=1e-3)
    assert lines["validation loss"]["x"] == [1, 2]
    assert lines["floor"]["line"]["dash"] == "dash"


def test_the_page_says_what_the_weights_do_not_know(trained, tmp_path) -> None:
    text = page(tmp_path, trained)
    for words in ("Object or twin.", "Other objects.", "Spread over seeds.", "Not simulated: photons, gaps"):
        assert words in text


def test_the_page_is_whole_and_fetches_nothing(trained, tmp_path) -> None:
    text = page(tmp_path, trained)
    anchors: list[str] = []
    sources: list[str] = []
    places: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            told = dict(attrs)
            places.add(told.get("id") or "")
            anchors.extend([told["href"]] if tag == "a" else [])
            sources.extend(told[key] for key in ("src", "srcset") if key in told)

    Reader().feed(text)
    assert all(anchor[0] == "#" and anchor[1:] in places for anchor in anchors)
    assert sources
    assert all(source.startswith("data:image/webp") for source in sources)
    assert "toy &lt;1&gt;" in text
    assert "task: train # &lt;b&gt;" in text


def test_a_training_cut_off_before_its_first_epoch_says_so(trained, tmp_path) -> None:
    about = {**trained.weights.about, "figures": {}, "epoch": 0}
    early = replace(trained, points=(), finished=False, weights=replace(trained.weights, about=about))
    text = page(tmp_path, early)
    assert "Not one epoch is done" in text
    assert "--resume" in text


def test_a_network_no_better_than_a_flat_phase_is_called_that(trained, tmp_path) -> None:
    figures = {**trained.weights.about["figures"], "object error": 0.5, "flat-phase error": 0.2}
    weights = replace(trained.weights, about={**trained.weights.about, "figures": figures})
    assert "it has not learnt the phase" in page(tmp_path, replace(trained, weights=weights))


def test_weights_that_were_best_before_the_end_are_told(trained, tmp_path) -> None:
    weights = replace(trained.weights, about={**trained.weights.about, "epoch": 1})
    assert "lowest after epoch 1 of 2" in page(tmp_path, replace(trained, weights=weights))


def test_objects_in_two_dimensions_and_with_phases_all_around_are_shown(trained, tmp_path) -> None:
    phase = torch.linspace(-3.1, 3.1, 64).reshape(1, 8, 8)
    flat = torch.polar(torch.ones_like(phase), phase)
    text = page(tmp_path, replace(trained, truth=flat, answers=flat, errors=torch.zeros(1)))
    assert "cut through the middle" not in text
