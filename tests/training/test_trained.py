"""A network is read and built once for each content, device and dtype; a damaged novelty detector is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import torch

from phasekit import InputError, Network
from phasekit.training import trained
from phasekit.training.novelty import Novelty, feature_names
from phasekit.training.trained import file_hash, trained_network
from phasekit.training.weights import Weights

DETECTOR, BOX = (9, 11), (4, 5)
CPU = torch.device("cpu")


def write(path: Path, seed: int = 5, **about: Any) -> Path:
    network = Network.resolve({"name": "paper", "channels": [3, 4]})
    Weights(network, DETECTOR, BOX, network.drawn(DETECTOR, BOX, seed).state_dict(), about).save(path)
    return path


def test_the_network_answers_as_the_one_that_was_saved_and_is_not_to_be_trained(tmp_path: Path) -> None:
    path = write(tmp_path / "w.safetensors")
    found = trained_network(path, CPU, torch.float32)
    x = torch.rand((1, 1, *DETECTOR), generator=torch.Generator().manual_seed(0))
    assert torch.equal(found.module(x), found.weights.network.drawn(DETECTOR, BOX, 5).eval()(x))
    assert not any(parameter.requires_grad for parameter in found.module.parameters())
    assert found.novelty is None


def test_it_is_built_once_for_each_content_and_dtype(tmp_path: Path) -> None:
    path = write(tmp_path / "w.safetensors")
    first = trained_network(path, CPU, torch.float32)
    (tmp_path / "copy.safetensors").write_bytes(path.read_bytes())
    assert trained_network(tmp_path / "copy.safetensors", CPU, torch.float32) is first
    double = trained_network(path, CPU, torch.float64)
    assert {parameter.dtype for parameter in double.module.parameters()} == {torch.float64}
    write(path, seed=6)
    assert trained_network(path, CPU, torch.float32) is not first


def test_the_one_that_was_asked_for_longest_ago_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trained, "KEPT", 2)
    paths = [write(tmp_path / f"{seed}.safetensors", seed) for seed in range(3)]
    first, second = (trained_network(path, CPU, torch.float32) for path in paths[:2])
    assert trained_network(paths[0], CPU, torch.float32) is first
    trained_network(paths[2], CPU, torch.float32)
    assert trained_network(paths[0], CPU, torch.float32) is first
    assert trained_network(paths[1], CPU, torch.float32) is not second


def test_a_novelty_detector_comes_back_and_one_of_other_features_is_refused(tmp_path: Path) -> None:
    rng = torch.Generator().manual_seed(0)
    detectors = {
        width: Novelty.of(torch.randn(200, width, dtype=torch.float64, generator=rng))
        for width in (len(feature_names()), 2)
    }
    fits, other = (
        write(tmp_path / f"{width}.safetensors", gate=detector.plain()) for width, detector in detectors.items()
    )
    found = trained_network(fits, CPU, torch.float32).novelty
    assert found is not None
    with pytest.warns(DeprecationWarning, match="write novelty"):
        assert trained_network(fits, CPU, torch.float32).gate is found
    torch.testing.assert_close(found.middle.double(), detectors[len(feature_names())].middle.double())
    with pytest.raises(InputError, match="has 2 features, but this version of phasekit has"):
        trained_network(other, CPU, torch.float32)


def test_the_hash_is_that_of_the_content_now(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for content in (b"one", b"another"):
        path.write_bytes(content)
        assert file_hash(path) == hashlib.sha256(content).hexdigest()
    assert file_hash(tmp_path / "gone") == ""
