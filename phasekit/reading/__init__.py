"""Bases for sources that read files, for authors of plugins too."""
