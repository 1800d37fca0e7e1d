"""phasekit: phase retrieval for coherent X-ray imaging, every method a plugin."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any
from warnings import warn

from phasekit.core import registry as _registry
from phasekit.runtime.moved import OldNames as _OldNames

__version__ = "0.1.0"

_PLACES = {
    "fourier": "phasekit.numerics.fourier",
    "Between": "phasekit.core.schedule:Between",
    "Comparison": "phasekit.comparing.comparison:Comparison",
    "Feedback": "phasekit.core.feedback:Feedback",
    "Generator": "phasekit.core.generator:Generator",
    "Geometry": "phasekit.core.geometry:Geometry",
    "InputError": "phasekit.runtime.errors:InputError",
    "InputFile": "phasekit.runtime.paths:InputFile",
    "InputPath": "phasekit.runtime.paths:InputPath",
    "Iterative": "phasekit.core.iterative:Iterative",
    "Learner": "phasekit.training.learner:Learner",
    "Loss": "phasekit.core.loss:Loss",
    "Measurement": "phasekit.core.measurement:Measurement",
    "Network": "phasekit.core.network:Network",
    "Observer": "phasekit.core.observer:Observer",
    "Options": "phasekit.core.plugin:Options",
    "PhasekitError": "phasekit.runtime.errors:PhasekitError",
    "Plugin": "phasekit.core.plugin:Plugin",
    "Preparation": "phasekit.core.preparation:Preparation",
    "Problem": "phasekit.core.problem:Problem",
    "Reproduction": "phasekit.runs.reproduction:Reproduction",
    "Result": "phasekit.core.result:Result",
    "RunError": "phasekit.runtime.errors:RunError",
    "Schedule": "phasekit.core.schedule:Schedule",
    "Solver": "phasekit.core.solver:Solver",
    "Source": "phasekit.core.source:Source",
    "State": "phasekit.core.state:State",
    "Trained": "phasekit.training.train:Trained",
    "Volume": "phasekit.analysis.volume:Volume",
    "compare": "phasekit.runs.calls:compare",
    "hookimpl": "phasekit.core.hookspecs:hookimpl",
    "reproduce": "phasekit.runs.reproduce:reproduce",
    "run": "phasekit.runs.run:run",
    "solve": "phasekit.runs.calls:solve",
    "train": "phasekit.runs.calls:train",
    "volume": "phasekit.analysis.volume:volume",
}
"""The public names: name -> where it is defined."""

_MOVED = {
    "Chain": "phasekit.core.chain:Chain",
    "Constant": "phasekit.core.chain:Constant",
    "Refit": "phasekit.training.regrid:Refit",
    "Samples": "phasekit.training.samples:Samples",
    "Setup": "phasekit.core.geometry:Setup",
    "TrainedNetwork": "phasekit.training.trained:TrainedNetwork",
    "Weights": "phasekit.training.weights:Weights",
    "WeightsFile": "phasekit.training.library:WeightsFile",
    "align": "phasekit.numerics.registration",
    "choose_device": "phasekit.runtime.device:choose_device",
    "constants": "phasekit.runtime.constants",
    "gate": "phasekit.training.novelty",
    "laboratory_grid": "phasekit.core.grid:laboratory_grid",
    "likeness": "phasekit.training.object_error",
    "memory_available": "phasekit.runtime.device:memory_available",
    "modulus": "phasekit.numerics.modulus",
    "near": "phasekit.runtime.suggest:near",
    "trained_network": "phasekit.training.trained:trained_network",
}
"""Names that were public in 0.1: name -> where it is now. They go in 0.3."""

__all__ = ["__version__", *sorted(_PLACES)]

if TYPE_CHECKING:
    from phasekit.analysis.volume import Volume as Volume
    from phasekit.analysis.volume import volume as volume
    from phasekit.comparing.comparison import Comparison as Comparison
    from phasekit.core.feedback import Feedback as Feedback
    from phasekit.core.generator import Generator as Generator
    from phasekit.core.geometry import Geometry as Geometry
    from phasekit.core.hookspecs import hookimpl as hookimpl
    from phasekit.core.iterative import Iterative as Iterative
    from phasekit.core.loss import Loss as Loss
    from phasekit.core.measurement import Measurement as Measurement
    from phasekit.core.network import Network as Network
    from phasekit.core.observer import Observer as Observer
    from phasekit.core.plugin import Options as Options
    from phasekit.core.plugin import Plugin as Plugin
    from phasekit.core.preparation import Preparation as Preparation
    from phasekit.core.problem import Problem as Problem
    from phasekit.core.result import Result as Result
    from phasekit.core.schedule import Between as Between
    from phasekit.core.schedule import Schedule as Schedule
    from phasekit.core.solver import Solver as Solver
    from phasekit.core.source import Source as Source
    from phasekit.core.state import State as State
    from phasekit.numerics import fourier as fourier
    from phasekit.runs.calls import compare as compare
    from phasekit.runs.calls import solve as solve
    from phasekit.runs.calls import train as train
    from phasekit.runs.reproduce import reproduce as reproduce
    from phasekit.runs.reproduction import Reproduction as Reproduction
    from phasekit.runs.run import run as run
    from phasekit.runtime.errors import InputError as InputError
    from phasekit.runtime.errors import PhasekitError as PhasekitError
    from phasekit.runtime.errors import RunError as RunError
    from phasekit.runtime.paths import InputFile as InputFile
    from phasekit.runtime.paths import InputPath as InputPath
    from phasekit.training.learner import Learner as Learner
    from phasekit.training.train import Trained as Trained


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that `phasekit --help` does not wait for torch."""
    if name in _MOVED:
        module, _, attribute = _MOVED[name].partition(":")
        new = f"from {module} import {attribute}" if attribute else f"import {module}"
        warn(f"phasekit.{name} has moved; write: {new}", DeprecationWarning, stacklevel=2)
        return _loaded(_MOVED[name])
    if name not in _PLACES:
        raise AttributeError(f"module 'phasekit' has no attribute '{name}'")
    value = globals()[name] = _loaded(_PLACES[name])
    return value


def _loaded(place: str) -> Any:
    module, _, attribute = place.partition(":")
    loaded = import_module(module)
    return getattr(loaded, attribute) if attribute else loaded


def __dir__() -> list[str]:
    return __all__


def _discover(store: _registry.Registry) -> None:
    from phasekit.core.discovery import discover

    discover(store)


_registry.fill_with(_discover)
sys.meta_path.append(_OldNames())
