from __future__ import annotations

from typing import Any

import pytest

from phasekit import Schedule

from .prior import deep_prior


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"gate": {"name": "hio", "steps": 5}}, "gate must be a one-step solver"),
        ({"gate_between": (0.9, 0.3)}, "down to 0.3"),
        ({"begin": "object", "fit_steps": 2, "box": "estimated"}, "could cut the object"),
        ({"nuisance": ["centre", "centre"]}, "names one twice"),
        ({"begin": "object"}, "leaves none of the 8 steps"),
        ({"losses": [{"name": "chi2", "weight": 0}]}, "something to minimise"),
        ({"losses": []}, "something to minimise"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        deep_prior(**options)


@pytest.mark.parametrize("begun", [{"weights": "superellipsoid-32"}, {"begin": "object"}])
def test_who_begins_from_something_adds_no_noise_and_sees_all_data_by_default(begun: dict[str, Any]) -> None:
    def at_first(**options: Any) -> tuple[float, float]:
        solver = deep_prior(steps=1000, **options)
        assert isinstance(solver.noise, Schedule)
        return solver.noise.at(0, 1000), solver.coarse_first

    assert min(at_first()) > 0
    assert at_first(**begun) == (0, 0)
    assert at_first(**begun, noise=0.5, coarse_first=0.1) == (0.5, 0.1)
