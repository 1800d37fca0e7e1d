from __future__ import annotations

from typing import get_args

import pytest

from phasekit import Schedule
from phasekit_plugins.solvers.deep_prior.options import DeepPriorOptions
from phasekit_plugins.solvers.deep_prior.protocols import PROTOCOLS
from phasekit_plugins.solvers.deep_prior.solver import DeepPrior


def test_the_papers_protocol_fills_in_its_options() -> None:
    solver = DeepPrior.model_validate({"protocol": "paper", "steps": 400})
    assert solver.network.name == "paper"
    assert solver.optimiser == "adam-sgd"
    assert solver.steps == 400
    weight, rate = solver.losses[0].weight, solver.rate
    assert isinstance(weight, Schedule)
    assert isinstance(rate, Schedule)
    assert weight.at(0, 400) == pytest.approx(1e4)
    assert weight.at(399, 400) == pytest.approx(1)
    assert rate.at(200, 400) == pytest.approx(0.006 * 0.95)


def test_every_protocol_is_one_that_the_option_offers_and_names_options_alone() -> None:
    assert sorted(get_args(DeepPriorOptions.model_fields["protocol"].annotation)) == sorted(PROTOCOLS)
    for options in PROTOCOLS.values():
        assert options.keys() <= DeepPriorOptions.model_fields.keys()
