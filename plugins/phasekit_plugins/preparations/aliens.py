"""The aliens step."""

from __future__ import annotations

from typing import Literal, Self

import torch
from pydantic import Field, model_validator

from phasekit import InputError, Measurement, Preparation
from phasekit.reading.per_axis import Index

Corner = tuple[Index, ...]


class Aliens(Preparation):
    """Marks boxes in which something else scattered as untrusted: another crystal, a powder ring, a parasitic beam."""

    name: Literal["aliens"] = "aliens"
    boxes: tuple[tuple[Corner, Corner], ...] = Field(
        (),
        description="Boxes [[frame, row, column], [frame, row, column]]: first index and end, which is exclusive, "
        "in the array as read.",
    )

    @model_validator(mode="after")
    def _boxes_are_boxes(self) -> Self:
        """Refuse a box whose end is not beyond its first index."""
        for first, end in self.boxes:
            if len(first) != len(end) or any(a >= b for a, b in zip(first, end, strict=True)):
                raise ValueError(
                    f"the box {[list(first), list(end)]} is empty; give its first index and its end, which is "
                    "exclusive and thus greater along every axis"
                )
        return self

    def apply(self, measured: Measurement) -> Measurement:
        """Mark the boxes as untrusted; raises InputError for one outside the data."""
        ndim = len(measured.shape)
        bad = torch.zeros_like(measured.valid)
        for first, end in self.boxes:
            if len(first) != ndim:
                raise InputError(f"aliens: the box {[list(first), list(end)]} has {len(first)} indices for {ndim} axes")
            place = tuple(measured.span(axis, a, b) for axis, (a, b) in enumerate(zip(first, end, strict=True)))
            if not bad[place].numel():
                raise InputError(
                    f"aliens: the box {[list(first), list(end)]} lies outside the data, {measured.extent()}; give "
                    "indices of the array as read"
                )
            bad[place] = True
        lost = bad & measured.valid
        part = float((measured.counts * lost).sum(dtype=torch.float64))
        whole = float((measured.counts * measured.valid).sum(dtype=torch.float64))
        return measured.untrusting(bad).done(
            f"aliens: {len(self.boxes)} boxes, {int(lost.sum())} voxels with {part / whole if whole else 0:.2%} of the "
            "counts left untrusted"
        )
