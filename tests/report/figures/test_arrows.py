"""Arrows point where they say, outside of the crystal."""

from __future__ import annotations

import numpy as np

from phasekit.report.figures.arrows import HEAD, arrows, arrows_of

from ..volumes import Q, ball


def test_arrows_point_along_their_vectors_outside_the_crystal() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(500, 3))
    points *= 50 / np.linalg.norm(points, axis=1, keepdims=True)
    vectors = {"k_i, beam": np.array([0.0, 0, 9]), "k_f": np.array([3.0, 0, 4]), "q": np.array([-5.0, 1, 1])}
    traces = arrows(points, vectors)
    for line, cone, vector in zip(traces[::2], traces[1::2], vectors.values(), strict=True):
        along = vector / np.linalg.norm(vector)
        ends = np.stack([line[letter][:2] for letter in "xyz"], axis=-1)
        np.testing.assert_allclose(ends - (ends @ along)[:, None] * along, 0, atol=1e-9)
        assert (ends[1] - ends[0]) @ along > 0
        head = np.array([cone[letter][0] for letter in "uvw"])
        np.testing.assert_allclose(head, HEAD * 50 * along, rtol=1e-3)
        assert np.linalg.norm(ends, axis=1).min() > 50
    assert traces[0]["z"][1] < 0  # the beam ends before the crystal
    assert traces[2]["z"][0] > 0  # what is scattered begins behind it


def test_only_directions_that_a_volume_knows_get_an_arrow() -> None:
    assert [*arrows_of(ball())] == ["k_i, incident beam", "k_f, scattered", "q = k_f − k_i"]
    assert [*arrows_of(ball(k_i=None, k_f=None))] == ["q = k_f − k_i"]
    np.testing.assert_array_equal(arrows_of(ball())["q = k_f − k_i"], Q)
    assert arrows_of(None) == {}
