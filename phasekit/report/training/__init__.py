"""The page of a training."""

from phasekit.report.training.page import write_training_report

__all__ = ["write_training_report"]
