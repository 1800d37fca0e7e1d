from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

import phasekit
from phasekit import InputError, Problem, fourier, solve
from phasekit.core.geometry import Geometry
from phasekit.testing import reference_problem
from phasekit.training.novelty import Gate, features
from phasekit.training.object_error import mixture, nearer, twins
from phasekit.training.samples import Samples
from phasekit.training.trained import trained_network
from phasekit.training.weights import Weights
from phasekit_plugins.losses.pearson import modified_pearson
from phasekit_plugins.solvers.cnn import stream
from phasekit_plugins.solvers.cnn.answers import _filled
from phasekit_plugins.solvers.cnn.solver import Cnn
from phasekit_plugins.solvers.cnn.supervision import Weighing, compared, relative_rmse

from ... import toys

SIMULATION = {"name": "simulation", "generator": "superellipsoid", "shape": list(toys.SHAPE)}


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    path: Path = tmp_path_factory.mktemp("weights") / "toy.safetensors"
    toys.trained(samples=120, epochs=3, batch=10).weights.save(path)
    return path


def _with_gate(path: Path, target: Path, far: bool) -> Path:
    """Write the weights once more, with a gate that calls everything outside, or nothing."""
    weights = Weights.load(path)
    count = len(Gate.told(weights.about["gate"]).middle)
    reach = torch.full((101,), -1.0 if far else 1e9, dtype=torch.float64)
    gate = Gate(torch.zeros(count, dtype=torch.float64), torch.eye(count, dtype=torch.float64), reach)
    about = {**weights.about, "gate": gate.plain()}
    Weights(weights.network, weights.detector, weights.box, weights.tensors, about).save(target)
    return target


def test_it_answers_in_one_step_the_same_for_every_seed(weights) -> None:
    result = solve(SIMULATION, {"name": "cnn", "network": toys.NETWORK, "weights": weights}, seeds=3)
    assert result.seeds == (0, 1, 2)
    assert torch.equal(result.object[0], result.object[2])
    assert {row.step for row in result.history} == {1}
    assert {"residual of the answer", "strangeness", "outside the training"} <= result.diagnostics.keys()


def test_the_answer_is_at_the_scale_of_the_data(weights) -> None:
    problem = phasekit.solve(SIMULATION | {"photons": 1e5}, "er", seeds=1).problem
    object = solve(problem, {"name": "cnn", "weights": weights}, seeds=1).best
    predicted = problem.predict(object)
    scale = float((predicted * problem.amplitude).sum() / predicted.square().sum())
    assert scale == pytest.approx(1, abs=1e-4)


def test_it_hands_over_to_what_follows_as_by_hand(weights, tmp_path) -> None:
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


def test_a_batch_is_answered_as_each_pattern_alone(weights) -> None:
    problems = [phasekit.solve(SIMULATION | {"seed": seed}, "er", seeds=1).problem for seed in range(3)]
    patterns = torch.stack([fourier.centred(problem.intensity, 3) for problem in problems])
    cnn = Cnn(weights=weights, fit="reciprocal")
    together = cnn.reconstruct(patterns, batch=2)
    for number, problem in enumerate(problems):
        alone = solve(problem, cnn, seeds=1)
        # A result is turned to the truth, which may be the twin of what the network answered.
        errors, _ = nearer(together.object[number : number + 1], alone.best[None])
        assert float(errors) < 2e-3
        assert float(together.residual[number]) == pytest.approx(float(alone.final["chi2"][0]), rel=1e-2)
    arrays = cnn.reconstruct(patterns.numpy())
    assert torch.allclose(arrays.object, together.object, atol=1e-5)


def test_patterns_of_another_shape_are_refused_by_a_stream(weights) -> None:
    with pytest.raises(InputError, match=r"the network takes \(n, 16, 16, 16\)"):
        Cnn(weights=weights).reconstruct(np.ones((2, 8, 8, 8)))
    with pytest.raises(InputError, match="valid has shape"):
        Cnn(weights=weights).reconstruct(np.ones((2, 16, 16, 16)), np.ones((3, 3), bool))
    one = np.ones((1, 16, 16, 16))
    with pytest.raises(InputError, match="batch is 0"):
        Cnn(weights=weights).reconstruct(one, batch=0)
    with pytest.raises(InputError, match="no patterns"):
        Cnn(weights=weights).reconstruct(one[:0])
    with pytest.raises(InputError, match="there is no device 'gpu'"):
        Cnn(weights=weights).reconstruct(one, device="gpu")


