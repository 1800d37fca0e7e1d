"""The doctor: what is wrong with data before any run, each finding with a figure and what to do."""

from phasekit.doctor.examine import examine
from phasekit.doctor.facts import facts
from phasekit.doctor.finding import Diagnosis, Finding

__all__ = ["Diagnosis", "Finding", "examine", "facts"]
