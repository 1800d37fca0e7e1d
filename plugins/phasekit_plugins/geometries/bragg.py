"""The Bragg geometry."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, ClassVar, Literal, Self

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor

from phasekit import InputError
from phasekit.core.geometry import Setup

from .circle_names import ENERGY, refuse_names
from .circles import Circle, Direction, Matrix, vector
from .fourier_geometry import FourierGeometry
from .instruments import BeamlineName, PixelSize, instrument
from .plausible import refuse_field, refuse_impossible, unusual, unusual_spacing
from .rocking import PARALLEL, Columns, Scan, Turned, refuse_bent, refuse_degenerate

Triple = tuple[float, float, float]
FROM_FILE = ("sample_circles", "detector_circles", "row", "column", "pixel_um", "distance_m", "rocking")
"""Options allowed in a beamline's file."""
LENGTHS = ("energy_kev", "distance_m", "pixel_um")


class Bragg(FourierGeometry):
    """A rocking curve or energy scan about a Bragg peak: one unitary transform, sheared axes of true length.

    Array axes are (rocking, detector row, detector column). Circles are listed outermost first; an axis "y+" is a
    right-handed rotation about y of the CXI laboratory frame (x outboard, y up, z along the beam). The short form
    is `beamline` and `angles_deg`; further options override the beamline's file. φ = +h·u.
    """

    example: ClassVar[Mapping[str, Any]] = {
        "beamline": "34-ID-C",
        "angles_deg": {"theta": 0.2, "chi": 90, "phi": -5, "delta": 30.1, "gamma": 14},
        "rocking": "theta",
        "step_deg": 0.01,
        "energy_kev": 9,
        "distance_m": 0.5,
        "pixel_um": 55,
    }

    name: Literal["bragg"] = "bragg"
    beamline: BeamlineName | None = Field(
        None,
        description="Definition of circles and directions: a packaged beamline (34-ID-C, ID01, P10, NanoMAX, "
        "SIXS, CRISTAL), or your own YAML file.",
    )
    angles_deg: Mapping[str, float] = Field(
        default_factory=dict, description="Positions of the circles, degrees: circle -> angle."
    )
    sample_circles: tuple[Circle, ...] | None = Field(None, description="Circles of the sample, outermost first.")
    detector_circles: tuple[Circle, ...] | None = Field(None, description="Circles of the detector, outermost first.")
    row: Direction | None = Field(None, description="Direction of increasing row index, circles at zero: y- say.")
    column: Direction | None = Field(None, description="Direction of increasing column index: x+ for example.")
    energy_kev: float | None = Field(
        None,
        gt=0,
        description="Photon energy, keV; in an energy scan, that of the frame to which the angles belong.",
    )
    distance_m: float | None = Field(None, gt=0, description="Distance from sample to detector, metres.")
    pixel_um: PixelSize | tuple[PixelSize, PixelSize] | None = Field(
        None, description="Pixel size, µm: one number, or row and column."
    )
    rocking: str | None = Field(None, description="The rocked circle, or energy.")
    step_deg: float | None = Field(None, description="Rocking step from frame to frame, degrees, with its sign.")
    step_ev: float | None = Field(None, description="Step of an energy scan, eV, with its sign.")
    together_deg: Mapping[str, float] = Field(
        default_factory=dict,
        description="Circles of sample or detector that move together with the rocked axis, and their steps from frame "
        "to frame, degrees, with sign: circle -> step.",
    )
    angles_at: tuple[float | None, float | None, float | None] = Field(
        (None, None, None),
        description="Index (frame, row, column), in the array as read, of the voxel to which the angles "
        "belong; null along an axis means the centre of the prepared array.",
    )
    offset: Triple = Field(
        (0.0, 0.0, 0.0),
        description="Offset of the array's centre from the voxel of the angles, voxels; follows from angles_at.",
    )
    h_ref_per_nm: Triple | None = Field(
        None, description="h_ref, the reference for strain, 1/nm; by default q at the array's centre."
    )
    h_ref_frame: Literal["laboratory", "sample"] = Field(
        "laboratory",
        description="The frame of h_ref_per_nm; laboratory: with the sample at the given angles.",
    )

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        """Refuse options that are wrong for any data."""
        for key, step in (("step_deg", self.step_deg), ("step_ev", self.step_ev)):
            if step == 0:
                raise InputError(f"{key} is 0: every frame would be the same; give the step between frames", key)
        if self.rocking == ENERGY and self.step_deg is not None:
            raise InputError("an energy scan needs step_ev, not step_deg", "step_deg")
        if self.rocking not in (None, ENERGY) and self.step_ev is not None:
            raise InputError("step_ev belongs to rocking: energy; a circle needs step_deg", "step_ev")
        row, column = self._said("row"), self._said("column")
        if row is not None and column is not None and np.linalg.norm(np.cross(vector(row), vector(column))) < PARALLEL:
            reason = f"row {row!r} and column {column!r} are parallel: a detector needs two directions"
            raise InputError(reason, "column")
        self._names_fit()
        return self

    def _names_fit(self) -> None:
        """Refuse names that fit no circle, once all circles are known."""
        sample, detector = self._said("sample_circles"), self._said("detector_circles")
        if sample is not None and detector is not None:
            rocking, steps = self._said("rocking"), self.together_deg
            refuse_names(sample, detector, angles=self.angles_deg, rocking=rocking, together=steps)

    def expanded(self) -> Bragg:
        """Return the general form: circles with their angles, directions, no beamline; raises InputError."""
        self._complete()
        said = {key: self._said(key) for key in FROM_FILE}
        said |= {key: self._standing(said[key]) for key in ("sample_circles", "detector_circles")}
        return self.model_copy(update={"beamline": None, "angles_deg": {}, **said})

    def for_data(self, ndim: int) -> Self:
        """Return this geometry; raises InputError for 2-D data, and if anything is missing or degenerate."""
        if ndim != 3:
            raise InputError(f"the geometry 'bragg' needs 3-D data (rocking, row, column), but these have {ndim} axes")
        self._complete()
        refuse_impossible("bragg", **{key: self._said(key) for key in LENGTHS})
        self._columns()
        return super().for_data(ndim)

    def basis(self, space: tuple[int, ...]) -> Tensor:
        """Return the voxel steps (3, 3) along rocking, row, column, metres: columns of A = 2π inv(M diag(N))ᵀ."""
        self.for_data(len(space))
        steps = 2 * np.pi * np.linalg.inv(self._columns().matrix * np.array(space))
        return torch.from_numpy(steps * 1e-9)

    def transfer(self) -> Tensor:
        """Return q at the array's centre, (3,) in 1/m, laboratory frame."""
        return torch.from_numpy(self._columns().transfer * 1e9)

    def reference(self) -> Tensor:
        """Return h_ref, (3,) in 1/m, laboratory frame, with the sample oriented as at the array's centre."""
        if self.h_ref_per_nm is None:
            return self.transfer()
        h = np.array(self.h_ref_per_nm)
        if self.h_ref_frame == "laboratory":
            h = self._sample(0.0).T @ h
        return torch.from_numpy(self._sample() @ h * 1e9)

    def beam(self) -> Tensor:
        """Return k_i and k_f at the array's centre, (2, 3) in 1/m, laboratory frame."""
        found = self._columns()
        return torch.from_numpy(np.stack([found.incident, found.scattered]) * 1e9)

    def frames(self) -> Mapping[str, Tensor]:
        """Return the rotations to laboratory, sample (all its circles at zero) and crystal (y along q).

        The crystal's x is the sample's x made perpendicular to q, or its z if those two are parallel.
        """
        sample = self._sample().T
        q = sample @ self._columns().transfer
        up = q / np.linalg.norm(q)
        along = np.array([1.0, 0, 0]) if abs(up[0]) < 0.99 else np.array([0.0, 0, 1])
        along = along - up * (along @ up)
        along /= np.linalg.norm(along)
        crystal = np.stack([along, up, np.cross(along, up)]) @ sample
        frames = {"laboratory": np.eye(3), "sample": sample, "crystal": crystal}
        return {name: torch.from_numpy(np.ascontiguousarray(matrix)) for name, matrix in frames.items()}

    def windowed(self, centre: Sequence[float], factors: Sequence[int]) -> Self:
        """Apply centring, cropping and binning to the angles, the pixel size and the step."""
        if len(centre) != 3:
            return self
        offset = [
            (before if at is None else c - at) / factor
            for before, at, c, factor in zip(self.offset, self.angles_at, centre, factors, strict=True)
        ]
        self._complete()
        rows, cols = _pair(self._said("pixel_um"))
        step = {"step_deg": self.step_deg, "step_ev": self.step_ev}
        together = {name: value * factors[0] for name, value in self.together_deg.items()}
        return self.model_copy(
            update={
                "angles_at": (None, None, None),
                "offset": tuple(offset),
                "pixel_um": (rows * factors[1], cols * factors[2]),
                "together_deg": together,
                **{key: None if value is None else value * factors[0] for key, value in step.items()},
            }
        )

    @classmethod
    def setups(cls) -> tuple[Setup, ...]:
        """Return set-ups with matrices from other packages and from a separate evaluation of the formulas."""
        text = files("phasekit_plugins.geometries").joinpath("setups.json").read_text(encoding="utf-8")
        return tuple(
            Setup(
                name=row["name"],
                source=row["source"],
                geometry=cls.model_validate(row["geometry"]),
                shape=tuple(row["shape"]),
                expected=row["expected"],
                tolerance=row["tolerance"],
            )
            for row in json.loads(text)
        )

    def remarks(self, space: tuple[int, ...]) -> tuple[str, ...]:
        """Warn of an implausible d-spacing and of an uncertain direction of the detector's columns.

        Raises InputError for a field of view larger than any beam, and for axes whose motion is no even step.
        """
        if self.together_deg:
            refuse_bent(self._scan().bend(self.offset, space[0]), space[0], self.together_deg)
        found = [*unusual(**{key: self._said(key) for key in LENGTHS})]
        if self.beamline is not None and self.column is None and (note := instrument(self.beamline).note):
            found.append(f"{instrument(self.beamline).name}: {note}")
        d = 2 * np.pi / float(torch.linalg.norm(self.transfer())) * 1e9
        fields = torch.linalg.norm(self.basis(space), dim=1) * 1e9 * torch.tensor(space)
        refuse_field("bragg", float(fields.min()), float(fields.max()))
        return (*found, *unusual_spacing(d))

    def _said(self, key: str) -> Any:
        """Return an option as given, else from the beamline's file; None if neither has it."""
        value = getattr(self, key)
        return value if value is not None or self.beamline is None else getattr(instrument(self.beamline), key)

    def _standing(self, circles: Sequence[Circle]) -> tuple[Circle, ...]:
        """Return circles with their angles filled in."""
        return tuple(
            circle.model_copy(update={"angle_deg": self.angles_deg.get(circle.name, circle.angle_deg)})
            for circle in circles
        )

    def _complete(self) -> None:
        """Raise InputError that lists everything missing."""
        sample, detector, rocking = (self._said(key) for key in ("sample_circles", "detector_circles", "rocking"))
        step = "step_ev" if rocking == ENERGY else "step_deg"
        needed = {
            "beamline (or sample_circles)": sample,
            "beamline (or detector_circles)": detector,
            **{key: self._said(key) for key in ("row", "column", "distance_m", "pixel_um", "rocking")},
            **{key: getattr(self, key) for key in ("energy_kev", step)},
        }
        missing = [key for key, value in needed.items() if value is None]
        standing = self._standing((*(sample or ()), *(detector or ())))
        angles = list(dict.fromkeys(circle.name for circle in standing if circle.angle_deg is None))
        if angles:
            missing.append(f"angles_deg of {', '.join(angles)}")
        if missing:
            raise InputError(f"the geometry 'bragg' needs {', '.join(missing)}; give them in the recipe", "geometry")

    def _scan(self) -> Scan:
        """Return the complete scan; raises InputError that lists everything missing."""
        general = self.expanded()
        by_energy, steps = general.rocking == ENERGY, dict(self.together_deg)
        if not by_energy:
            steps[str(general.rocking)] = general.step_deg or 0.0
        sample, detector = (
            tuple(Turned(circle.axis, circle.angle_deg or 0.0, steps.get(circle.name, 0.0)) for circle in circles or ())
            for circles in (general.sample_circles, general.detector_circles)
        )
        given = general.model_dump(include={"energy_kev", "distance_m", "row", "column"})
        energy_step = 1e-3 * (general.step_ev or 0.0) if by_energy else 0.0
        pixels = _pair(self._said("pixel_um"))
        return Scan(**given, sample=sample, detector=detector, pixels_um=pixels, energy_step=energy_step)

    def _sample(self, frames: float | None = None) -> Matrix:
        """Return the rotation of the sample at the array's centre, or `frames` from the frame of the angles."""
        return self._scan().sample_rotation(self.offset[0] if frames is None else frames)

    def _columns(self) -> Columns:
        """Return the map at the array's centre; raises InputError if anything is missing or degenerate."""
        found = self._scan().columns(self.offset)
        refuse_degenerate(found, str(self._said("rocking")))
        return found


def _pair(pixels: float | tuple[float, float]) -> tuple[float, float]:
    """Return the pixel's height and width."""
    return pixels if isinstance(pixels, tuple) else (pixels, pixels)
