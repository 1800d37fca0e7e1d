"""Figures of the pages: objects in slices and in 3-D, in light and dark colours."""
