"""Trained weights are found by name, and the packaged ones answer as they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from phasekit import Generator, InputError, Learner, solve
from phasekit.cli.app import app
from phasekit.cli.weights_sheet import file_lines
from phasekit.core.registry import registry
from phasekit.recipes.loader import load
from phasekit.training.library import library
from phasekit.training.task import TrainTask
from phasekit.training.weights import Weights
from phasekit_plugins.solvers.cnn.solver import Cnn

from .. import toys


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "mine.safetensors"
    toys.trained().weights.save(path)
    return path


@pytest.fixture
def own(weights: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PHASEKIT_WEIGHTS", str(weights.parent))
    return weights


def test_ones_own_weights_are_found_by_name_and_listed(own: Path) -> None:
    assert library()["mine"] == (own, "local")
    assert Learner.resolve({"name": "cnn", "weights": "mine"}).weights == own.resolve()
    done = CliRunner().invoke(app, ["weights", "--json"])
    rows = {row["name"]: row for row in json.loads(done.stdout)["weights"]}
    assert rows["mine"]["generator"] == "superellipsoid"
    assert rows["mine"]["data"] == "16 × 16 × 16"


@pytest.mark.parametrize("name", ["superellipsoid-32", "crystal-32"])
def test_packaged_weights_say_how_they_were_made(name: str) -> None:
    path, origin = library()[name]
    found = Weights.load(path)
    assert origin.startswith("phasekit")
    assert found.detector == (32, 32, 32)
    assert {"generator", "training", "figures", "gate", "oversampling", "environment"} <= found.about.keys()
    assert path.stat().st_size < 16 * 2**20
    assert found.about["seconds"] < 3600


@pytest.mark.parametrize(("name", "example"), [("superellipsoid-32", "train-32"), ("crystal-32", "train-crystal-32")])
def test_packaged_weights_were_trained_as_their_recipe_says(
    name: str, example: str, request: pytest.FixtureRequest
) -> None:
    recipe = load(request.config.rootpath / "examples" / f"{example}.yaml").recipe
    assert isinstance(recipe, TrainTask)
    about = Weights.load(library()[name][0]).about
    told = recipe.model_dump(mode="json")
    # Options that the generator has got since stand at what leaves it as it was.
    assert Generator.resolve(about["generator"]) == recipe.generator
    assert about["training"] == {key: told["training"][key] for key in about["training"]}


@pytest.mark.parametrize("name", ["superellipsoid-32", "crystal-32"])
def test_packaged_weights_answer_data_like_those_of_their_training(name: str) -> None:
    about = Weights.load(library()[name][0]).about
    source = {"name": "simulation", "generator": about["generator"], "shape": [32, 32, 32], "photons": 1e7}
    outside, errors = [], []
    for seed in range(1000, 1008):
        result = solve(source | {"seed": seed}, {"name": "cnn", "weights": name}, seeds=1, metrics=["object-error"])
        outside.append(float(result.diagnostics["outside the training"][0]))
        errors.append(float(result.final["object-error"][0]))
        changed = [float(v[0]) for key, v in result.diagnostics.items() if "network's voxel" in key]
        assert name == "crystal-32" or not changed
    assert sum(outside) <= 2
    assert sorted(errors)[4] <= about["figures"]["object_error"] * 1.3


def test_packaged_weights_call_noise_outside() -> None:
    cnn = Cnn.resolve({"name": "cnn", "weights": "superellipsoid-32"})
    noise = torch.poisson(torch.full((4, 32, 32, 32), 5.0), torch.Generator().manual_seed(0))
    assert bool(cnn.reconstruct(noise).outside.all())


def test_a_name_that_is_not_there_gets_near_matches(own: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "r.yaml"
    recipe.write_text("source: simulation\nsolver:\n  name: cnn\n  weights: mime\n", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"r\.yaml:4: solver\.weights: there are no weights called 'mime'; did you mean"
    ):
        load(recipe)


def test_a_path_is_relative_to_the_folder_of_the_recipe(weights: Path, tmp_path: Path) -> None:
    (tmp_path / "w.safetensors").write_bytes(weights.read_bytes())
    recipe = tmp_path / "r.yaml"
    recipe.write_text("source: simulation\nsolver: {name: cnn, weights: w.safetensors}\n", encoding="utf-8")
    loaded = load(recipe)
    assert loaded.recipe.inputs()["solver.weights"] == tmp_path / "w.safetensors"
    recipe.write_text("source: simulation\nsolver: {name: cnn, weights: no/w.safetensors}\n", encoding="utf-8")
    with pytest.raises(InputError, match="does not exist"):
        load(recipe)


def test_a_file_tells_all_that_is_known_of_it(weights: Path) -> None:
    lines = "\n".join(file_lines(weights))
    for word in (
        "network",
        "data: 16 × 16 × 16",
        "generator",
        "training",
        "figures",
        "commit",
        "novelty detector: set",
    ):
        assert word in lines
    with pytest.raises(InputError, match="not a complete safetensors file"):
        file_lines(registry().weights[0][1].parent / "__init__.py")


def test_damaged_weights_in_the_library_are_listed_with_the_reason(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.safetensors").write_bytes(b"nothing")
    monkeypatch.setenv("PHASEKIT_WEIGHTS", str(tmp_path))
    done = CliRunner().invoke(app, ["weights", "--json"])
    row = next(row for row in json.loads(done.stdout)["weights"] if row["name"] == "broken")
    assert "cannot be read" in row["network"]
