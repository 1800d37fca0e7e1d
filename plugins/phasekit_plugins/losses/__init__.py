"""Losses: how badly an estimate explains a measurement."""
