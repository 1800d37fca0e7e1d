"""The step for gaps of the detector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Self

import torch
from pydantic import Field, model_validator

from phasekit import Measurement, Preparation
from phasekit.reading.per_axis import Index

Line = Index | tuple[Index, Index]
Growth = Annotated[int, Field(ge=0, le=1000)]


class Gaps(Preparation):
    """Marks the gaps between the detector's modules as untrusted: whole rows and columns."""

    name: Literal["gaps"] = "gaps"
    rows: tuple[Line, ...] = Field(
        (),
        description="Rows of the array as read: an index, or a range [first, end] with exclusive end.",
    )
    columns: tuple[Line, ...] = Field((), description="Columns, likewise.")
    grow: Growth = Field(0, description="Further pixels on either side: those beside a gap are often larger, or noisy.")

    @model_validator(mode="after")
    def _ranges_are_ranges(self) -> Self:
        """Refuse a range whose end is not beyond its first index."""
        for line in (*self.rows, *self.columns):
            if isinstance(line, tuple) and line[0] >= line[1]:
                raise ValueError(f"the range {list(line)} is empty; give its first index and its end, exclusive")
        return self

    def apply(self, measured: Measurement) -> Measurement:
        """Mark them as untrusted; gaps that were cropped away are ignored."""
        ndim = len(measured.shape)
        bad = torch.zeros(measured.shape[-2:], dtype=torch.bool, device=measured.counts.device)
        for span in self._spans(measured, self.rows, ndim - 2):
            bad[span] = True
        for span in self._spans(measured, self.columns, ndim - 1):
            bad[:, span] = True
        count = len(self.rows) + len(self.columns)
        grown = f", grown by {self.grow} on either side" if self.grow else ""
        return measured.untrusting(bad).done(
            f"gaps: {count} listed{grown}; {int(bad.sum())} of {bad.numel()} pixels left untrusted"
        )

    def _spans(self, measured: Measurement, lines: Sequence[Line], axis: int) -> list[slice]:
        ranges = [line if isinstance(line, tuple) else (line, line + 1) for line in lines]
        return [measured.span(axis, first - self.grow, end + self.grow) for first, end in ranges]
