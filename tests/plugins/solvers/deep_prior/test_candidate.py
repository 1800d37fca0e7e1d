from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from phasekit_plugins.solvers.deep_prior.candidate import Candidate


def candidate() -> Candidate:
    """Return a network of one parameter that nothing was noted of."""
    everywhere = torch.ones(4, 4, dtype=torch.bool)
    weight = torch.zeros(2, requires_grad=True)
    return Candidate(0, 0, {"w": weight}, {"w": torch.zeros(2)}, everywhere, everywhere, None, None)


def standing_at(one: Candidate, value: float) -> Candidate:
    """Set the parameter, as an optimiser would."""
    one.parameters["w"].data.fill_(value)
    return one


@pytest.mark.parametrize("noisy", [False, True])
def test_the_best_is_the_least_score_or_where_that_is_noisy_the_least_of_its_running_mean(noisy: bool) -> None:
    scores = 1 / np.arange(1, 101) + np.random.default_rng(0).uniform(0, 0.3, 100)
    means = [float(scores[0])]
    for score in scores[1:]:
        means.append(0.98 * means[-1] + 0.02 * float(score))
    judged = np.array(means if noisy else scores)
    one = candidate()
    for step, score in enumerate(scores):
        best = standing_at(one, step).note(float(score), step, noisy=noisy)
        assert best == (judged[step] < judged[:step].min(initial=math.inf))
    assert one.smoothed == pytest.approx(means[-1])
    assert one.score == pytest.approx(judged.min())
    assert one.best_step == judged.argmin()
    assert one.best["w"].tolist() == [judged.argmin()] * 2


def test_going_back_takes_the_best_weights_and_support_and_a_smaller_rate_three_times() -> None:
    one = candidate()
    standing_at(one, 5).note(1.0, 1, noisy=False)
    judged_by = one.support
    for setback in range(1, 5):
        one.support = torch.zeros(4, 4, dtype=torch.bool)
        standing_at(one, math.nan).parameters["w"].grad = torch.ones(2)
        one.go_back()
        assert one.parameters["w"].tolist() == [5, 5]
        assert one.parameters["w"].grad is None
        assert one.support is judged_by
        assert one.rate == pytest.approx(0.3**setback)
        assert one.stopped == (setback > 3)
    assert not one.failed


def test_who_never_had_a_score_has_failed_when_it_is_given_up() -> None:
    one = candidate()
    for _ in range(4):
        assert not one.failed
        one.go_back()
    assert one.failed


def test_under_another_support_any_score_is_the_best_so_far() -> None:
    one = candidate()
    one.note(1.0, 1, noisy=False)
    assert not one.note(2.0, 2, noisy=False)
    one.begin_anew(torch.zeros(4, 4, dtype=torch.bool))
    assert one.note(2.0, 3, noisy=False)
    assert one.best_support is one.support
