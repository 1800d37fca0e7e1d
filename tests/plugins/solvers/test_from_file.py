"""The start from a file: the object is what the file holds, in phasekit's sign."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from phasekit import InputError, Problem, State
from phasekit_plugins.geometries.far_field import FarField
from phasekit_plugins.solvers.from_file import FromFile

SHAPE = (8, 9, 10)

Array = NDArray[np.complex64]


@pytest.fixture
def object() -> Array:
    random = np.random.default_rng(5)
    found: Array = (random.random(SHAPE) * np.exp(1j * random.random(SHAPE))).astype(np.complex64)
    return found


@pytest.fixture
def problem() -> Problem:
    return Problem.measured(torch.rand(SHAPE, generator=torch.Generator().manual_seed(1)) + 1, FarField())


def start(problem: Problem, solver: FromFile) -> State:
    blank = State(
        object=torch.zeros(2, *problem.space, dtype=problem.complex_dtype),
        support=problem.support.expand(2, *problem.space).clone(),
        seeds=(1, 2),
    )
    states = list(solver.run(problem, blank))
    assert not bool(blank.object.any())
    assert len(states) == states[0].step == solver.length() == 1
    assert list(solver.run(problem, states[0])) == []
    return states[0]


def result(path: Path, object: Array, **stated: Any) -> Path:
    with h5py.File(path, "w") as file:
        file["entry_1/image_1/data"] = object
        file["entry_1/image_1/support"] = (np.abs(object) > 0.5).astype(np.uint8)
        for name, value in stated.items():
            file[f"entry_1/image_1/{name}"] = value
    return path


def test_a_result_gives_its_object_and_support_to_every_seed(tmp_path: Path, problem: Problem, object: Array) -> None:
    state = start(problem, FromFile(path=result(tmp_path / "result.cxi", object)))
    for member in range(2):
        np.testing.assert_array_equal(state.object[member], object)
        np.testing.assert_array_equal(state.support[member], np.abs(object) > 0.5)


@pytest.mark.parametrize(
    ("stated", "sign", "conjugated"),
    [("+1", None, False), ("-1", None, True), ("-i", "+", False), ("+i", "-", True), (None, None, False)],
)
def test_an_object_made_with_the_other_sign_is_conjugated(
    tmp_path: Path, problem: Problem, object: Array, stated: str | None, sign: Any, conjugated: bool
) -> None:
    path = result(tmp_path / "result.cxi", object, **({} if stated is None else {"fourier_sign": stated}))
    state = start(problem, FromFile(path=path, sign=sign))
    np.testing.assert_array_equal(state.object[0], object.conj() if conjugated else object)


def test_the_sign_may_stand_in_an_attribute_of_the_file(tmp_path: Path, problem: Problem, object: Array) -> None:
    path = result(tmp_path / "result.cxi", object)
    with h5py.File(path, "a") as file:
        file.attrs["fourier_sign"] = "-i: exp(-iQr)"
    np.testing.assert_array_equal(start(problem, FromFile(path=path)).object[0], object.conj())


def test_another_data_set_leaves_the_support_alone(tmp_path: Path, problem: Problem, object: Array) -> None:
    path = result(tmp_path / "result.h5", object, other=object * 2)
    state = start(problem, FromFile(path=path, dataset="entry_1/image_1/other"))
    np.testing.assert_array_equal(state.object[0], object * 2)
    assert torch.equal(state.support[0], problem.support)


@pytest.mark.parametrize("ending", ["npy", "npz"])
def test_numpy_files_are_read(tmp_path: Path, problem: Problem, object: Array, ending: str) -> None:
    path = tmp_path / f"object.{ending}"
    if ending == "npy":
        np.save(path, object)
        state = start(problem, FromFile(path=path))
    else:
        np.savez(path, rho=object, inside=np.abs(object) > 0.5)
        state = start(problem, FromFile(path=path, dataset="rho", support="inside"))
        np.testing.assert_array_equal(state.support[1], np.abs(object) > 0.5)
    np.testing.assert_array_equal(state.object[1], object)


def test_another_shape_is_refused_before_and_when_running(tmp_path: Path, problem: Problem, object: Array) -> None:
    solver = FromFile(path=result(tmp_path / "result.cxi", object[1:]))
    reason = solver.refusal(problem)
    assert reason is not None
    assert "(7, 9, 10)" in reason
    assert "(8, 9, 10)" in reason
    with pytest.raises(InputError, match="start from a file of the same shape"):
        start(problem, solver)
    assert FromFile(path=result(tmp_path / "fits.cxi", object)).refusal(problem) is None


def test_a_missing_data_set_and_a_broken_file_are_reasons_to_refuse(
    tmp_path: Path, problem: Problem, object: Array
) -> None:
    path = result(tmp_path / "result.cxi", object)
    assert "entry_1/image_1/data (8, 9, 10)" in str(FromFile(path=path, dataset="rho").refusal(problem))
    path.write_bytes(path.read_bytes()[:500])
    assert "truncated" in str(FromFile(path=path).refusal(problem))


def test_numbers_that_are_not_finite_are_a_reason_to_refuse(tmp_path: Path, problem: Problem, object: Array) -> None:
    object[0, 0, 0] = np.nan
    assert "not finite" in str(FromFile(path=result(tmp_path / "result.cxi", object)).refusal(problem))


Phased = tuple[Array, Problem]


@pytest.fixture
def phased() -> Phased:
    """An object of unequal sides, centred, and its data as any program measures them: I(q) over data axes."""
    random = np.random.default_rng(6)
    object = np.zeros((16, 12, 14), np.complex64)
    object[5:11, 4:9, 5:10] = random.uniform(0.5, 1, (6, 5, 5)) * np.exp(1j * random.uniform(0, 2, (6, 5, 5)))
    intensity = np.abs(np.fft.fftn(object, norm="ortho")) ** 2  # with −i, as PyNX does
    return object, Problem.measured(torch.from_numpy(intensity), FarField())


def fits(problem: Problem, state: State) -> bool:
    """Return whether the object of a state explains the data in phasekit's own transform."""
    predicted = problem.geometry.forward(state.object[0]).abs()
    return bool(torch.allclose(predicted, problem.amplitude, atol=1e-4 * float(problem.amplitude.max())))


