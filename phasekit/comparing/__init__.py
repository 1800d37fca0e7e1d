"""Many solvers on equal terms."""
