"""Weights come back to the bit with the network they are for; any other file is refused with what is wrong."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor

from phasekit import InputError, Network
from phasekit.training.weights import Weights

DETECTOR, BOX = (9, 11), (4, 5)
HEADER = {
    "network": json.dumps({"name": "paper", "channels": [3, 4]}),
    "detector": json.dumps(DETECTOR),
    "box": json.dumps(BOX),
}


def _network(**options: Any) -> Network:
    return Network.resolve({"name": "paper", "channels": [3, 4], **options})


def _weights(**about: Any) -> Weights:
    return Weights(_network(), DETECTOR, BOX, _network().drawn(DETECTOR, BOX, 5).state_dict(), about)


def _file(path: Path, header: dict[str, str] | None = HEADER, **changed: Tensor | None) -> Path:
    """Write a safetensors file with weights, all of them or some changed or, where None, left out."""
    tensors = {name.replace(".", "__"): value for name, value in _weights().tensors.items()} | changed
    kept = {name.replace("__", "."): value for name, value in tensors.items() if value is not None}
    safetensors.torch.save_file(kept, path, header)
    return path


def test_weights_come_back_to_the_bit_with_all_that_is_known_of_them(tmp_path: Path) -> None:
    weights = _weights(steps=7, loss=2e-6, trained_on=["superellipsoid"])
    weights.save(tmp_path / "w.safetensors")
    found = Weights.load(tmp_path / "w.safetensors")
    assert (found.network, found.detector, found.box, found.about) == (_network(), DETECTOR, BOX, weights.about)
    assert set(found.tensors) == set(weights.tensors)
    assert all(torch.equal(found.tensors[name], value) for name, value in weights.tensors.items())
    assert [path.name for path in tmp_path.iterdir()] == ["w.safetensors"]


def test_a_network_with_weights_read_back_gives_the_object_that_it_gave(tmp_path: Path) -> None:
    _weights().save(tmp_path / "w.safetensors")
    found = Weights.load(tmp_path / "w.safetensors")
    again = found.network.drawn(found.detector, found.box, 0)
    again.load_state_dict(dict(found.tensors))
    x = torch.rand((1, 1, *DETECTOR), generator=torch.Generator().manual_seed(0))
    assert torch.equal(again(x), _network().drawn(DETECTOR, BOX, 5)(x))


def test_weights_that_are_views_or_want_a_gradient_are_written_too(tmp_path: Path) -> None:
    plain = _weights()
    odd = {name: value.clone().unsqueeze(0).transpose(0, -1).transpose(0, -1)[0].requires_grad_() for name, value in
           plain.tensors.items()}  # fmt: skip
    Weights(plain.network, DETECTOR, BOX, odd).save(tmp_path / "w.safetensors")
    found = Weights.load(tmp_path / "w.safetensors").tensors
    assert all(torch.equal(found[name], value) for name, value in plain.tensors.items())
    assert not any(value.requires_grad for value in found.values())


def test_weights_for_the_same_network_and_shapes_fit() -> None:
    assert _weights().misfit(_network(), DETECTOR, BOX) is None


@pytest.mark.parametrize(
    ("network", "detector", "box", "words"),
    [
        (_network(channels=[3, 5]), DETECTOR, BOX, ["channels [3, 4], not [3, 5]"]),
        (_network(output="sigmoid"), DETECTOR, BOX, ["output", "not sigmoid"]),
        (Network.resolve("decoder"), DETECTOR, BOX, ["name paper, not decoder", "channels"]),
        (_network(), (9, 12), BOX, ["data of shape 9 × 11, not 9 × 12"]),
        (_network(), DETECTOR, (4, 4), ["a box of 4 × 5, not 4 × 4"]),
        (_network(channels=[5, 5]), (9, 11, 8), (4, 5, 4), ["channels", "data of shape", "a box of"]),
    ],
)
def test_what_differs_from_the_network_that_is_wanted_is_named(
    network: Network, detector: tuple[int, ...], box: tuple[int, ...], words: list[str]
) -> None:
    sentence = _weights().misfit(network, detector, box) or ""
    assert [word for word in words if word not in sentence] == []
    assert "other weights" in sentence


@pytest.mark.parametrize("part", [0, 1, 7, 8, 100, 0.5, 0.999])
def test_part_of_a_file_is_refused(tmp_path: Path, part: int | float) -> None:
    path = _file(tmp_path / "w.safetensors")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole)) if isinstance(part, float) else part])
    with pytest.raises(InputError, match="not a complete safetensors file"):
        Weights.load(path)


def test_a_pickle_is_refused_and_not_unpacked(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
            return (os.mkdir, (str(tmp_path / "unpacked"),))

    torch.save({"weight": torch.ones(3), "trap": Trap()}, tmp_path / "w.pt")
    with pytest.raises(InputError, match="never from pickles"):
        Weights.load(tmp_path / "w.pt")
    assert not (tmp_path / "unpacked").exists()


def test_a_path_without_a_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no weights file at"):
        Weights.load(tmp_path / "w.safetensors")
    with pytest.raises(InputError, match=re.escape(str(tmp_path))):
        Weights.load(tmp_path)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (None, "lacks box, detector, network"),
        ({key: value for key, value in HEADER.items() if key != "box"}, "lacks box"),
        (HEADER | {"network": json.dumps({"name": "unheard-of"})}, "not installed.*unheard-of"),
        (HEADER | {"network": json.dumps({"name": "paper", "channels": [3, 4], "depth": 3})}, "no option 'depth'"),
        (HEADER | {"network": "paper, 3 and 4"}, "damaged header"),
        (HEADER | {"detector": "[9, 11"}, "damaged header"),
        (HEADER | {"box": "null"}, "damaged header"),
        (HEADER | {"box": '["a", "b"]'}, "damaged header"),
        (HEADER | {"detector": "[3, 3]"}, "is invalid: .*3 × 3"),
        (HEADER | {"about": "[]"}, "damaged header.*not a mapping"),
    ],
)
def test_a_safetensors_file_of_another_kind_is_refused_with_what_it_lacks(
    tmp_path: Path, header: dict[str, str] | None, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        Weights.load(_file(tmp_path / "w.safetensors", header))


def test_weights_that_are_not_those_of_the_network_that_they_name_are_refused_by_name(tmp_path: Path) -> None:
    name = next(iter(_weights().tensors))
    spoilt = _weights().tensors[name] * torch.nan
    cases = (
        (None, f"lacks {re.escape(name)}"),
        (torch.ones(2, 2), rf"{re.escape(name)} of shape \(2"),
        (spoilt, "not numbers"),
    )
    for changed, words in cases:
        with pytest.raises(InputError, match=words):
            Weights.load(_file(tmp_path / "w.safetensors", HEADER, **{name.replace(".", "__"): changed}))
    with pytest.raises(InputError, match="has extra, which the network 'paper' lacks"):
        Weights.load(_file(tmp_path / "w.safetensors", extra=torch.ones(1)))


def test_an_interrupt_while_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "w.safetensors"
    _weights().save(path)
    before, write = path.read_bytes(), Path.write_bytes

    def interrupted(temporary: Path, data: bytes) -> None:
        write(temporary, data[:100])
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _weights(steps=9).save(path)
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["w.safetensors"]


def test_a_process_killed_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    _weights().save(path)
    before = path.read_bytes()
    code = f"""
import os, signal
from pathlib import Path
from phasekit.training.weights import Weights

def killed(temporary, data):
    with open(temporary, "wb") as file:
        file.write(data)
    os.kill(os.getpid(), signal.SIGKILL)

Path.write_bytes = killed
weights = Weights.load({str(path)!r})
Weights(weights.network, weights.detector, weights.box, weights.tensors, {{"steps": 9}}).save({str(path)!r})
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    assert path.read_bytes() == before
    assert Weights.load(path).about == {}
