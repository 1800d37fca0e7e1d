"""What a plugin can be, and what flows through a run."""