def pynx(path: Path, object: Array, phased_in: tuple[int, ...]) -> Path:
    """Write what PyNX writes of a result."""
    with h5py.File(path, "w") as file:
        file.attrs.update({"default": "entry_1", "creator": "PyNX"})
        image = file.create_group("entry_1/image_1")
        image["data"], image["mask"] = object, (object != 0).astype(np.int8)
        image["support"] = h5py.SoftLink("/entry_1/image_1/mask")
        image["process_1/program"] = "PyNX"
        image["process_1/configuration/iobs_shape"] = phased_in
    return path


@pytest.mark.parametrize("margin", [None, 0, 1, 2])
def test_a_result_of_pynx_explains_the_data_cropped_or_not(tmp_path: Path, phased: Phased, margin: int | None) -> None:
    object, problem = phased
    part = object
    if margin is not None:
        part = object[5 - margin : 11 + margin, 4 - margin : 9 + margin, 5 - margin : 10 + margin]
    state = start(problem, FromFile(path=pynx(tmp_path / "result.cxi", part, object.shape)))
    assert fits(problem, state)
    np.testing.assert_array_equal(state.support[0], state.object[0] != 0)
    wrong = start(problem, FromFile(path=tmp_path / "result.cxi", sign="+"))
    assert not fits(problem, wrong)


def test_an_object_of_pynx_phased_in_another_array_is_refused(tmp_path: Path, phased: Phased) -> None:
    object, problem = phased
    solver = FromFile(path=pynx(tmp_path / "result.cxi", object[5:11, 4:9, 5:10], (32, 24, 28)))
    assert "has shape (6, 5, 5)" in str(solver.refusal(problem))


def cohere(folder: Path, object: Array, *others: str) -> Path:
    """Write what cohere writes: it transforms with +i, and its axes are (column, row, frame)."""
    for name in others:
        np.save(folder / f"{name}.npy", (np.abs(object) > 0).astype(float) if name == "support" else np.ones(3))
    np.save(folder / "image.npy", object)
    return folder / "image.npy"


@pytest.mark.parametrize("others", [("support",), ("support", "coherence"), ("errors",)])
def test_a_result_of_cohere_explains_the_data(tmp_path: Path, phased: Phased, others: tuple[str, ...]) -> None:
    object, problem = phased
    theirs = object.conj().transpose()
    amplitude = np.abs(np.fft.ifftn(theirs, norm="forward")) / np.sqrt(object.size)
    np.testing.assert_allclose(amplitude.transpose(), problem.amplitude, rtol=1e-3, atol=1e-3)
    state = start(problem, FromFile(path=cohere(tmp_path, theirs, *others)))
    assert fits(problem, state)
    assert torch.equal(state.support[0], state.object[0] != 0 if "support" in others else problem.support)


def test_an_image_with_the_axes_of_the_data_is_doubted_and_read_as_the_advice_says(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    object = np.zeros((12, 12, 12), np.complex64)
    object[2:10, 4:8, 5:7] = random.uniform(0.5, 1, (8, 4, 2)) * np.exp(1j * random.uniform(0, 2, (8, 4, 2)))
    intensity = np.abs(np.fft.ifftn(object, norm="ortho")) ** 2
    for problem_of in (object, object[:, :, 1:-1]):
        intensity = np.abs(np.fft.ifftn(problem_of, norm="ortho")) ** 2
        problem = Problem.measured(torch.from_numpy(intensity), FarField())
        path = cohere(tmp_path, problem_of, "support")
        reason = FromFile(path=path).refusal(problem)
        assert reason is not None
        assert reason.endswith("write axes: same")
        assert fits(problem, start(problem, FromFile(path=path, axes="same")))
        turned = cohere(tmp_path, problem_of.transpose(), "support")
        assert fits(problem, start(problem, FromFile(path=turned)))
        assert fits(problem, start(problem, FromFile(path=turned, axes="reversed")))
