"""The summary: how the run ended, its key figures, and warnings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from phasekit.core.result import Result
from phasekit.report.numbers import lengths
from phasekit.report.reconstruction.seeds import support_volumes
from phasekit.report.reconstruction.volume_summary import STRAINS, VolumeSummary


def run_facts(result: Result, info: Mapping[str, Any]) -> dict[str, Any]:
    """Return the solver and starts of a run, how it ended, and its key figures."""
    return {
        "solver": info.get("solver") or "",
        "starts": len(result.seeds),
        "rank": result.rank,
        "best": float(result.final[result.rank][0]) if result.rank in result.final else float("nan"),
        "best_seed": result.seeds[0],
        "agreeing": len(result.agreeing),
        "others": len(result.seeds) - 1,
        "others_agreeing": len(result.agreeing) - 1,
        "failed": result.failed,
        "reasons": list(dict.fromkeys(result.reasons.values())),
        "all_failed": len(result.failed) == len(result.seeds),
        "support_percent": 100 * support_volumes(result)[0],
        "metrics": {name: float(values[0]) for name, values in result.final.items() if name != result.rank},
        "seconds": result.seconds,
        "status": result.status,
    }


def crystal_facts(summary: VolumeSummary) -> dict[str, Any]:
    """Return size, voxel, strain and lattice, if known."""
    volume = summary.volume
    return {
        "size": lengths(summary.size_nm, 0) if summary.view.inside.any() else "",
        "voxel": lengths(volume.spacing_nm, 2),
        "strains": {STRAINS[name]: summary.strain(name) for name in summary.strains},
        "d_spacing": summary.d_spacing(),
        "twin": volume.twin,
    }


def doubts(result: Result) -> list[str]:
    """Return the warnings about the run; the template has a sentence for each."""
    starts, agreeing = len(result.seeds), len(result.agreeing)
    holds = {
        "unfinished": result.status != "done",
        "one start": starts == 1,
        "none agrees": starts > 1 and agreeing < 2,
        "few agree": agreeing >= 2 and 2 * agreeing < starts,
        "some failed": bool(result.failed),
    }
    return [doubt for doubt, true in holds.items() if true]
