"""Sources: where problems come from."""
