"""Tensor mathematics that knows no plugin."""
