"""The doctor's page."""

from phasekit.report.doctor.page import write_doctor_page

__all__ = ["write_doctor_page"]
