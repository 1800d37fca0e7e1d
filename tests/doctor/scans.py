"""A Bragg crystal as a detector sees it, and the faults that data can have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from scipy import ndimage

from phasekit.doctor import Diagnosis, examine
from phasekit.reading.array_source import ArraySource
from phasekit.reading.arrays import Arrays
from phasekit.reading.stored import Stored

SHAPE = (52, 56, 48)
PEAK = (25, 29, 23)
"""One voxel or two beside the centre, as measured data have it."""

USUAL = ["flat-field", "monitor", "centre"]
"""Steps that prepare such a scan."""


@dataclass
class Scan:
    """A Bragg crystal as a detector sees it: frames, rows, columns; every fault changes it in place."""

    counts: np.ndarray
    monitor: np.ndarray
    positions: np.ndarray
    valid: np.ndarray
    flat: np.ndarray
    prepare: list[Any] | None = None

    def diagnosis(self) -> Diagnosis:
        source = Read(prepare=self.prepare)
        READ["scan"] = self
        problem = source.load(None, torch.Generator())
        return examine(problem, source.raw())

    def found(self) -> list[str]:
        return [finding.name for finding in self.diagnosis().findings]


READ: dict[str, Scan] = {}


class Read(ArraySource):
    """Gives the scan at hand."""

    name: Literal["read"] = "read"

    def arrays(self) -> Arrays:
        scan = READ["scan"]
        return Arrays(
            Stored("counts", scan.counts),
            valid=Stored("valid", scan.valid),
            flat_field=Stored("flat", scan.flat),
            monitor=Stored("monitor", scan.monitor),
            positions=Stored("positions", scan.positions),
        )


def crystal(span: float = 2.5) -> np.ndarray:
    """Return a faceted crystal with a bent phase, far from centrosymmetric, about a third of the box wide."""
    at = np.stack(np.meshgrid(*[(np.arange(n) - n / 2) / n for n in SHAPE], indexing="ij"))
    inside = np.ones(SHAPE, dtype=bool)
    rng = np.random.default_rng(1)
    for _ in range(9):
        normal = rng.normal(size=3)
        inside &= np.tensordot(normal / np.linalg.norm(normal), at, 1) < rng.uniform(0.1, 0.15)
    inside &= np.abs(at).max(axis=0) < 0.16
    phase = span * (np.sin(8 * at[0] + 3 * at[1]) * np.cos(7 * at[2]) + 2 * at[1])
    return np.asarray(inside * np.exp(1j * phase))


def scan(peak: float = 3e4, background: float = 0.3, seed: int = 0) -> Scan:
    """Measure the crystal: Poisson noise, background, an uneven detector, a beam that varies by 2 %."""
    rng = np.random.default_rng(seed)
    expected = np.abs(np.fft.fftshift(np.fft.fftn(crystal()))) ** 2
    expected *= peak / expected.max()
    top = np.unravel_index(expected.argmax(), SHAPE)
    expected = np.roll(expected, np.subtract(PEAK, top), range(3)) + background
    flat, monitor = rng.uniform(0.8, 1.2, SHAPE[1:]), rng.normal(1000, 20, SHAPE[0])
    return Scan(
        counts=rng.poisson(expected * flat * monitor[:, None, None] / 1000).astype(float),
        monitor=monitor,
        positions=-0.2 + 0.005 * np.arange(SHAPE[0]) + rng.normal(0, 5e-6, SHAPE[0]),
        valid=np.ones(SHAPE, dtype=bool),
        flat=flat,
    )


def figures(of: Scan) -> dict[str, str]:
    return {finding.name: finding.figure for finding in of.diagnosis().findings}


def bright_part_masked(of: Scan) -> None:
    of.valid[:, 20:36, :] = False


def few(of: Scan) -> None:
    of.counts = scan(40, 0.01).counts


def binned(of: Scan) -> None:
    of.prepare = ["flat-field", "monitor", "centre", {"name": "bin", "factors": (1, 2, 1)}]


def coarse(of: Scan) -> None:
    keep = slice(1, None, 2)
    of.counts, of.monitor, of.positions, of.valid = (
        of.counts[keep],
        of.monitor[keep],
        of.positions[keep],
        of.valid[keep],
    )


def cropped(of: Scan) -> None:
    of.prepare = ["flat-field", "monitor", "centre", {"name": "crop", "shape": (52, 14, 48)}]


def begun_late(of: Scan) -> None:
    begin = PEAK[0] - 3
    of.counts, of.monitor, of.positions, of.valid = (
        of.counts[begin:],
        of.monitor[begin:],
        of.positions[begin:],
        of.valid[begin:],
    )


def at_the_detector_s_edge(of: Scan) -> None:
    of.counts, of.valid, of.flat = of.counts[..., :26], of.valid[..., :26], of.flat[:, :26]


def clipped(of: Scan) -> None:
    of.counts = of.counts.clip(max=np.floor(0.4 * of.counts.max()))


def counter_full(of: Scan) -> None:
    of.counts = scan(6e4).counts.clip(max=65534)
    of.counts[PEAK] = 65535


def masked_frames(of: Scan) -> None:
    of.valid[[11, 40]] = False


def frame_of_nan(of: Scan) -> None:
    of.counts[PEAK[0] + 2] = np.nan


def frame_of_zeros(of: Scan) -> None:
    of.counts[PEAK[0] + 1] = 0


def last_frames_of_zeros(of: Scan) -> None:
    of.counts[-4:] = 0


def beam_lost(of: Scan) -> None:
    of.monitor[30] *= 0.3
    of.counts[30] = np.round(0.3 * of.counts[30])


def monitor_step(of: Scan) -> None:
    of.monitor[33:] *= 1.5


def no_monitor(of: Scan) -> None:
    of.monitor[7] = 0


def position_jump(of: Scan) -> None:
    of.positions[20:] += 0.01


def turns_round(of: Scan) -> None:
    of.positions[40:] = of.positions[39] - 0.005 * np.arange(1, 13)


def position_unknown(of: Scan) -> None:
    of.positions[12] = np.nan


def position_wild(of: Scan) -> None:
    of.positions[12] += 30.0


def not_centred(of: Scan) -> None:
    of.counts, of.flat = np.roll(of.counts, 5, axis=1), np.roll(of.flat, 5, axis=0)
    of.prepare = ["flat-field", "monitor"]


def hot_pixel(of: Scan) -> None:
    of.counts[:, 9, 40] = np.random.default_rng(3).poisson(60, len(of.counts))


def stuck_pixels(of: Scan) -> None:
    of.counts[:, PEAK[1] + 1, PEAK[2] + 9] = 50000
    of.counts[:, PEAK[1] + 1, PEAK[2] + 10] = 50000


def cosmic_ray(of: Scan) -> None:
    of.counts[31, 12, 17] = 900


def dead_pixel(of: Scan) -> None:
    of.counts[:, PEAK[1] - 2, PEAK[2] + 1] = 0


def unknown_gap(of: Scan) -> None:
    of.counts[:, :, PEAK[2] + 4 : PEAK[2] + 8] = 0


def blanked_block(of: Scan) -> None:
    of.counts[PEAK[0] - 6 : PEAK[0] - 2, PEAK[1] - 3 : PEAK[1] + 2, PEAK[2] + 3 : PEAK[2] + 7] = 0


def amplitudes(of: Scan) -> None:
    of.counts = np.sqrt(of.counts)


def logarithms(of: Scan) -> None:
    of.counts = np.log1p(of.counts)


def decimal_logarithms(of: Scan) -> None:
    of.counts = np.log10(of.counts + 1)


def thresholded(of: Scan) -> None:
    of.counts = (of.counts > 3).astype(float)


def divided_by_the_maximum(of: Scan) -> None:
    of.counts = of.counts / of.counts.max()


def mask_of_the_other_sense(of: Scan) -> None:
    of.valid = np.random.default_rng(1).random(SHAPE) < 0.05


def shuffled(of: Scan) -> None:
    of.counts = of.counts[np.random.default_rng(2).permutation(len(of.counts))]


def absorber_for_one_frame(of: Scan) -> None:
    of.counts[PEAK[0] + 1] = np.round(of.counts[PEAK[0] + 1] / 6)


def partly_coherent(of: Scan) -> None:
    sensitivity = of.flat * of.monitor[:, None, None] / 1000
    blurred = ndimage.gaussian_filter(of.counts / sensitivity, 1.0, mode="wrap")
    of.counts = np.random.default_rng(4).poisson(blurred * sensitivity).astype(float)


def neighbouring_crystal(of: Scan) -> None:
    away = sum((at - centre) ** 2 for at, centre in zip(np.indices(SHAPE), (8, 50, 40), strict=True))
    of.counts += np.random.default_rng(5).poisson(900 * np.exp(-away / 6.0))


def sideways(of: Scan) -> None:
    of.counts, of.flat, of.valid = of.counts[:, 26:], of.flat[26:], of.valid[:, 26:]
