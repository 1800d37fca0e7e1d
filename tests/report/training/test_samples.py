"""Validation objects and answers are drawn on one scale, which fits their phases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from phasekit.report.figures.ink import LIGHT
from phasekit.report.figures.slices import PHASE_COLOURS
from phasekit.report.training.samples import TITLES, phase_colours, phase_span, samples_drawing
from phasekit.training.train import Trained

from ... import toys


@pytest.fixture(scope="module")
def trained() -> Trained:
    return toys.trained(epochs=1)


def test_each_sample_has_a_row_of_four_images_and_a_bar(trained: Trained) -> None:
    two = replace(trained, truth=trained.truth[:2], answers=trained.answers[:2])
    axes = samples_drawing(two).paint(LIGHT).axes
    images = [axis for axis in axes if axis.images]
    assert len(axes) == 2 * 5
    assert [axis.get_title() for axis in images[:4]] == [*TITLES]
    assert images[2].images[0].norm.vmax == images[6].images[0].norm.vmax == phase_span(two.truth)


def test_colours_go_around_only_where_phases_do() -> None:
    phase = torch.linspace(-3.1, 3.1, 64).reshape(1, 8, 8)
    around = torch.polar(torch.ones_like(phase), phase)
    assert phase_span(around) == np.pi
    assert phase_colours(np.pi).name == PHASE_COLOURS
    weak = torch.polar(torch.ones_like(phase), phase / 10)
    assert phase_span(weak) == pytest.approx(0.31, rel=0.02)
    assert phase_colours(0.31).name != PHASE_COLOURS
    assert phase_span(torch.zeros(1, 8, 8, dtype=torch.complex64)) == 1.0


def test_the_mean_phase_of_the_truth_is_not_seen(trained: Trained) -> None:
    def phases(turn: complex) -> np.ndarray:
        turned = replace(trained, truth=trained.truth[:1] * turn, answers=trained.answers[:1] * turn)
        image = samples_drawing(turned).paint(LIGHT).axes[2].images[0].get_array()
        assert image is not None
        return np.ma.filled(image, 0.0)

    np.testing.assert_allclose(phases(1.0), phases(np.exp(1.2j)), atol=1e-4)
