"""The supervised network: an object in one pass."""
