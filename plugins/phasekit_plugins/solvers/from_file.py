"""The start from a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from phasekit import InputError, InputFile, Problem, Solver, State
from phasekit.reading.conventions import Axes
from phasekit.reading.hdf5 import read_hdf5
from phasekit.reading.stored import NUMPY_ENDINGS, Stored, read_numpy

CXI_OBJECT = "entry_1/image_1/data"
CXI_SUPPORT = "entry_1/image_1/support"
PYNX_SHAPE = "entry_1/image_1/process_1/configuration/iobs_shape"
"""Where PyNX has the shape of the array that was phased; it crops the object that it stores."""

DOUBT = 0.1
"""How much better the amplitudes must correlate with another order of the axes to make an object doubtful."""


class FromFile(Solver):
    """Start from an object in a file, the same for all seeds: a result (.cxi), HDF5, .npy or .npz.

    The array's centre is n//2, and its shape must be that of the data. Results of PyNX and of cohere are known by their
    own marks. PyNX (`process_1/program`) transforms with −i and crops the object, which is put in the middle of its
    array. cohere (`image.npy` with `support.npy` beside it) transforms with +i, and its axes are (column, row, frame).
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
        "from its default place and it exists, or the support.npy of cohere; else the support stays.",
    )
    sign: Literal["+", "-"] | None = Field(
        None,
        description="Sign in the Fourier transform of the object; - conjugates it. By "
        "default as stated in the file, else that of the program that wrote it, else +.",
    )
    axes: Axes | None = Field(
        None,
        description="Order of the object's axes: same as in the data, or reversed. By default that of the program that "
        "wrote the file: reversed for cohere.",
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
        phased = stored.pop("phased", None)
        for name, found in stored.items():
            if found.missing or found.absent is not None:
                why = "; ".join([*found.missing.values(), *found.notes][:1])
                raise InputError(f"a part of the {name} {found.place} is missing ({why}); use another file")
            if phased is not None and tuple(phased.array) == problem.space:
                stored[name] = _in_the_middle(found, problem.space)
        self._refuse_doubtful_axes(stored["object"], problem)
        axes = self.axes or stored["object"].axes()
        for name, found in stored.items():
            stored[name] = found.oriented(axes)
            if stored[name].array.shape != problem.space:
                raise InputError(
                    f"the {name} {found.place} has shape {stored[name].array.shape} and the problem "
                    f"{problem.space}; start from a file of the same shape, or crop and pad the data alike"
                )
        object = self._object(stored["object"])
        support = torch.from_numpy(stored["support"].array != 0) if "support" in stored else None
        return object, support

    def _object(self, found: Stored) -> Tensor:
        """Return an object in phasekit's sign."""
        object = torch.from_numpy(np.ascontiguousarray(found.array, dtype=np.complex64))
        if not bool(torch.isfinite(object.abs()).all()):
            raise InputError(f"the object {found.place} holds numbers that are not finite; use another")
        return object.conj().resolve_conj() if (self.sign or found.sign()) == "-" else object

    def _refuse_doubtful_axes(self, found: Stored, problem: Problem) -> None:
        """Refuse an object that looks like cohere's and whose shape or transform says that its axes are the data's."""
        if self.axes is not None or found.axes() == "same" or found.array.shape != problem.space:
            return
        reversed_axes = found.oriented("reversed")
        if reversed_axes.array.shape == problem.space:
            as_stored, turned = (_likeness(self._object(one), problem) for one in (found, reversed_axes))
            if as_stored < turned + DOUBT:
                return
        raise InputError(
            f"the object {found.place} has the name and the neighbours of a result of cohere, whose axes are (column, "
            "row, frame), but it fits the data with the axes as they are; write axes: same"
        )

    def _stored(self) -> dict[str, Stored]:
        if self.path.suffix not in NUMPY_ENDINGS:
            return read_hdf5(self.path, self._data_sets)
        stored = {"object": read_numpy(self.path, self.dataset)}
        beside = self.path.with_name("support.npy")
        if self.support is not None:
            stored["support"] = read_numpy(self.path, self.support)
        elif stored["object"].program() == "cohere" and beside.is_file():
            stored["support"] = read_numpy(beside)
        return stored

    def _data_sets(self, there: Mapping[str, tuple[int, ...]]) -> dict[str, str]:
        names = {"object": self.dataset or CXI_OBJECT}
        if self.support is not None:
            names["support"] = self.support
        elif self.dataset is None and CXI_SUPPORT in there:
            names["support"] = CXI_SUPPORT
        if self.dataset is None and PYNX_SHAPE in there:
            names["phased"] = PYNX_SHAPE
        return names


def _in_the_middle(found: Stored, space: tuple[int, ...]) -> Stored:
    """Return an array that was cropped about its object in the middle of `space`; others as they are."""
    shape = found.array.shape
    if len(shape) != len(space) or any(n > whole for n, whole in zip(shape, space, strict=True)):
        return found
    before = [whole // 2 - n // 2 for n, whole in zip(shape, space, strict=True)]
    pads = [(low, whole - n - low) for low, n, whole in zip(before, shape, space, strict=True)]
    return replace(found, array=np.pad(found.array, pads))


def _likeness(object: Tensor, problem: Problem) -> float:
    """Return the correlation of an object's amplitudes with the measured ones, 0 to 1, over trusted voxels."""
    wave = problem.geometry.forward(object.to(problem.complex_dtype)).abs()[problem.valid].double()
    measured = problem.amplitude[problem.valid].double()
    return float((wave * measured).sum() / (wave.norm() * measured.norm()).clamp(min=1e-30))
