"""Losses: the misfit between an estimate and a measurement."""
