"""Results as self-contained pages and as figures."""

from phasekit.report.reconstruction.figures import write_figures
from phasekit.report.reconstruction.page import write_report

__all__ = ["write_figures", "write_report"]
