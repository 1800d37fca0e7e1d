"""Finding and Diagnosis: the doctor's results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One problem in the data."""

    name: str
    """Its name: "saturation"."""
    figure: str
    """The problem, a sentence with a figure."""
    advice: str
    """The remedy, a sentence."""


@dataclass(frozen=True)
class Diagnosis:
    """All findings, and further facts."""

    findings: tuple[Finding, ...]
    facts: Mapping[str, str]
    """Name -> value with its unit: data, counts, oversampling, voxel, field of view, memory, time …"""

    def plain(self) -> dict[str, Any]:
        """Return mappings, lists and texts, as in JSON."""
        return {"findings": [asdict(finding) for finding in self.findings], "facts": dict(self.facts)}
