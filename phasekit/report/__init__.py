"""A result as one page to read and as figures to keep."""

from phasekit.report.figures import write_figures
from phasekit.report.page import write_report

__all__ = ["write_figures", "write_report"]
