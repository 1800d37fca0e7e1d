"""Weights say which network they are for and how they were made; what cannot be read says why in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from phasekit import InputError, Network
from phasekit.cli.weights_sheet import file_lines, library_rows
from phasekit.training.weights import Weights

DETECTOR, BOX = (9, 11), (4, 5)
ABOUT: dict[str, Any] = {
    "generator": {"name": "crystal"},
    "figures": {"object_error": 0.12345, "flat_phase_error": 0.3},
    "environment": {"commit": "0123456789abcdef"},
    "gate": {"middle": []},
}


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of one's own weights: one that tells all, one that tells nothing, one that is damaged."""
    monkeypatch.setenv("PHASEKIT_WEIGHTS", str(tmp_path))
    network = Network.resolve({"name": "paper", "channels": [3, 4]})
    tensors = network.drawn(DETECTOR, BOX, 5).state_dict()
    for name, about in (("whole", ABOUT), ("mute", {})):
        Weights(network, DETECTOR, BOX, tensors, about).save(tmp_path / f"{name}.safetensors")
    (tmp_path / "damaged.safetensors").write_bytes(b"none")
    return tmp_path


def test_a_row_tells_what_is_known_and_a_dash_what_is_not(own: Path) -> None:
    rows = {row["name"]: row for row in library_rows() if row["from"] == "local"}
    assert rows["whole"] == {
        "name": "whole",
        "network": "paper",
        "data": "9 × 11",
        "generator": "crystal",
        "object_error": "0.123 (flat phase 0.3)",
        "commit": "0123456789ab",
        "from": "local",
    }
    assert [rows["mute"][key] for key in ("generator", "object_error", "commit")] == ["–", "–", "–"]
    assert rows["damaged"]["network"].startswith("cannot be read: ")
    assert all(row.keys() == rows["whole"].keys() for row in library_rows())


def test_a_file_tells_all_but_the_numbers_of_its_gate(own: Path) -> None:
    lines = file_lines(own / "whole.safetensors")
    weights = sum(tensor.numel() for tensor in Weights.load(own / "whole.safetensors").tensors.values())
    assert f"weights: {weights / 1e6:.3g} million" in lines
    assert {"data: 9 × 11", "box: 4 × 5", f"figures: {ABOUT['figures']}"} <= set(lines)
    assert lines[-1] == "novelty detector: set"
    assert file_lines(own / "mute.safetensors")[-1] == "novelty detector: none"
    with pytest.raises(InputError, match="not a complete safetensors file"):
        file_lines(own / "damaged.safetensors")
