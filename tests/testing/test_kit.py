"""The kit itself: what it reports, what it needs, and the problem it offers."""

from __future__ import annotations

import random
import subprocess
import sys
from typing import Annotated, Literal

import pytest
import torch
from pydantic import Field, model_validator

from phasekit import Between, InputError, Iterative, Schedule
from phasekit.core.chain import Chain
from phasekit.core.registry import Registry
from phasekit.testing import (
    check_file,
    check_plugin,
    checks_for,
    kit,
    parametrize_with_checks,
    reference_problem,
)
from phasekit.testing.draw import draw_options, ramped, shortened
from phasekit.testing.ramp import Ramp

FILE = '''
from typing import Literal
import torch
from pydantic import Field
from phasekit import Iterative, Schedule

class Slow(Iterative):
    """Error reduction at half speed."""

    name: Literal["slow"] = "slow"

    def step(self, problem, state):
        return 0.5 * (state.object + problem.project(state.object)) * state.support

class Broken(Schedule):
    """Raises."""

    name: Literal["broken-schedule"] = "broken-schedule"

    def at(self, step, steps):
        raise RuntimeError("no number today")

class Needy(Schedule):
    """Cannot be made without its option."""

    name: Literal["needy"] = "needy"
    level: float = Field(description="The level.")

    def at(self, step, steps):
        return self.level
'''


class Options(Schedule):
    """One option of each type."""

    name: Literal["options"] = "options"
    count: int = Field(100, ge=1, le=10**8, description="A number of things.")
    part: float = Field(0.5, gt=0, lt=1, description="A part.")
    size: float = Field(20.0, gt=0, description="A size.")
    free: float = Field(0.0, description="Any number.")
    maybe: float | None = Field(None, ge=2, le=3, description="A number or none.")
    pair: tuple[float, Annotated[int, Field(ge=4)]] = Field((0.0, 5), description="A pair.")
    word: Literal["one", "two"] = Field("one", description="A word.")
    switch: bool = Field(False, description="A switch.")
    slope: Annotated[Schedule | float, Between(-1, 2)] = Field(1.0, description="A bounded schedule.")
    low: float = Field(0.0, ge=0, le=1, description="Lower end.")
    high: float = Field(1.0, ge=0, le=1, description="Upper end.")

    @model_validator(mode="after")
    def _ordered(self):
        if self.low > self.high:
            raise ValueError("low is above high")
        return self

    def at(self, step, steps):
        return self.free


class Noisy(Iterative):
    """Multiplies by a number."""

    name: Literal["noisy"] = "noisy"
    beta: Annotated[Schedule | float, Between(0, 1)] = Field(0.9, description="A number.")

    moves_truth = "it is no solver at all"

    def step(self, problem, state):
        return state.object * torch.nan


@pytest.fixture
def _own_registry(monkeypatch):
    """Keep the plugins of these files out of what other tests find."""
    own = Registry()
    monkeypatch.setattr(kit, "registry", lambda: own)


def test_drawn_options_keep_their_bounds_and_fit_together() -> None:
    rng = random.Random(0)
    drawn = [draw_options(Options(), rng) for _ in range(200)]
    assert all(1 <= p.count <= 12 and 0 < p.part < 1 and p.size > 0 and p.low <= p.high for p in drawn)
    assert all(p.pair[1] >= 4 and -1 <= p.slope.at(0, 9) <= 2 and -1 <= p.slope.at(8, 9) <= 2 for p in drawn)
    assert {p.word for p in drawn} == {"one", "two"}
    assert {p.switch for p in drawn} == {True, False}
    assert {p.maybe is None for p in drawn} == {True, False}
    assert {isinstance(p.slope, Ramp) for p in drawn} == {True, False}
    assert len({p.free for p in drawn}) == len({p.size for p in drawn}) == 200


def test_the_same_seed_draws_the_same_options() -> None:
    assert draw_options(Options(), random.Random(3)) == draw_options(Options(), random.Random(3))


def test_plugins_inside_a_plugin_are_shortened_and_get_ramps_too() -> None:
    inner = ramped(shortened(Chain(solvers=(Noisy(), Chain(solvers=(Noisy(steps=3),)))), 5)).solvers
    assert inner[0].steps == 5
    assert inner[1].solvers[0].steps == 3
    assert isinstance(inner[0].beta, Ramp)
    assert isinstance(inner[1].solvers[0].beta, Ramp)


def test_each_outcome_says_what_happened_and_why() -> None:
    outcomes = {outcome.name: outcome for outcome in check_plugin(Noisy()) if outcome.device == "cpu"}
    assert outcomes["has_docstring"].status == "passed"
    assert outcomes["truth_of_clean_data_stays"].status == "waived"
    assert outcomes["truth_of_clean_data_stays"].reason == "it is no solver at all"
    assert outcomes["no_nan_from_extreme_data"].status == "failed"
    assert "object is not finite after step 1 on clean data" in outcomes["no_nan_from_extreme_data"].reason
    assert set(outcomes) == {law.__name__ for law in checks_for(Noisy())}


