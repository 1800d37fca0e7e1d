"""From text to a task."""