def test_losses_that_are_all_off_are_refused() -> None:
    with pytest.raises(ValueError, match="all 0; one is needed"):
        Cnn(object_weight=0)
    assert Cnn(object_weight=0, phase_weight=1).phase_weight


def test_a_deep_prior_goes_on_from_what_is_not_believed(weights, tmp_path) -> None:
    outside = _with_gate(weights, tmp_path / "far.safetensors", far=True)
    follow = {"name": "deep-prior", "steps": 3, "network": {"name": "decoder", "channels": [4, 4]}}
    result = solve(SIMULATION, {"name": "cnn", "weights": outside, "then": follow}, seeds=1)
    assert max(row.step for row in result.history) == 4
    assert float(result.final["chi2"][0]) < 1


def test_untrusted_voxels_far_from_any_other_are_not_invented() -> None:
    valid = torch.zeros(1, 16, 16, 16, dtype=torch.bool)
    valid[:, :4, :4, :4] = True
    valid[:, 1, 1, 1] = False
    filled = _filled(torch.where(valid, 5.0, 0.0), valid)
    assert float(filled[0, 1, 1, 1]) == pytest.approx(5, rel=1e-4)
    assert float(filled[0, 9, 9, 9]) == 0
    assert float(filled.max()) == pytest.approx(5, rel=1e-4)


def test_bad_counts_in_a_stream_are_not_trusted(weights) -> None:
    problem = phasekit.solve(SIMULATION, "er", seeds=1).problem
    pattern = fourier.centred(problem.intensity, 3)[None].clone()
    spoilt, valid = pattern.clone(), torch.ones_like(pattern, dtype=torch.bool)
    spoilt[0, 0, :3], spoilt[0, 1, 0, 0] = torch.nan, -5
    valid[0, 0, :3], valid[0, 1, 0, 0] = False, False
    found, wanted = Cnn(weights=weights).reconstruct(spoilt), Cnn(weights=weights).reconstruct(pattern, valid)
    assert torch.equal(found.object, wanted.object)


@pytest.mark.parametrize("shape", [(20, 16, 24), (12, 16, 16), (32, 32, 32)])
def test_data_of_another_box_are_answered_and_the_voxels_are_told(weights, shape) -> None:
    result = solve(SIMULATION | {"shape": list(shape)}, {"name": "cnn", "weights": weights}, seeds=1)
    assert result.object.shape[1:] == shape
    told = [name for name in result.diagnostics if "network's voxel" in name]
    assert len(told) == 3


def test_without_weights_it_says_where_to_find_some() -> None:
    with pytest.raises(InputError, match=r"cnn has no weights.*phasekit weights"):
        solve(SIMULATION, "cnn")


def test_weights_of_another_dimension_are_refused(weights) -> None:
    with pytest.raises(InputError, match=r"2.*3|3.*2"):
        solve(SIMULATION | {"shape": [16, 16]}, {"name": "cnn", "weights": weights})


def test_a_pickle_is_never_opened(tmp_path) -> None:
    path = tmp_path / "evil.safetensors"

    class Evil:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "opened",))

    path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(InputError, match="never from pickles"):
        solve(SIMULATION, {"name": "cnn", "weights": path})
    assert not (tmp_path / "opened").exists()


def test_a_damaged_file_is_refused(weights, tmp_path) -> None:
    path = tmp_path / "half.safetensors"
    path.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(InputError, match="no whole safetensors file"):
        solve(SIMULATION, {"name": "cnn", "weights": path})