def test_every_law_has_a_docstring_and_a_name_of_its_own_within_its_kind() -> None:
    for kind, laws in kit.LAWS_OF.items():
        assert len({law.__name__ for law in laws}) == len(laws), kind
        assert all(law.__doc__ for law in laws), kind


@pytest.mark.usefixtures("_own_registry")
def test_a_file_is_checked_class_by_class(tmp_path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(FILE)
    outcomes = check_file(path)
    assert {o.plugin for o in outcomes} == {"slow", "broken-schedule", "needy"}
    assert [o for o in outcomes if o.plugin == "slow" and o.status == "failed"] == []
    broken = {o.name: o.reason for o in outcomes if o.plugin == "broken-schedule" and o.status == "failed"}
    assert broken["no_memory"] == "RuntimeError: no number today"
    (needy,) = [o for o in outcomes if o.plugin == "needy"]
    assert needy.status == "failed"
    assert "needs the option 'level'" in needy.reason


@pytest.mark.usefixtures("_own_registry")
@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "is not a file"), ("1 / 0", "ZeroDivisionError"), ("x = 1", "defines no plugin class")],
)
def test_a_file_that_cannot_be_checked_is_refused_with_the_reason(tmp_path, text, words) -> None:
    path = tmp_path / "mine.py"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=words):
        check_file(path)


def test_a_case_per_plugin_law_and_device_is_given_to_pytest() -> None:
    mark = parametrize_with_checks([Ramp(), Noisy()]).mark
    names = [str(case) for case in mark.args[1]]
    assert mark.args[0] == "check"
    assert "ramp-no_memory-cpu" in names
    assert "noisy-resuming_ends_the_same-cpu" in names
    assert len(set(names)) == len(names)


def test_a_broken_law_is_a_failure_with_its_sentence() -> None:
    cases = {str(case): case for case in parametrize_with_checks([Noisy()]).mark.args[1]}
    with pytest.raises(pytest.fail.Exception, match="object is not finite after step 1"):
        cases["noisy-no_nan_from_extreme_data-cpu"]()


def test_a_waived_law_is_a_skip_with_its_reason() -> None:
    cases = {str(case): case for case in parametrize_with_checks([Noisy()]).mark.args[1]}
    with pytest.raises(pytest.skip.Exception, match="it is no solver at all"):
        cases["noisy-truth_of_clean_data_stays-cpu"]()


def test_the_kit_works_where_pytest_and_hypothesis_are_not_installed() -> None:
    code = (
        "import sys; sys.modules['pytest'] = sys.modules['hypothesis'] = None\n"
        "from phasekit.testing import check_plugin\nfrom phasekit import Constant\n"
        "assert {o.status for o in check_plugin(Constant())} == {'passed'}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("shape", [(12, 10, 8), (9, 11), (8, 8, 13)])
def test_the_reference_problem_has_its_truth_in_the_half_box_and_exact_data(shape) -> None:
    problem = reference_problem(shape)
    truth = problem.truth
    assert torch.equal(truth != 0, (truth != 0) & problem.support)
    wave = torch.fft.ifftn(truth.to(torch.complex128), norm="ortho")
    assert torch.allclose(wave.abs(), problem.amplitude.double(), rtol=1e-4, atol=1e-3)
    assert float(problem.intensity.sum()) == pytest.approx(1e6, rel=1e-4)
    assert float(truth[truth != 0].angle().std()) > 0.1


def test_the_reference_problem_has_whole_counts_of_about_the_photons_asked_for() -> None:
    counts = reference_problem(photons=1e4).intensity
    assert torch.equal(counts, counts.round())
    assert float(counts.sum()) == pytest.approx(1e4, abs=500)
    assert not torch.equal(counts, reference_problem(photons=1e4, seed=1).intensity)
    assert torch.equal(counts, reference_problem(photons=1e4).intensity)


def test_the_reference_problem_is_not_its_own_twin() -> None:
    truth = reference_problem().truth
    other = torch.roll(truth.flip((0, 1, 2)), (1, 1, 1), (0, 1, 2)).conj().abs()
    best = max(
        float((torch.roll(other, (i, j, k), (0, 1, 2)) * truth.abs()).sum())
        for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)
    )  # fmt: skip
    assert best < 0.995 * float(truth.abs().square().sum())


def test_a_shape_that_is_too_small_is_refused() -> None:
    with pytest.raises(InputError, match="at least 8 voxels"):
        reference_problem((4, 4))
