"""Every built-in plugin keeps the laws of its kind, on every device there is."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from phasekit import Network, Plugin
from phasekit.core.chain import Chain
from phasekit.core.registry import registry
from phasekit.testing import parametrize_with_checks, reference_problem
from phasekit.testing.kit import Case
from phasekit.testing.problems import truth_of
from phasekit.training.weights import Weights

FOLDER = Path(tempfile.mkdtemp(prefix="phasekit-contract-"))
ROCKING_CURVE = {
    "beamline": "34-ID-C",
    "angles_deg": {"theta": 0.2, "chi": 90.0, "phi": -5.0, "delta": 30.1, "gamma": 14.0},
    "energy_kev": 9.0,
    "distance_m": 0.5,
    "pixel_um": 55.0,
    "step_deg": 0.01,
}
SMALL_PAPER = {"name": "paper", "channels": (3, 4)}
SMALL_UNROLLED = {"name": "unrolled", "channels": 4, "deep_channels": 4, "stages": 1}


def _weights(detector: tuple[int, ...]) -> Path:
    """Write weights that nobody has trained, for laws that ask for no skill."""
    network, path = Network.resolve(SMALL_UNROLLED), FOLDER / f"{len(list(FOLDER.iterdir()))}.safetensors"
    box = tuple(n // 2 for n in detector)
    Weights(network, detector, box, network.drawn(detector, box, 0).state_dict()).save(path)
    return path


INSTANCES: dict[str, tuple[dict[str, Any], ...]] = {
    "aps-34idc": ({"path": FOLDER},),
    "bragg": (ROCKING_CURVE,),
    # Its default has too many levels for small data.
    "paper": ({"channels": (3, 4)}, {}),
    "unrolled": ({"channels": 4, "deep_channels": 4, "stages": 1},),
    "cnn": (
        {"network": SMALL_UNROLLED, "weights": _weights((12, 10, 8))},
        {"network": SMALL_UNROLLED, "weights": _weights((10, 12, 12)), "fit": "reciprocal", "then": {"name": "er"}},
        {"network": SMALL_UNROLLED, "weights": _weights((9, 11))},
    ),
    "deep-prior": (
        {"network": {"name": "decoder", "channels": (4, 4)}},
        {
            "network": SMALL_PAPER,
            "tries": 2,
            "cull_at": 0.5,
            "validation": 0.1,
            "patience": 10,
            "nuisance": ("coherence", "background", "centre"),
            "keep": "last",
            "box": "estimated",
            "gate": {"name": "shrinkwrap", "threshold": 0.05},
            "gate_period": 2,
            "gate_between": (0.0, 1.0),
        },
        {"protocol": "paper", "network": SMALL_PAPER, "begin": "object", "fit_steps": 1},
    ),
}
"""What some plugins are checked with instead of their defaults, by name."""
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


def _file() -> Path:
    """Write the reference object, for plugins that cannot do without a file."""
    path = FOLDER / "object.npy"
    np.save(path, truth_of(reference_problem()).numpy())
    return path


def _instances(cls: type[Plugin], path: Path) -> list[Plugin]:
    """Return the plugin with its defaults, or with what it needs to do anything."""
    if cls is Chain:
        turns = ("hio", {"name": "shrinkwrap", "sigma": 1.0}, {"name": "er", "steps": 2})
        chains = [{}, {"solvers": turns[::2]}, {"solvers": turns, "repeat": 2}]
        return [Chain.model_validate(options) for options in chains]
    if given := INSTANCES.get(str(cls.model_fields["name"].default)):
        return [cls.model_validate(options) for options in given]
    if "path" in cls.model_fields and cls.model_fields["path"].is_required():
        return [cls.model_validate({"path": path, **_needed(cls)})]
    return [cls.model_validate({})]


def _needed(cls: type[Plugin]) -> dict[str, str]:
    """Return a word for each further option that has no default."""
    needed = [key for key, field in cls.model_fields.items() if field.is_required() and key != "path"]
    return dict.fromkeys(needed, "data")


def _all() -> list[Plugin]:
    path = _file()
    rows = [row for rows in registry().entries.values() for row in rows]
    return [plugin for _, cls in rows for plugin in _instances(cls, path)]


def test_every_plugin_that_is_installed_could_be_loaded() -> None:
    assert registry().broken == {}


@parametrize_with_checks(_all())
def test_contract(check: Case) -> None:
    check()
