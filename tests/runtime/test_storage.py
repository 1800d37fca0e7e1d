"""Files appear whole or not at all, and give back what was stored to the bit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from phasekit import State
from phasekit.core.chain import ChainState
from phasekit.core.result import MetricsRow
from phasekit.runtime import storage


@dataclass(frozen=True, eq=False)
class Box:
    """One of everything."""

    content: Any = None
    more: Mapping[str, Any] = field(default_factory=dict)


def _back(tmp_path: Path, value: Any) -> Any:
    storage.save(tmp_path / "x.h5", Box(value))
    types = {t.__name__: t for t in (Box, State, ChainState, MetricsRow)}
    return storage.restore(tmp_path / "x.h5", types).content


@pytest.mark.parametrize(
    "value",
    [None, True, False, 0, -(2**62), 1.5, math.pi, 5e-324, math.inf, "", "é/日本", (), (1, (2.0, "x"), None)],
)
def test_plain_values_come_back_with_their_type(tmp_path: Path, value: Any) -> None:
    found = _back(tmp_path, value)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("value", [np.float64(0.1), np.float32(2) * 1.0])
def test_numbers_of_numpy_come_back_as_numbers(tmp_path: Path, value: Any) -> None:
    assert _back(tmp_path, float(value) if not isinstance(value, float) else value) == float(value)


@pytest.mark.parametrize(
    "tensor",
    [
        torch.tensor(3.5),
        torch.zeros(0, 4),
        torch.randn(3, 4, dtype=torch.complex64),
        torch.randn(3, 4, dtype=torch.complex128).conj(),
        torch.randn(3, 4, dtype=torch.complex64).conj().imag,
        torch.randn(4, 3).T,
        torch.tensor([True, False]),
        torch.arange(5),
        torch.tensor([math.nan, math.inf, -0.0]),
    ],
)
def test_tensors_come_back_to_the_bit(tmp_path: Path, tensor: Tensor) -> None:
    found = _back(tmp_path, tensor)
    assert found.dtype == tensor.dtype
    assert found.shape == tensor.shape
    np.testing.assert_array_equal(found.numpy(), tensor.resolve_conj().resolve_neg().numpy())


def test_mappings_keep_their_order_and_any_key(tmp_path: Path) -> None:
    value = {"b/c": 1, "a": torch.ones(2), "10": "x", "9": None, **{f"k{i}": i for i in range(20, 0, -1)}}
    found = _back(tmp_path, value)
    assert list(found) == list(value)
    assert found["b/c"] == 1


def test_a_state_within_a_state_comes_back_whole(tmp_path: Path) -> None:
    inner = State(torch.randn(2, 3, 3, dtype=torch.complex64), torch.rand(2, 3, 3) > 0.5, (4, 2), span=(1, 3))
    outer = ChainState(
        inner.object,
        inner.support,
        (4, 2),
        step=7,
        place=(0, 1),
        nuisance={"scale": torch.rand(2)},
        turn=2,
        inner=ChainState(inner.object, inner.support, (4, 2), turn=1, inner=inner),
    )
    found = _back(tmp_path, outer)
    assert type(found.inner.inner) is State
    assert (found.step, found.place, found.turn, found.inner.turn, found.inner.inner.span) == (7, (0, 1), 2, 1, (1, 3))
    assert found.active is None
    assert torch.equal(found.nuisance["scale"], outer.nuisance["scale"])
    assert torch.equal(found.inner.inner.object, inner.object)


def test_a_long_history_comes_back_to_the_bit_and_is_small(tmp_path: Path) -> None:
    rows = tuple(MetricsRow(i, j, j / 3, {"b/c": i / 7, "a": math.nan}) for i in range(50) for j in range(40))
    found = _back(tmp_path, rows)
    assert str(found) == str(rows)
    assert (tmp_path / "x.h5").stat().st_size < 300_000


def test_what_cannot_be_stored_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="a set cannot be stored"):
        storage.save(tmp_path / "x.h5", Box({1, 2}))
    assert list(tmp_path.iterdir()) == []


def test_a_crash_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    storage.save(path, Box(torch.ones(3)))
    before = path.read_bytes()

    class Bad(Tensor):
        """Raises in the middle of the file."""

        def detach(self) -> Tensor:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        storage.save(path, Box((torch.zeros(1000), torch.zeros(2).as_subclass(Bad))))
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["x.h5"]


def test_a_crash_while_writing_text_leaves_the_old_text(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    storage.write_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        storage.write_text(path, "new \ud800")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["run.json"]


def test_the_new_file_is_complete_before_it_has_its_name(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    with storage.appearing(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
