"""The supervised network: what it answers, when others go on, what it refuses, what it is trained by."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import phasekit
from phasekit import InputError, solve
from phasekit.training.novelty import Novelty
from phasekit.training.object_error import mixture
from phasekit.training.weights import Weights
from phasekit_plugins.solvers.cnn.solver import Cnn
from phasekit_plugins.solvers.cnn.supervision import Weighing, compared

from .... import toys
from .simulated import SIMULATION, patterns_of, problem_of, samples_of


def _with_gate(path: Path, target: Path, far: bool) -> Path:
    """Write the weights once more, with a novelty detector that calls everything outside, or nothing."""
    weights = Weights.load(path)
    count = len(Novelty.from_plain(weights.about["gate"]).middle)
    reach = torch.full((101,), -1.0 if far else 1e9, dtype=torch.float64)
    novelty = Novelty(torch.zeros(count, dtype=torch.float64), torch.eye(count, dtype=torch.float64), reach)
    about = {**weights.about, "gate": novelty.plain()}
    Weights(weights.network, weights.detector, weights.box, weights.tensors, about).save(target)
    return target


def test_it_answers_in_one_step_the_same_for_every_seed(weights: Path) -> None:
    result = solve(SIMULATION, {"name": "cnn", "network": toys.NETWORK, "weights": weights}, seeds=3)
    assert result.seeds == (0, 1, 2)
    assert torch.equal(result.object[0], result.object[2])
    assert {row.step for row in result.history} == {1}
    assert {"residual of the answer", "strangeness", "outside the training"} <= result.diagnostics.keys()


def test_it_hands_over_to_what_follows_as_by_hand(weights: Path, tmp_path: Path) -> None:
    outside = _with_gate(weights, tmp_path / "far.safetensors", far=True)
    inside = _with_gate(weights, tmp_path / "near.safetensors", far=False)
    follow = {"name": "er", "steps": 4}
    chained = solve(SIMULATION, [{"name": "cnn", "weights": outside}, follow], seeds=2).object
    gated = solve(SIMULATION, {"name": "cnn", "weights": outside, "then": follow}, seeds=2)
    alone = solve(SIMULATION, {"name": "cnn", "weights": inside}, seeds=2).object
    believed = solve(SIMULATION, {"name": "cnn", "weights": inside, "then": follow}, seeds=2)
    assert torch.allclose(gated.object, chained, atol=1e-6)
    assert max(row.step for row in gated.history) == 5
    assert torch.equal(believed.object, alone)
    assert not torch.allclose(gated.object, alone, atol=1e-3)


def test_patterns_of_another_shape_are_refused_by_a_stream(weights: Path) -> None:
    with pytest.raises(InputError, match=r"the network needs \(n, 16, 16, 16\)"):
        Cnn(weights=weights).reconstruct(np.ones((2, 8, 8, 8)))
    with pytest.raises(InputError, match="valid has shape"):
        Cnn(weights=weights).reconstruct(np.ones((2, 16, 16, 16)), np.ones((3, 3), bool))
    one = np.ones((1, 16, 16, 16))
    with pytest.raises(InputError, match="batch is 0"):
        Cnn(weights=weights).reconstruct(one, batch=0)
    with pytest.raises(InputError, match="no patterns"):
        Cnn(weights=weights).reconstruct(one[:0])
    with pytest.raises(InputError, match="unknown device 'gpu'"):
        Cnn(weights=weights).reconstruct(one, device="gpu")


def test_losses_that_are_all_off_are_refused() -> None:
    with pytest.raises(ValueError, match="all 0; set at least one"):
        Cnn(object_weight=0)
    assert Cnn(object_weight=0, phase_weight=1).phase_weight


def test_a_deep_prior_goes_on_from_what_is_not_believed(weights: Path, tmp_path: Path) -> None:
    outside = _with_gate(weights, tmp_path / "far.safetensors", far=True)
    follow = {"name": "deep-prior", "steps": 3, "network": {"name": "decoder", "channels": [4, 4]}}
    result = solve(SIMULATION, {"name": "cnn", "weights": outside, "then": follow}, seeds=1)
    assert max(row.step for row in result.history) == 4
    assert float(result.final["chi2"][0]) < 1


def test_bad_counts_in_a_stream_are_not_trusted(weights: Path) -> None:
    pattern = patterns_of(problem_of())
    spoilt, valid = pattern.clone(), torch.ones_like(pattern, dtype=torch.bool)
    spoilt[0, 0, :3], spoilt[0, 1, 0, 0] = torch.nan, -5
    valid[0, 0, :3], valid[0, 1, 0, 0] = False, False
    found, wanted = Cnn(weights=weights).reconstruct(spoilt), Cnn(weights=weights).reconstruct(pattern, valid)
    assert torch.equal(found.object, wanted.object)


@pytest.mark.parametrize("shape", [(20, 16, 24), (12, 16, 16), (32, 32, 32)])
def test_data_of_another_box_are_answered_and_the_voxels_are_reported(weights: Path, shape: tuple[int, ...]) -> None:
    result = solve(SIMULATION | {"shape": list(shape)}, {"name": "cnn", "weights": weights}, seeds=1)
    assert result.object.shape[1:] == shape
    told = [name for name in result.diagnostics if "network's voxel" in name]
    assert len(told) == 3


def test_without_weights_it_says_where_to_find_some() -> None:
    with pytest.raises(InputError, match=r"cnn has no weights.*phasekit weights"):
        solve(SIMULATION, "cnn")


def test_weights_of_another_dimension_are_refused(weights: Path) -> None:
    with pytest.raises(InputError, match=r"2.*3|3.*2"):
        solve(SIMULATION | {"shape": [16, 16]}, {"name": "cnn", "weights": weights})


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "evil.safetensors"

    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "opened",))

    path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(InputError, match="never from pickles"):
        solve(SIMULATION, {"name": "cnn", "weights": path})
    assert not (tmp_path / "opened").exists()


def test_a_damaged_file_is_refused(weights: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.safetensors"
    path.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(InputError, match="not a complete safetensors file"):
        solve(SIMULATION, {"name": "cnn", "weights": path})


def test_weights_are_read_once_and_again_when_the_file_is_another(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "own.safetensors"
    path.write_bytes(weights.read_bytes())
    honest, calls = Weights.load, []

    def load(path: Path) -> Weights:
        calls.append(path)
        return honest(path)

    monkeypatch.setattr(Weights, "load", load)
    cnn = {"name": "cnn", "weights": path}
    before = solve(SIMULATION, cnn).best
    read = len(calls)
    solve(SIMULATION, cnn)
    assert len(calls) == read
    toys.trained(samples=60, epochs=1, batch=10, seed=4).weights.save(path)
    assert not torch.equal(solve(SIMULATION, cnn).best, before)


def test_the_floor_is_the_plain_loss_of_the_mean_of_object_and_twin() -> None:
    samples, cnn = samples_of(), Cnn()
    wanted = compared(mixture(samples.truth), samples.exact, samples, Weighing(1, 0, 0, 0), nearer=False)
    floor = cnn.floor(samples, 0, 1)
    assert floor is not None
    assert torch.allclose(floor, wanted, atol=1e-5)


def test_the_papers_protocol_trains_the_papers_network() -> None:
    cnn = Cnn.model_validate({"protocol": "paper"})
    assert cnn.network.name == "paper"
    assert cnn.twin == "plain"
    told = {key: value for key, value in toys.recipe(epochs=1).items() if key != "task"}
    told["solver"] = {"name": "cnn", "protocol": "paper", "network": {"name": "paper", "channels": (2, 4)}}
    assert phasekit.train(**told).finished


def test_a_deep_prior_goes_on_from_weights_that_were_trained(weights: Path) -> None:
    prior = {"name": "deep-prior", "steps": 40, "network": toys.NETWORK, "rate": 1e-3}
    random = solve(SIMULATION, prior, seeds=1)
    begun = solve(SIMULATION, prior | {"weights": weights}, seeds=1)
    first = [min(row.metrics["chi2"] for row in result.history if row.step <= 5) for result in (begun, random)]
    assert first[0] < first[1]
