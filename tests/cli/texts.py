"""Recipes that tests of the command line begin with."""

from __future__ import annotations

SIMULATION = "source: {name: simulation, shape: [16, 16]}\n"
ER = "solver: {name: er, steps: 3}\n"
BRAGG = """\
geometry:
  name: bragg
  beamline: 34-ID-C
  angles_deg: {theta: 0.2, chi: 90, phi: -5, delta: 30.1, gamma: 14.0}
  step_deg: 0.01
  energy_kev: 9
  distance_m: 0.5
  pixel_um: 55
"""


def hdf5(path: str = "good.h5", **options: str) -> str:
    """Return the source of a recipe that reads one of the fixture `files`."""
    given = {"path": path, "dataset": "entry/data", **options}
    return f"source: {{name: hdf5, {', '.join(f'{key}: {value}' for key, value in given.items())}}}\n"