def test_weights_are_read_once_and_again_when_the_file_is_another(weights, tmp_path, monkeypatch) -> None:
    path = tmp_path / "own.safetensors"
    path.write_bytes(weights.read_bytes())
    honest, calls = Weights.load, []
    monkeypatch.setattr(Weights, "load", lambda p: calls.append(p) or honest(p))
    cnn = {"name": "cnn", "weights": path}
    before = solve(SIMULATION, cnn).best
    read = len(calls)
    solve(SIMULATION, cnn)
    assert len(calls) == read
    toys.trained(samples=60, epochs=1, batch=10, seed=4).weights.save(path)
    assert not torch.equal(solve(SIMULATION, cnn).best, before)


# --- training ----------------------------------------------------------------------------------------------


def _samples(seed: int = 0) -> Samples:
    """Return two samples with no fault."""
    geometry = Geometry.resolve("far-field")
    problems = [reference_problem((12, 10, 8), seed=seed + i) for i in range(2)]
    truth = torch.stack([p.truth[fourier.half_box(p.space)] for p in problems])
    exact = torch.stack([p.amplitude for p in problems])
    return Samples(exact, torch.ones_like(exact, dtype=torch.bool), truth.to(torch.complex64), exact, geometry)


def test_the_losses_are_those_of_the_paper() -> None:
    samples = _samples()
    rng = torch.Generator().manual_seed(1)
    objects = torch.randn(samples.truth.shape, dtype=torch.complex64, generator=rng)
    amplitude = torch.rand(samples.exact.shape, generator=rng)
    found = compared(objects, amplitude, samples, Weighing(0, 1, 2, 3), nearer=False).numpy()
    for i in range(2):
        p, g = objects[i].numpy(), samples.truth[i].numpy()
        l1 = np.sqrt(((abs(p) - abs(g)) ** 2).sum() / (abs(g) ** 2).sum())
        l2 = np.sqrt(((np.angle(p) - np.angle(g)) ** 2).sum() / (np.angle(g) ** 2).sum())
        x, y = amplitude[i].numpy(), samples.exact[i].numpy()
        dx, dy = x - x.mean(), y - y.mean()
        l3 = 1 - (abs(dx) * abs(dy)).sum() / np.sqrt((dx**2).sum() * (dy**2).sum())
        assert found[i] == pytest.approx((l1 + 2 * l2 + 3 * l3) / 6, rel=1e-4)


def test_the_nearer_of_object_and_twin_counts_as_right() -> None:
    samples = _samples()
    turned = twins(samples.truth)
    own = compared(turned, samples.exact, samples, Weighing(1, 0, 0, 1), nearer=True)
    plain = compared(turned, samples.exact, samples, Weighing(1, 0, 0, 1), nearer=False)
    assert float(own.max()) < 1e-3
    assert float(plain.min()) > 0.05


def test_the_papers_losses_know_the_twin_by_its_range_of_phases() -> None:
    rng = torch.Generator().manual_seed(0)
    phase = torch.rand(1, 5, 5, 5, generator=rng)
    truth = torch.polar(torch.ones_like(phase), phase)
    samples = Samples(
        *(torch.ones(1, 10, 10, 10),) * 2, truth, torch.ones(1, 10, 10, 10), Geometry.resolve("far-field")
    )
    low, high = float(phase.min()), float(phase.max())
    answer = torch.polar(torch.ones_like(phase), low + high - phase.flip((1, 2, 3)))
    assert float(compared(answer, samples.exact, samples, Weighing(0, 1, 1, 0), nearer=True)) < 1e-4


def test_the_floor_is_the_plain_loss_of_the_mean_of_object_and_twin() -> None:
    samples, cnn = _samples(), Cnn()
    wanted = compared(mixture(samples.truth), samples.exact, samples, Weighing(1, 0, 0, 0), nearer=False)
    assert torch.allclose(cnn.floor(samples, 0, 1), wanted, atol=1e-5)


def test_losses_are_finite_with_finite_gradients_where_nothing_is_predicted() -> None:
    samples = _samples()
    objects = torch.zeros_like(samples.truth).requires_grad_()
    amplitude = torch.zeros_like(samples.exact).requires_grad_()
    loss = compared(objects, amplitude, samples, Weighing(1, 1, 1, 1), nearer=True).sum()
    loss.backward()
    assert bool(loss.isfinite())
    assert bool(objects.grad.isfinite().all())
    assert bool(amplitude.grad.isfinite().all())


