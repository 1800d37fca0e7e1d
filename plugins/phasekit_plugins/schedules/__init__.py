"""Schedules: numbers that change while a solver runs."""
