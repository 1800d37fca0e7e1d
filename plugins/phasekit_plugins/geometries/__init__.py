"""Geometries: where a voxel lies, and what wave an object makes on the detector."""
