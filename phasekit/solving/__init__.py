"""One problem, one solver, many starts."""
