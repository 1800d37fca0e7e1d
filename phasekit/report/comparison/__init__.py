"""The page of a comparison."""

from phasekit.report.comparison.page import story, write_comparison_report

__all__ = ["story", "write_comparison_report"]
