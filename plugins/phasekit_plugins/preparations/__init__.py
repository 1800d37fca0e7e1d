"""Preparations: corrections of raw counts, step by step, before phasing."""
