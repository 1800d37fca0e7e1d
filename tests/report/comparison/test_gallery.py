"""All objects are shown in one frame, and compared with the truth where it is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from phasekit.comparing.comparison import Comparison
from phasekit.report.comparison.gallery import TRUTH, Gallery
from phasekit.report.figures.ink import LIGHT

from .contestants import EVIL, ensemble_of, worked


def test_all_objects_are_shown_in_one_frame(compared: Comparison) -> None:
    gallery = Gallery(compared, "problem")
    assert gallery.reference is not None
    frames = [(view.box, view.centre) for view in (gallery.reference, *gallery.views.values())]
    assert all(frame == frames[0] for frame in frames)
    assert list(gallery.drawings()) == [TRUTH, *(s for s in compared.ranking("problem") if s in ("er", EVIL))]


def test_without_a_truth_objects_are_compared_with_the_first_solvers(compared: Comparison) -> None:
    contest = compared.contest
    blind = replace(contest, problems={"problem": replace(contest.problems["problem"], truth=None)})
    gallery = Gallery(replace(compared, contest=blind), "problem")
    first = next(s for s in compared.ranking("problem") if s in ("er", EVIL))
    assert gallery.compared_with() == f"the best of {first}"
    assert TRUTH not in gallery.drawings()
    assert gallery.reference is not None
    np.testing.assert_array_equal(gallery.reference.object, gallery.views[first].object)


def test_there_are_slices_in_three_planes_and_spreads_of_all_that_did_not_fail(compared: Comparison) -> None:
    gallery = Gallery(compared, "problem")
    assert {len(strips) for strips in gallery.drawings().values()} == {3}
    assert {solver: count for solver, (count, _) in gallery.spreads().items()} == {
        entry.solver: ensemble_of(entry).count for entry in worked(compared)
    }
    assert set(gallery.surfaces()) == {"er", EVIL}
    assert gallery.best_seeds() == {entry.solver: ensemble_of(entry).seed for entry in worked(compared)}


def test_the_reference_differs_from_itself_nowhere(compared: Comparison) -> None:
    drawing = next(iter(Gallery(compared, "problem").drawings()[TRUTH].values()))
    panels = [axes for axes in drawing.paint(LIGHT).axes if axes.images]
    for axes in panels[2:]:
        values = axes.images[0].get_array()
        assert values is not None
        assert np.abs(np.ma.filled(values, 0.0)).max() < 1e-5
