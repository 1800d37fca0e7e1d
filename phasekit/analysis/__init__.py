"""Evaluation of objects: strain, resolution, volumes."""
