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
    wrong: bool = False
    """Whether data like these cannot be right, so that no result of them can be; else they may only be poor."""


@dataclass(frozen=True)
class Diagnosis:
    """All findings, and further facts."""

    findings: tuple[Finding, ...]
    facts: Mapping[str, str]
    """Name -> value with its unit: data, counts, oversampling, voxel, field of view, memory, time …"""

    @property
    def wrong(self) -> tuple[str, ...]:
        """Names of the findings that rule a right result out."""
        return tuple(finding.name for finding in self.findings if finding.wrong)

    def plain(self) -> dict[str, Any]:
        """Return mappings, lists and texts, as in JSON."""
        return {"findings": [asdict(finding) for finding in self.findings], "facts": dict(self.facts)}
