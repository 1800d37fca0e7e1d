"""The page of a comparison, and its outcome in words."""

from phasekit.report.comparison.page import write_comparison_report
from phasekit.report.comparison.story import story

__all__ = ["story", "write_comparison_report"]
