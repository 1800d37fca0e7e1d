"""Geometries: the positions of voxels, and the map from an object to the wave on the detector."""
