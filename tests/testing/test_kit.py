"""The kit itself: what it reports, and what it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Literal

import pytest
import torch
from pydantic import Field
from torch import Tensor

from phasekit import Between, InputError, Iterative, Problem, Schedule, State
from phasekit.core.registry import Registry
from phasekit.testing import (
    check_file,
    check_plugin,
    checks_for,
    kit,
    parametrize_with_checks,
)
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


class Noisy(Iterative):
    """Multiplies by a number."""

    name: Literal["noisy"] = "noisy"
    beta: Annotated[Schedule | float, Between(0, 1)] = Field(0.9, description="A number.")

    moves_truth = "it is no solver at all"

    def step(self, problem: Problem, state: State) -> Tensor:
        return state.object * torch.nan


@pytest.fixture
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the plugins of these files out of what other tests find."""
    own = Registry()
    monkeypatch.setattr(kit, "registry", lambda: own)


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
def test_a_file_is_checked_class_by_class(tmp_path: Path) -> None:
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
def test_a_file_that_cannot_be_checked_is_refused_with_the_reason(tmp_path: Path, text: str | None, words: str) -> None:
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
        "from phasekit.testing import check_plugin\nfrom phasekit.core.chain import Constant\n"
        "assert {o.status for o in check_plugin(Constant())} == {'passed'}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
