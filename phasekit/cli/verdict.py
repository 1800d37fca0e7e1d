"""The findings of the doctor on a terminal, and what they mean for a recipe."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.markup import escape

from phasekit.doctor import Diagnosis


def print_findings(console: Console, diagnosis: Diagnosis, where: str = "") -> None:
    """Print every finding with its figure and its remedy; `where` names the data where there are several."""
    for finding in diagnosis.findings:
        colour = "red" if finding.wrong else "yellow"
        console.print(f"[{colour}]{escape(where)}{finding.name}[/]: {escape(finding.figure)} {escape(finding.advice)}")


def verdict(diagnoses: Mapping[str, Diagnosis]) -> str:
    """Return whether the recipe is valid, and what its data, by name, allow."""
    wrong = {name: diagnosis.wrong for name, diagnosis in diagnoses.items() if diagnosis.wrong}
    if wrong:
        parts = [(f"{name}: " if name else "") + ", ".join(findings) for name, findings in wrong.items()]
        return f"the recipe can be read, but the data cannot be right ({'; '.join(parts)}); correct them before a run"
    count = sum(len(diagnosis.findings) for diagnosis in diagnoses.values())
    if count:
        return f"the recipe is valid, and the doctor has {count} finding{'s' * (count != 1)} about the data"
    return "the recipe is valid"
