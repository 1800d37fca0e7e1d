"""phasekit: phase retrieval for coherent X-ray imaging, every method a plugin."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PLACES = {
    "align": "phasekit.align",
    "choose_device": "phasekit.solve:choose_device",
    "constants": "phasekit.constants",
    "fourier": "phasekit.fourier",
    "modulus": "phasekit.modulus",
    "hookimpl": "phasekit.hookspecs:hookimpl",
    "Between": "phasekit.interfaces:Between",
    "Chain": "phasekit.chain:Chain",
    "Constant": "phasekit.chain:Constant",
    "Generator": "phasekit.interfaces:Generator",
    "Geometry": "phasekit.interfaces:Geometry",
    "InputError": "phasekit.errors:InputError",
    "InputFile": "phasekit.paths:InputFile",
    "InputPath": "phasekit.paths:InputPath",
    "Iterative": "phasekit.iterative:Iterative",
    "Learner": "phasekit.learner:Learner",
    "Loss": "phasekit.interfaces:Loss",
    "Measurement": "phasekit.measurement:Measurement",
    "Network": "phasekit.interfaces:Network",
    "Options": "phasekit.plugin:Options",
    "PhasekitError": "phasekit.errors:PhasekitError",
    "Plugin": "phasekit.plugin:Plugin",
    "Preparation": "phasekit.interfaces:Preparation",
    "Problem": "phasekit.problem:Problem",
    "Result": "phasekit.result:Result",
    "RunError": "phasekit.errors:RunError",
    "Schedule": "phasekit.interfaces:Schedule",
    "Setup": "phasekit.interfaces:Setup",
    "Samples": "phasekit.samples:Samples",
    "Solver": "phasekit.interfaces:Solver",
    "Source": "phasekit.interfaces:Source",
    "State": "phasekit.state:State",
    "reproduce": "phasekit.reproduce:reproduce",
    "Reproduction": "phasekit.reproduction:Reproduction",
    "run": "phasekit.run:run",
    "solve": "phasekit.solve:solve",
    "train": "phasekit.train:train",
    "compare": "phasekit.compare:compare",
    "Comparison": "phasekit.comparison:Comparison",
    "volume": "phasekit.volume:volume",
    "Weights": "phasekit.weights:Weights",
    "WeightsFile": "phasekit.library:WeightsFile",
    "gate": "phasekit.gate",
    "likeness": "phasekit.likeness",
    "TrainedNetwork": "phasekit.trained:TrainedNetwork",
    "Refit": "phasekit.refit:Refit",
    "Trained": "phasekit.train:Trained",
    "trained_network": "phasekit.trained:trained_network",
    "Volume": "phasekit.volume:Volume",
    "laboratory_grid": "phasekit.grid:laboratory_grid",
    "near": "phasekit.near:near",
    "memory_available": "phasekit.batches:memory_available",
}

__all__ = ["__version__", *sorted(_PLACES)]

if TYPE_CHECKING:
    from phasekit import align as align
    from phasekit import constants as constants
    from phasekit import fourier as fourier
    from phasekit import gate as gate
    from phasekit import likeness as likeness
    from phasekit import modulus as modulus
    from phasekit.batches import memory_available as memory_available
    from phasekit.chain import Chain as Chain
    from phasekit.chain import Constant as Constant
    from phasekit.compare import compare as compare
    from phasekit.comparison import Comparison as Comparison
    from phasekit.errors import InputError as InputError
    from phasekit.errors import PhasekitError as PhasekitError
    from phasekit.errors import RunError as RunError
    from phasekit.grid import laboratory_grid as laboratory_grid
    from phasekit.hookspecs import hookimpl as hookimpl
    from phasekit.interfaces import Between as Between
    from phasekit.interfaces import Generator as Generator
    from phasekit.interfaces import Geometry as Geometry
    from phasekit.interfaces import Loss as Loss
    from phasekit.interfaces import Network as Network
    from phasekit.interfaces import Preparation as Preparation
    from phasekit.interfaces import Schedule as Schedule
    from phasekit.interfaces import Setup as Setup
    from phasekit.interfaces import Solver as Solver
    from phasekit.interfaces import Source as Source
    from phasekit.iterative import Iterative as Iterative
    from phasekit.learner import Learner as Learner
    from phasekit.library import WeightsFile as WeightsFile
    from phasekit.measurement import Measurement as Measurement
    from phasekit.near import near as near
    from phasekit.paths import InputFile as InputFile
    from phasekit.paths import InputPath as InputPath
    from phasekit.plugin import Options as Options
    from phasekit.plugin import Plugin as Plugin
    from phasekit.problem import Problem as Problem
    from phasekit.refit import Refit as Refit
    from phasekit.reproduce import reproduce as reproduce
    from phasekit.reproduction import Reproduction as Reproduction
    from phasekit.result import Result as Result
    from phasekit.run import run as run
    from phasekit.samples import Samples as Samples
    from phasekit.solve import choose_device as choose_device
    from phasekit.solve import solve as solve
    from phasekit.state import State as State
    from phasekit.train import Trained as Trained
    from phasekit.train import train as train
    from phasekit.trained import TrainedNetwork as TrainedNetwork
    from phasekit.trained import trained_network as trained_network
    from phasekit.volume import Volume as Volume
    from phasekit.volume import volume as volume
    from phasekit.weights import Weights as Weights


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that `phasekit --help` does not wait for torch."""
    if name not in _PLACES:
        raise AttributeError(f"module 'phasekit' has no attribute '{name}'")
    module, _, attribute = _PLACES[name].partition(":")
    loaded = import_module(module)
    value = getattr(loaded, attribute) if attribute else loaded
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


class _Package(ModuleType):
    """Keeps `phasekit.solve` the function when Python, importing the module of that name, would bind the module."""

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and _PLACES.get(name, "").endswith(f":{name}"):
            return
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
