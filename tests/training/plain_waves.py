"""Waves of centred objects, written out: cut and padded voxel by voxel, transformed by matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def centred_places(n: int) -> np.ndarray:
    """Return the places, or frequencies, of an array of length n with its centre at n//2."""
    return np.arange(n) - n // 2


def within(object: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Return `object`, whose centre is at n//2, cut or padded to `shape`, voxel by voxel."""
    larger = np.zeros(shape, object.dtype)
    for place in np.ndindex(object.shape):
        there = tuple(i - n // 2 + m // 2 for i, n, m in zip(place, object.shape, shape, strict=True))
        if all(0 <= i < m for i, m in zip(there, shape, strict=True)):
            larger[there] = object[place]
    return larger


def wave_of(object: np.ndarray) -> np.ndarray:
    """Return the unitary wave with exp(+iQ·r), r from the object's centre; zero frequency in the middle."""
    for axis, n in enumerate(object.shape):
        matrix = np.exp(2j * np.pi * np.outer(centred_places(n), centred_places(n)) / n) / math.sqrt(n)
        object = np.moveaxis(np.tensordot(matrix, object, (1, axis)), 0, axis)
    return object


def object_of(wave: np.ndarray) -> np.ndarray:
    return wave_of(wave.conj()).conj()


def data_of(object: np.ndarray) -> torch.Tensor:
    """Return the intensity of an object as a detector array: zero frequency first."""
    return torch.from_numpy(np.fft.ifftshift(np.abs(wave_of(object)) ** 2))
