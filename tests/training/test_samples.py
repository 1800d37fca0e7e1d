"""The same number is the same sample, in any company, whether objects are kept, drawn again or read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from torch import Tensor

from phasekit import Generator, InputError, RunError, fourier
from phasekit.core.geometry import Geometry
from phasekit.core.grid import laboratory_grid
from phasekit.runtime.random import keyed
from phasekit.training.samples import Simulator

from .. import toys

FAR_FIELD = Geometry.resolve("far-field")


def test_without_faults_samples_are_exact() -> None:
    simulator = toys.simulator()
    found = simulator.samples([0, 1], 0)
    space = torch.zeros(2, 16, 16, 16, dtype=torch.complex64)
    space[fourier.inside(simulator.box)] = found.truth
    assert torch.allclose(found.amplitude, FAR_FIELD.forward(space).abs(), atol=1e-6)
    assert torch.equal(found.amplitude.square().sqrt(), found.exact.square().sqrt())
    assert bool(found.valid.all())
    alone = simulator.generator.sample(laboratory_grid(FAR_FIELD, (16, 16, 16)), 1, keyed("object", 0, 1))[0]
    assert torch.equal(found.truth[1], alone[simulator.box])


@pytest.mark.parametrize(
    "faults",
    [
        {"photons": [100, 1e4]},
        {"gaps": 1.0, "gap_width": [1, 2]},
        {"coherence": [0.2, 0.8]},
        {"centre": 0.5},
        {"oversampling": [0.6, 0.9]},
        {"symmetries": True},
    ],
)
def test_a_sample_is_the_same_in_any_company_and_its_faults_are_new_in_every_lap(faults: dict[str, Any]) -> None:
    simulator = toys.simulator(**faults)
    together, alone, later = (simulator.samples(n, lap) for n, lap in (([4, 2], 1), ([2], 1), ([2], 2)))
    assert torch.allclose(together.amplitude[1], alone.amplitude[0], atol=1e-5)
    assert torch.equal(together.valid[1], alone.valid[0])
    changes = not torch.allclose(alone.amplitude, later.amplitude, atol=1e-4)
    # How large an object is belongs to the object.
    assert changes == ("oversampling" not in faults)


def test_arrays_that_are_no_cubes_are_not_turned() -> None:
    turned, plain = toys.simulator((16, 16, 12), symmetries=True), toys.simulator((16, 16, 12))
    assert torch.equal(turned.samples([0], 5).truth, plain.samples([0], 5).truth)


def test_objects_that_are_not_kept_are_drawn_again_the_same() -> None:
    kept = toys.simulator()
    poor = Simulator(kept.generator, kept.geometry, kept.shape, kept.augment, 0, 8, torch.device("cpu"), room=10)
    assert poor.kept is None
    assert torch.equal(kept.objects([3, 1]), poor.objects([3, 1]))


def test_the_objects_of_a_file_are_those_that_would_be_drawn_and_of_no_other_training(tmp_path: Path) -> None:
    drawn = toys.simulator()
    parts = drawn.generator, drawn.geometry, drawn.shape, drawn.augment
    for _ in ("written", "read"):
        stored = Simulator(*parts, 0, 8, torch.device("cpu"), tmp_path / "objects.h5")
        assert torch.equal(stored.objects([3, 1]), drawn.objects([3, 1]))
    with pytest.raises(InputError, match=r"objects of another training \(its seed differ\)"):
        Simulator(*parts, 1, 8, torch.device("cpu"), tmp_path / "objects.h5")


class Ball(Generator):
    """A ball of a radius."""

    name: Literal["ball"] = "ball"
    radius: float = 0.5

    def sample(self, grid: Tensor, count: int, rng: torch.Generator) -> Tensor:
        """Return the same ball every time."""
        inside = grid.norm(dim=-1) <= self.radius
        balls: Tensor = inside.to(torch.complex64).expand(count, *inside.shape)
        return balls


@pytest.mark.parametrize(
    ("radius", "reason"), [(1.9, "reaches beyond the middle half of the array"), (0.02, "is not larger than one voxel")]
)
def test_an_object_that_a_network_could_not_answer_is_refused(radius: float, reason: str) -> None:
    with pytest.raises(RunError, match=f"object 0 of the generator 'ball' {reason}"):
        toys.simulator(generator=Ball(radius=radius)).objects([0])
    assert bool(toys.simulator(generator=Ball()).objects([0]).any())
