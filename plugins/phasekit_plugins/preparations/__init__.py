"""Preparations: what is done to raw counts, step by step, before they are phased."""
