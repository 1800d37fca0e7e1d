"""The rooms of `phasekit/` and their levels, as data: the architecture test, CONTRIBUTING.md and benchmarks/house.py
read this table. What a room is for says the first line of its `__init__.py`.
"""

from __future__ import annotations

import ast
from pathlib import Path

CORE = Path(__file__).parent.parent / "phasekit"

ROOMS = {
    "runtime": 1,
    "numerics": 1,
    "core": 2,
    "reading": 3,
    "analysis": 3,
    "solving": 4,
    "export": 4,
    "doctor": 5,
    "training": 5,
    "comparing": 5,
    "recipes": 6,
    "report": 6,
    "testing": 6,
    "runs": 7,
    "cli": 8,
}
"""Room -> its level. A room imports rooms on lower levels only."""

FACE = ("__init__", "__main__")
"""The only modules of `phasekit/` that stand in no room."""

PLUGIN_ROOMS = ("runtime", "numerics", "core", "reading", "training")
"""The rooms that built-in plugins import from, as other plugins may; besides the face."""

UNTESTED: dict[str, str] = {
    "phasekit.analysis.resolution": "not yet split",
    "phasekit.analysis.shell_profile": "not yet split",
    "phasekit.analysis.strain": "not yet split",
    "phasekit.analysis.strain_spread": "not yet split",
    "phasekit.analysis.volume_options": "not yet split",
    "phasekit.cli.doctor": "not yet split",
    "phasekit.core.defects": "not yet split",
    "phasekit.core.environment": "not yet split",
    "phasekit.core.generator": "not yet split",
    "phasekit.core.geometry": "not yet split",
    "phasekit.core.grid": "not yet split",
    "phasekit.core.held_out": "not yet split",
    "phasekit.core.hookspecs": "not yet split",
    "phasekit.core.iterative": "not yet split",
    "phasekit.core.loss": "not yet split",
    "phasekit.core.network": "not yet split",
    "phasekit.core.preparation": "not yet split",
    "phasekit.core.registry": "not yet split",
    "phasekit.core.result": "not yet split",
    "phasekit.core.schedule": "not yet split",
    "phasekit.core.solver": "not yet split",
    "phasekit.core.source": "not yet split",
    "phasekit.core.task": "not yet split",
    "phasekit.core.wording": "not yet split",
    "phasekit.doctor.examined": "not yet split",
    "phasekit.doctor.extent": "not yet split",
    "phasekit.doctor.facts": "not yet split",
    "phasekit.doctor.finding": "not yet split",
    "phasekit.doctor.scan": "not yet split",
    "phasekit.doctor.voxels": "not yet split",
    "phasekit.export.cxi_process": "not yet split",
    "phasekit.export.cxi_volume": "not yet split",
    "phasekit.export.statement": "not yet split",
    "phasekit.numerics.photon_noise": "not yet split",
    "phasekit.numerics.statistics": "not yet split",
    "phasekit.reading.array_source": "not yet split",
    "phasekit.reading.arrays": "not yet split",
    "phasekit.reading.bliss": "not yet split",
    "phasekit.reading.column": "not yet split",
    "phasekit.reading.numbered_frames": "not yet split",
    "phasekit.reading.per_axis": "not yet split",
    "phasekit.reading.rocking_positions": "not yet split",
    "phasekit.reading.spec": "not yet split",
    "phasekit.reading.stored": "not yet split",
    "phasekit.reading.tiff": "not yet split",
    "phasekit.reading.truth": "not yet split",
    "phasekit.reading.units": "not yet split",
    "phasekit.reading.zip_archive": "not yet split",
    "phasekit.report.arrows": "not yet split",
    "phasekit.report.caveats": "not yet split",
    "phasekit.report.comparison_charts": "not yet split",
    "phasekit.report.comparison_pictures": "not yet split",
    "phasekit.report.comparison_starts": "not yet split",
    "phasekit.report.comparison_tables": "not yet split",
    "phasekit.report.comparison_uncertainty": "not yet split",
    "phasekit.report.conventions": "not yet split",
    "phasekit.report.crystal": "not yet split",
    "phasekit.report.curves": "not yet split",
    "phasekit.report.detector": "not yet split",
    "phasekit.report.diagnostics": "not yet split",
    "phasekit.report.drawing": "not yet split",
    "phasekit.report.figures": "not yet split",
    "phasekit.report.histogram": "not yet split",
    "phasekit.report.ink": "not yet split",
    "phasekit.report.lattice": "not yet split",
    "phasekit.report.markup": "not yet split",
    "phasekit.report.packed": "not yet split",
    "phasekit.report.panels": "not yet split",
    "phasekit.report.plane": "not yet split",
    "phasekit.report.slices": "not yet split",
    "phasekit.report.spread": "not yet split",
    "phasekit.report.summary": "not yet split",
    "phasekit.report.surface": "not yet split",
    "phasekit.report.table": "not yet split",
    "phasekit.report.verdict": "not yet split",
    "phasekit.report.view": "not yet split",
    "phasekit.runtime.allocator": "not yet split",
    "phasekit.runtime.constants": "not yet split",
    "phasekit.runtime.device": "not yet split",
    "phasekit.runtime.errors": "not yet split",
    "phasekit.runtime.moved": "not yet split",
    "phasekit.runtime.paths": "not yet split",
    "phasekit.runtime.random": "not yet split",
    "phasekit.runtime.suggest": "not yet split",
    "phasekit.testing.contents": "not yet split",
    "phasekit.testing.draw": "not yet split",
    "phasekit.testing.laws.every_plugin": "not yet split",
    "phasekit.testing.laws.generator": "not yet split",
    "phasekit.testing.laws.geometry": "not yet split",
    "phasekit.testing.laws.learner": "not yet split",
    "phasekit.testing.laws.loss": "not yet split",
    "phasekit.testing.laws.network": "not yet split",
    "phasekit.testing.laws.preparation": "not yet split",
    "phasekit.testing.laws.schedule": "not yet split",
    "phasekit.testing.laws.solver_data": "not yet split",
    "phasekit.testing.laws.solver_steps": "not yet split",
    "phasekit.testing.problems": "not yet split",
    "phasekit.testing.ramp": "not yet split",
    "phasekit.testing.verdict": "not yet split",
    "phasekit.training.learner": "not yet split",
    "phasekit.training.options": "not yet split",
    "phasekit.training.processes": "not yet split",
    "phasekit.training.samples": "not yet split",
    "phasekit.training.task": "not yet split",
    "phasekit.training.trained": "not yet split",
    "phasekit.training.trainer": "not yet split",
    "phasekit.training.validation": "not yet split",
}
"""Modules without a test file of their name -> the reason. This table may only shrink."""


def purpose(room: str) -> str:
    """Return what a room is for: the first line of its docstring."""
    tree = ast.parse((CORE / room / "__init__.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0]


def room_rows() -> str:
    """Return the rooms as rows of the table in CONTRIBUTING.md, the lowest level first."""
    return "".join(f"| {level} | `phasekit/{room}/` | {purpose(room)} |\n" for room, level in ROOMS.items())
