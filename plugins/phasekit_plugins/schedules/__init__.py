"""Schedules: numbers that change as a solver runs."""
