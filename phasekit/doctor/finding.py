"""Finding and Diagnosis: what the doctor says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with the data."""

    name: str
    """A word for it: "saturation"."""
    figure: str
    """What was found, a sentence with a figure."""
    advice: str
    """What to do about it, a sentence."""


@dataclass(frozen=True)
class Diagnosis:
    """All findings, and the facts that one wants to know besides."""

    findings: tuple[Finding, ...]
    facts: Mapping[str, str]
    """Name -> value with its unit: data, counts, oversampling, voxel, field of view, memory, time …"""

    def plain(self) -> dict[str, Any]:
        """Return mappings, lists and texts, as JSON has them."""
        return {"findings": [asdict(finding) for finding in self.findings], "facts": dict(self.facts)}