def test_sums_of_the_paper_are_zero_only_for_what_is_equal() -> None:
    data = torch.rand(3, 6, 6, 6, generator=torch.Generator().manual_seed(0))
    assert float(relative_rmse(data, data).max()) < 1e-8
    everywhere = torch.ones(6, 6, 6, dtype=torch.bool)
    assert float(modified_pearson(data, 2 * data + 1, everywhere).abs().max()) < 1e-5
    assert float(relative_rmse(2 * data, data)[0]) == pytest.approx(1)


def test_the_papers_protocol_trains_the_papers_network() -> None:
    cnn = Cnn.model_validate({"protocol": "paper"})
    assert cnn.network.name == "paper"
    assert cnn.twin == "plain"
    told = {key: value for key, value in toys.recipe(epochs=1).items() if key != "task"}
    told["solver"] = {"name": "cnn", "protocol": "paper", "network": {"name": "paper", "channels": (2, 4)}}
    assert phasekit.train(**told).finished


def test_a_deep_prior_goes_on_from_weights_that_were_trained(weights) -> None:
    prior = {"name": "deep-prior", "steps": 40, "network": toys.NETWORK, "rate": 1e-3}
    random = solve(SIMULATION, prior, seeds=1)
    begun = solve(SIMULATION, prior | {"weights": weights}, seeds=1)
    first = [min(row.metrics["chi2"] for row in result.history if row.step <= 5) for result in (begun, random)]
    assert first[0] < first[1]


def test_gates_read_what_solving_reads(weights) -> None:
    problem: Problem = phasekit.solve(SIMULATION, "er", seeds=1).problem
    result = solve(problem, {"name": "cnn", "weights": weights}, seeds=1)
    gate = Gate.told(Weights.load(weights).about["gate"])
    box = result.best[fourier.half_box(problem.space)][None]
    found = features(box, problem.amplitude[None], problem.valid[None], problem.geometry)
    assert float(result.diagnostics["strangeness"][0]) == pytest.approx(float(gate.strangeness(found)), abs=0.02)


def _patterns(count: int) -> torch.Tensor:
    problems = [phasekit.solve(SIMULATION | {"seed": seed}, "er", seeds=1).problem for seed in range(count)]
    return torch.stack([fourier.centred(problem.intensity, 3) for problem in problems])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_a_graph_on_a_gpu_answers_as_the_network_does(weights, monkeypatch) -> None:
    patterns, cnn = _patterns(4), Cnn(weights=weights)
    stream._graphs.clear()
    captured = cnn.reconstruct(patterns, batch=2, device="cuda")
    assert [type(graph) for graphs in stream._graphs.values() for graph in graphs.values()] == [stream.Captured]
    stream._graphs.clear()
    monkeypatch.setattr(stream, "Captured", _refuse)
    asked = cnn.reconstruct(patterns, batch=2, device="cuda")
    assert torch.allclose(captured.object, asked.object, rtol=1e-4, atol=1e-4 * float(asked.object.abs().max()))
    assert torch.equal(captured.outside, asked.outside)


def _refuse(*arguments: object) -> None:
    raise RuntimeError("operation not permitted when stream is capturing")


def test_a_graph_is_captured_once_for_each_shape_and_not_where_it_cannot_be(weights, monkeypatch) -> None:
    network = trained_network(weights, torch.device("cpu"), torch.float32)
    made = []
    monkeypatch.setattr(stream, "Captured", lambda answer, *example: made.append(example[0].shape) or answer)
    for count in (1, 2, 1, 2):
        example = torch.ones(count, 3)
        assert stream._captured(network, (count,), torch.neg, example)(example).tolist() == (-example).tolist()
    assert made == [(1, 3), (2, 3)]
    for count in range(3, 3 + 2 * stream.KEPT):
        stream._captured(network, (count,), torch.neg, torch.ones(count, 3))
    assert len(stream._graphs[network]) == stream.KEPT
    monkeypatch.setattr(stream, "Captured", _refuse)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    assert stream._captured(network, ("refused",), torch.neg, torch.ones(1)) is torch.neg
