"""Samples: simulated measurements with their objects, by number; the same number always gives the same sample."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import h5py
import torch
from torch import Tensor

from phasekit.core.generator import Generator
from phasekit.core.geometry import Geometry
from phasekit.core.grid import laboratory_grid
from phasekit.numerics import fourier
from phasekit.runtime.errors import InputError, RunError
from phasekit.runtime.random import keyed
from phasekit.runtime.storage import appearing
from phasekit.training.augmentation import Augmentation

THREADS = 8
"""Threads that draw objects for a GPU."""


@dataclass(frozen=True, eq=False)
class Samples:
    """A batch of samples for a learner; zero frequency first."""

    amplitude: Tensor
    """(n, *detector) real: √intensity as measured, imperfections included; 0 in untrusted voxels."""
    valid: Tensor
    """(n, *detector) bool: the trusted voxels."""
    truth: Tensor
    """(n, *box) complex: the objects, in the middle half of space; largest modulus 1."""
    exact: Tensor
    """(n, *detector) real: the exact amplitudes of the objects."""
    geometry: Geometry

    def __len__(self) -> int:
        return len(self.truth)


class Simulator:
    """Makes samples of a generator's objects on the device that trains.

    Objects are drawn once if `room`, bytes, is enough to keep them, or read from the file `data`, which is written if
    it does not exist; otherwise they are drawn again whenever they are needed.
    """

    def __init__(
        self,
        generator: Generator,
        geometry: Geometry,
        shape: tuple[int, ...],
        augment: Augmentation,
        seed: int,
        count: int,
        device: torch.device,
        data: Path | None = None,
        room: int = 0,
    ) -> None:
        self.generator, self.augment, self.seed, self.count = generator, augment, seed, count
        self.geometry, self.shape, self.device = geometry.for_data(len(shape)), shape, device
        self.box = fourier.half_box(shape)
        self.sizes = tuple(side.stop - side.start for side in self.box)
        self.grid = laboratory_grid(self.geometry, shape).to(device)
        self.steps = self.geometry.basis(shape)
        self.file = None if data is None else self._written(data)
        self.kept, self.known = self._room(room)

    def objects(self, numbers: Sequence[int]) -> Tensor:
        """Return the objects of these numbers, (n, *box) complex64, as the generator makes them."""
        if self.file is not None:
            return torch.stack([torch.from_numpy(self.file[number]) for number in numbers]).to(self.device)
        if self.kept is None:
            return torch.stack([*self._all_drawn(numbers)])
        new = [number for number in dict.fromkeys(numbers) if not self.known[number]]
        for number, drawn in zip(new, self._all_drawn(new), strict=True):
            self.kept[number] = drawn
            self.known[number] = True
        chosen: Tensor = self.kept[torch.tensor(numbers, dtype=torch.long, device=self.device)]
        return chosen

    def _all_drawn(self, numbers: Sequence[int]) -> Iterator[Tensor]:
        """Draw the objects of these numbers; for a GPU in several threads, which mostly wait."""
        if self.device.type == "cpu" or len(numbers) < 2:
            yield from map(self._drawn, numbers)
            return
        with ThreadPoolExecutor(THREADS) as pool:
            yield from pool.map(self._drawn, numbers)

    def samples(self, numbers: Sequence[int], lap: int) -> Samples:
        """Return the samples of these numbers for the epoch `lap`: each epoch draws new imperfections."""
        keys: list[tuple[object, ...]] = [(self.seed, number, lap) for number in numbers]
        truth = self.objects(numbers)
        if self._cubic():
            truth = self.augment.turned(truth, keys)
        truth = self.augment.displaced(truth, self.shape, keys)
        wave = self.geometry.forward_within(truth, [side.start for side in self.box], self.shape)
        exact = wave.abs()
        amplitude, valid = self.augment.measured(exact.square(), keys)
        return Samples(amplitude, valid, truth, exact, self.geometry)

    def _cubic(self) -> bool:
        """Return whether rotating an array along its axes rotates the object: it must be a cube of cubic voxels."""
        gram = self.steps @ self.steps.T
        cube = torch.eye(len(self.shape), dtype=gram.dtype) * gram[0, 0]
        return len(set(self.shape)) == 1 and bool(torch.allclose(gram, cube, rtol=1e-6, atol=1e-6 * float(gram[0, 0])))

    def _drawn(self, number: int) -> Tensor:
        """Draw one object: (*box) complex64. Raises RunError if it does not stay in the middle half."""
        sizes = self.augment.stretch(len(self.shape), self.seed, number)
        object = self.generator.sample(self._stretched(sizes), 1, keyed("object", self.seed, number))[0]
        part = object[self.box].to(torch.complex64)
        modulus = part.abs()
        seen = torch.stack([modulus.sum(), object.abs().sum(), (modulus > 0.1 * modulus.max()).sum()])
        inside, whole, voxels = seen.tolist()  # one synchronisation with the device, not three
        what = ""
        if inside < 0.999 * whole:
            what = "reaches beyond the middle half of the array, the box of the network; make it smaller"
        elif voxels < 2:
            what = "is not larger than one voxel; make it larger"
        if what:
            raise RunError(f"object {number} of the generator '{self.generator.name}' {what}")
        return part

    def _stretched(self, sizes: list[float]) -> Tensor:
        """Return the grid in which the same object is larger by the factors `sizes` along the array's axes."""
        if all(size == 1 for size in sizes):
            return self.grid
        basis = self.steps
        if len(self.shape) == 2:
            basis = basis @ torch.linalg.qr(basis.T)[0]  # in the order of the grid, see laboratory_grid
        index = torch.linalg.inv(basis)
        change = index @ torch.diag(1 / torch.tensor(sizes, dtype=basis.dtype)) @ basis
        stretched: Tensor = self.grid.double() @ change.to(self.grid.device)
        return stretched.to(self.grid)

    def _room(self, room: int) -> tuple[Tensor | None, list[bool]]:
        """Return an array for all objects; None if it needs more than `room` bytes."""
        needed = 8 * self.count * torch.Size(self.sizes).numel()
        if self.file is not None or needed > room:
            return None, []
        kept = torch.empty((self.count, *self.sizes), dtype=torch.complex64, device=self.device)
        return kept, [False] * self.count

    def _written(self, path: Path) -> h5py.Dataset:
        """Return the objects of a file, which is written if absent; raises InputError for one of another training."""
        origin = {
            "generator": self.generator.model_dump(mode="json"),
            "geometry": self.geometry.model_dump(mode="json"),
            "oversampling": self.augment.model_dump(mode="json")["oversampling"],
            "shape": list(self.shape),
            "seed": self.seed,
            "count": self.count,
        }
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            self.file = None
            with appearing(path) as temporary, h5py.File(temporary, "w") as file:
                shape = (self.count, *self.sizes)
                rows = file.create_dataset("object", shape, "complex64", chunks=(1, *self.sizes), compression="lzf")
                for number in range(self.count):
                    rows[number] = self._drawn(number).cpu().numpy()
                file.attrs["phasekit"] = json.dumps(origin)
        try:
            file = h5py.File(path, "r")
            found, rows = json.loads(file.attrs["phasekit"]), file["object"]
        except (OSError, KeyError, ValueError):
            raise InputError(
                f"{path} is not the data set of a training; give another file, or none", "training.data"
            ) from None
        differing = [key for key in origin if found.get(key) != origin[key]]
        if differing:
            raise InputError(
                f"{path} holds objects of another training (its {', '.join(differing)} differ); give another file",
                "training.data",
            )
        return rows
