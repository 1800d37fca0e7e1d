"""`phasekit reproduce` says what differs and whether that matters, in words, as JSON and by its exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from phasekit.runs.difference import Deviation
from phasekit.runs.reproduction import Reproduction

from ..conftest import Said

SAME = Deviation({"seed": 0}, True)
NEAR = Deviation({"seed": 1}, False, relative=1e-6, agreement=1.0)
FAR = Deviation({"seed": 2}, False, relative=0.5, agreement=0.2)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have it find these deviations."""

    def find(*deviations: Deviation) -> None:
        def reproduce(folder: Path, out: Path | None) -> Reproduction:
            return Reproduction(folder, "solve", deviations, "chi2", notes=("made [elsewhere]",), out=out)

        monkeypatch.setattr("phasekit.runs.reproduce.reproduce", reproduce)

    return find


@pytest.mark.parametrize(
    ("deviations", "verdict", "code"),
    [((SAME,), "identical", 0), ((SAME, NEAR), "within tolerance", 0), ((SAME, NEAR, FAR), "different", 1)],
)
def test_the_verdict_ends_what_is_said_and_is_the_exit_code(
    found: Callable[..., None], call: Callable[..., Said], deviations: tuple[Deviation, ...], verdict: str, code: int
) -> None:
    found(*deviations)
    said = call("reproduce", "folder")
    assert said.code == code
    lines = said.out.splitlines()
    assert lines[0] == "note: made [elsewhere]"
    assert lines[-1].startswith(f"{verdict}: ")
    assert len(lines) == 1 + len(deviations)  # what is identical has no line, the summary has one


def test_json_is_the_same_to_a_program(found: Callable[..., None], call: Callable[..., Said], tmp_path: Path) -> None:
    found(SAME, FAR)
    said = call("reproduce", "folder", "--json", "--out", tmp_path / "again")
    told = json.loads(said.out)
    assert (said.code, told["verdict"], told["out"]) == (1, "different", str(tmp_path / "again"))
    assert [one["verdict"] for one in told["deviations"]] == ["identical", "different"]


def test_an_interrupt_compares_nothing(monkeypatch: pytest.MonkeyPatch, call: Callable[..., Said]) -> None:
    def interrupted(*words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("phasekit.runs.reproduce.reproduce", interrupted)
    said = call("reproduce", "folder")
    assert (said.code, said.out) == (1, "")
    assert "interrupted; nothing was compared" in said.err
