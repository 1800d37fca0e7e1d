"""Solvers: methods that turn a problem into an object, and the starts."""
