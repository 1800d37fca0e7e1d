"""What cleaning leaves is found: noise below zero, and a centre about which a pattern is not symmetric."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from phasekit.doctor import Finding, examine
from phasekit.runtime import yaml_reader
from phasekit_plugins.sources.numpy_file import NumpyFile

from ..core.test_friedel import forward


def findings(path: Path, arrays: dict[str, np.ndarray], **options: Any) -> list[Finding]:
    np.savez(path / "data.npz", allow_pickle=False, **arrays)
    names = {name: name for name in arrays if name != "data"}
    source = NumpyFile.model_validate({"path": path / "data.npz", "dataset": "data", **names, **options})
    return list(examine(source.load(None, torch.Generator()), source.raw()).findings)


def noisy(sigma: float) -> np.ndarray:
    squares = sum((x - 24) ** 2 for x in np.indices((48, 48, 48)))
    counts = 5000 * np.exp(-squares / 20) + np.random.default_rng(0).normal(0, sigma, (48, 48, 48))
    return np.asarray(counts.astype(np.float32))


def written(advice: str) -> Any:
    """Return the step that an advice writes."""
    text = advice[advice.index("{") : advice.index("}") + 1]
    return yaml_reader.parse(text, "advice").data


@pytest.mark.parametrize("sigma", [2.0, 5.0])
def test_noise_below_zero_is_found_and_the_advice_ends_it(tmp_path: Path, sigma: float) -> None:
    (finding,) = [one for one in findings(tmp_path, {"data": noisy(sigma)}) if one.name == "negative-counts"]
    assert "of the trusted counts are negative, after a subtraction" in finding.figure
    step = written(finding.advice)
    after = findings(tmp_path, {"data": noisy(sigma)}, prepare=[step, "centre"])
    assert "negative-counts" not in [one.name for one in after]


def test_little_noise_is_no_finding(tmp_path: Path) -> None:
    assert "negative-counts" not in [one.name for one in findings(tmp_path, {"data": noisy(0.01)})]


@settings(deadline=None, max_examples=10)
@given(row=st.integers(43, 53), column=st.integers(43, 53), seed=st.integers(0, 9))
def test_a_beam_stop_that_no_mask_knows_is_found_and_the_advice_puts_it_right(
    tmp_path_factory: pytest.TempPathFactory, row: int, column: int, seed: int
) -> None:
    path = tmp_path_factory.mktemp("stop")
    counts = forward((96, 96), (row, column), seed)
    rows, columns = np.indices(counts.shape)
    counts[(rows - row - 1) ** 2 + (columns - column) ** 2 < 49] = 0
    (finding,) = [one for one in findings(path, {"data": counts}) if "is symmetric" in one.figure]
    assert finding.name == "off-centre"
    step = written(finding.advice)
    assert step == {"name": "centre", "at": [row, column]}
    source = NumpyFile.model_validate({"path": path / "data.npz", "dataset": "data", "prepare": [step]})
    assert source.load(None, torch.Generator()).origin == (row - 48, column - 48)
    assert not [one for one in findings(path, {"data": counts}, prepare=[step]) if "symmetric" in one.figure]


def test_a_beam_stop_with_its_mask_is_no_finding(tmp_path: Path) -> None:
    counts = forward((96, 96), (46, 51))
    rows, columns = np.indices(counts.shape)
    stop = np.asarray((rows - 46) ** 2 + (columns - 51) ** 2 < 49)
    counts[stop] = 0
    found = findings(tmp_path, {"data": counts, "valid": stop}, valid_means="bad")
    assert "off-centre" not in [one.name for one in found]


def test_a_pattern_that_is_not_symmetric_is_no_finding(tmp_path: Path) -> None:
    at = np.stack(np.meshgrid(*[(np.arange(96) - 48) / 96] * 2, indexing="ij"))
    object = (np.abs(at).max(axis=0) < 0.15) * np.exp(1j * (300 * at[0] ** 3 + 60 * at[1] ** 2 + 40 * at[0] * at[1]))
    counts = np.abs(np.fft.fftshift(np.fft.fft2(object))) ** 2
    counts = np.random.default_rng(0).poisson(1e5 * counts / counts.max()).astype(np.float32)
    assert not [one for one in findings(tmp_path, {"data": counts}) if "symmetric" in one.figure]
