"""Weights of a small network."""

from __future__ import annotations

from pathlib import Path

import pytest

from .... import toys


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train a small network, and return its file, which nobody writes to."""
    path: Path = tmp_path_factory.mktemp("weights") / "toy.safetensors"
    toys.trained(samples=120, epochs=3, batch=10).weights.save(path)
    return path
