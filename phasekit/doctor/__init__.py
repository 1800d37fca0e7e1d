"""The doctor: problems in data before any run, each with a figure and a remedy."""

from phasekit.doctor.examine import examine
from phasekit.doctor.facts import facts
from phasekit.doctor.finding import Diagnosis, Finding

__all__ = ["Diagnosis", "Finding", "examine", "facts"]
