"""The built-in plugins, found through the same kind of entry point as third-party ones."""

from __future__ import annotations

from pathlib import Path

from phasekit import Generator, Geometry, Loss, Network, Preparation, Schedule, Solver, Source, hookimpl

from .generators.crystal import Crystal
from .generators.superellipsoid import Superellipsoid
from .geometries.bragg import Bragg
from .geometries.far_field import FarField
from .losses.chi2 import ChiSquare
from .losses.free_poisson import FreePoisson
from .losses.object_error import ObjectError
from .losses.pearson import Pearson
from .losses.poisson import Poisson
from .losses.r_factor import RFactor
from .losses.rmse import RelativeError
from .networks.decoder import Decoder
from .networks.paper import Paper
from .networks.unrolled import Unrolled
from .preparations.aliens import Aliens
from .preparations.background import Background
from .preparations.bin import Bin
from .preparations.centre import Centre
from .preparations.crop import Crop
from .preparations.dark import Dark
from .preparations.flat_field import FlatField
from .preparations.gaps import Gaps
from .preparations.hot_pixels import HotPixels
from .preparations.monitor import Monitor
from .preparations.pad import Pad
from .schedules.cosine import Cosine
from .schedules.exponential import Exponential
from .schedules.linear import Linear
from .schedules.power import Power
from .schedules.steps import Steps
from .schedules.weibull import Weibull
from .solvers.autocorrelation import Autocorrelation
from .solvers.cnn.solver import Cnn
from .solvers.deep_prior.solver import DeepPrior
from .solvers.detwin import Detwin
from .solvers.dm import DifferenceMap
from .solvers.er import ErrorReduction
from .solvers.from_file import FromFile
from .solvers.hio import HybridInputOutput
from .solvers.raar import RelaxedReflections
from .solvers.random_object import RandomObject
from .solvers.random_phase import RandomPhase
from .solvers.shrinkwrap import ShrinkWrap
from .sources.aps_34idc import Aps34idc
from .sources.cxi import Cxi
from .sources.hdf5 import Hdf5
from .sources.nexus import Nexus
from .sources.numpy_file import NumpyFile
from .sources.simulation import Simulation
from .sources.tiff import Tiff


@hookimpl
def phasekit_generators() -> list[type[Generator]]:
    """List the built-in generators."""
    return [Superellipsoid, Crystal]


@hookimpl
def phasekit_geometries() -> list[type[Geometry]]:
    """List the built-in geometries."""
    return [FarField, Bragg]


@hookimpl
def phasekit_losses() -> list[type[Loss]]:
    """List the built-in losses."""
    return [Pearson, ChiSquare, RelativeError, Poisson, FreePoisson, RFactor, ObjectError]


@hookimpl
def phasekit_schedules() -> list[type[Schedule]]:
    """List the built-in schedules."""
    return [Linear, Exponential, Cosine, Power, Steps, Weibull]


@hookimpl
def phasekit_sources() -> list[type[Source]]:
    """List the built-in sources."""
    return [Simulation, Hdf5, NumpyFile, Tiff, Cxi, Nexus, Aps34idc]


@hookimpl
def phasekit_solvers() -> list[type[Solver]]:
    """List the built-in solvers, including the starts."""
    return [
        ErrorReduction,
        HybridInputOutput,
        RelaxedReflections,
        DifferenceMap,
        DeepPrior,
        Cnn,
        ShrinkWrap,
        Detwin,
        RandomPhase,
        RandomObject,
        Autocorrelation,
        FromFile,
    ]


@hookimpl
def phasekit_preparations() -> list[type[Preparation]]:
    """List the built-in preparations of raw counts."""
    return [Dark, FlatField, Monitor, HotPixels, Aliens, Gaps, Background, Centre, Crop, Bin, Pad]


@hookimpl
def phasekit_networks() -> list[type[Network]]:
    """List the built-in networks."""
    return [Decoder, Paper, Unrolled]


@hookimpl
def phasekit_weights() -> list[Path]:
    """List the folders with packaged weights."""
    return [Path(__file__).parent / "weights"]


@hookimpl
def phasekit_detectors() -> list[Path]:
    """List the folders with packaged detector files."""
    return [Path(__file__).parent / "geometries" / "detectors"]
