"""The start from a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from phasekit import InputError, InputFile, Problem, Solver, State
from phasekit.reading.hdf5 import read_hdf5
from phasekit.reading.stored import NUMPY_ENDINGS, Stored, read_numpy

CXI_OBJECT = "entry_1/image_1/data"
CXI_SUPPORT = "entry_1/image_1/support"


class FromFile(Solver):
    """Start from an object in a file, the same for all seeds: a result (.cxi), HDF5, .npy or .npz.

    The array's centre is n//2, and its shape must be that of the data.
    """

    name: Literal["from-file"] = "from-file"
    path: InputFile = Field(description="The file.")
    dataset: str | None = Field(
        None,
        min_length=1,
        description="Data set with the object; by default entry_1/image_1/data, as in a result.cxi, "
        "or the only array of an .npz file.",
    )
    support: str | None = Field(
        None,
        min_length=1,
        description="Data set with the support; by default entry_1/image_1/support if the object comes "
        "from its default place and it exists, else the support stays.",
    )
    sign: Literal["+", "-"] | None = Field(
        None,
        description="Sign in the Fourier transform of the object; - conjugates it. By "
        "default as stated in the file, else +.",
    )

    moves_truth: ClassVar[str] = "it is a start"
    scales: ClassVar[str] = "it keeps the scale of the file"

    def run(self, problem: Problem, start: State, every: int = 1) -> Iterator[State]:
        """Yield the object, and the support if there is one; raises InputError if they do not fit."""
        if start.step >= 1:
            return
        object, support = self._read(problem)
        changed = start.changed(object=object.to(start.object).expand_as(start.object).clone(), step=1)
        if support is not None:
            support = support.to(start.support.device).expand_as(start.support).clone()
            changed = changed.changed(support=support)
        yield changed

    def refusal(self, problem: Problem) -> str | None:
        """Refuse an invalid file, or one whose shape is not that of the data."""
        try:
            self._read(problem)
        except InputError as error:
            return str(error)
        return None

    def length(self) -> int | None:
        """Return 1."""
        return 1

    def _read(self, problem: Problem) -> tuple[Tensor, Tensor | None]:
        """Return object and support, (*space)."""
        stored = self._stored()
        for name, found in stored.items():
            if found.missing or found.absent is not None:
                why = "; ".join([*found.missing.values(), *found.notes][:1])
                raise InputError(f"a part of the {name} {found.place} is missing ({why}); use another file")
            if found.array.shape != problem.space:
                raise InputError(
                    f"the {name} {found.place} has shape {found.array.shape} and the problem "
                    f"{problem.space}; start from a file of the same shape, or crop and pad the data alike"
                )
        found = stored["object"]
        object = torch.from_numpy(np.ascontiguousarray(found.array, dtype=np.complex64))
        if not bool(torch.isfinite(object.abs()).all()):
            raise InputError(f"the object {found.place} holds numbers that are not finite; use another")
        if (self.sign or found.sign()) == "-":
            object = object.conj().resolve_conj()
        support = torch.from_numpy(stored["support"].array != 0) if "support" in stored else None
        return object, support

    def _stored(self) -> dict[str, Stored]:
        if self.path.suffix not in NUMPY_ENDINGS:
            return read_hdf5(self.path, self._data_sets)
        stored = {"object": read_numpy(self.path, self.dataset)}
        if self.support is not None:
            stored["support"] = read_numpy(self.path, self.support)
        return stored

    def _data_sets(self, there: Mapping[str, tuple[int, ...]]) -> dict[str, str]:
        names = {"object": self.dataset or CXI_OBJECT}
        if self.support is not None:
            names["support"] = self.support
        elif self.dataset is None and CXI_SUPPORT in there:
            names["support"] = CXI_SUPPORT
        return names
