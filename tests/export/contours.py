"""What ParaView shows: a VTI file as VTK reads it, and closed surfaces of its amplitude."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

LEVELS = (0.05, 0.2, 0.5, 0.7)
"""Of the largest amplitude."""
FILTERS = ("vtkContourFilter", "vtkFlyingEdges3D")


class Surface(NamedTuple):
    """Area of a surface, and the number of its edges that belong to one triangle or to more than two."""

    area: float
    open_edges: int


def read(path: Path) -> Any:
    """Open a file as ParaView does."""
    vtk = pytest.importorskip("vtk")
    reader = vtk.vtkXMLImageDataReader()
    errors: list[str] = []
    reader.AddObserver("ErrorEvent", lambda *said: errors.append(str(said)))
    reader.SetFileName(str(path))
    reader.Update()
    assert errors == []
    return reader.GetOutput()


def values(array: Any) -> list[Any]:
    return [array.GetValue(i) for i in range(array.GetNumberOfValues())]


def array(image: Any, name: str) -> np.ndarray:
    """Return a point array of an image, (nz, ny, nx)."""
    support = pytest.importorskip("vtk.util.numpy_support")
    return np.asarray(support.vtk_to_numpy(image.GetPointData().GetArray(name))).reshape(image.GetDimensions()[::-1])


def image_of(amplitude: np.ndarray) -> Any:
    """Return an image of an array (*space) in its own voxels, with zeros around it."""
    vtk, support = pytest.importorskip("vtk"), pytest.importorskip("vtk.util.numpy_support")
    padded = np.pad(amplitude, 1)
    image = vtk.vtkImageData()
    image.SetDimensions(*padded.shape[::-1])
    image.GetPointData().SetScalars(support.numpy_to_vtk(padded.ravel(), deep=True))
    return image


def contour(image: Any, level: float, kind: str, steps: np.ndarray | None = None) -> Surface:
    """Contour the active array of an image at `level` of its maximum; `steps` (3, 3), by rows those of axes 0, 1, 2."""
    vtk = pytest.importorskip("vtk")
    surface = getattr(vtk, kind)()
    surface.SetInputData(image)
    surface.SetValue(0, level * image.GetPointData().GetScalars().GetRange()[1])
    matrix = np.eye(4)
    if steps is not None:
        matrix[:3, :3] = steps[::-1].T
    transform = vtk.vtkTransform()
    transform.SetMatrix(matrix.ravel().tolist())
    placed = vtk.vtkTransformFilter()
    placed.SetTransform(transform)
    placed.SetInputConnection(surface.GetOutputPort())
    edges = vtk.vtkFeatureEdges()
    edges.SetInputConnection(placed.GetOutputPort())
    edges.BoundaryEdgesOn()
    edges.NonManifoldEdgesOn()
    edges.FeatureEdgesOff()
    edges.ManifoldEdgesOff()
    edges.Update()
    mass = vtk.vtkMassProperties()
    mass.SetInputConnection(placed.GetOutputPort())
    mass.Update()
    return Surface(mass.GetSurfaceArea(), edges.GetOutput().GetNumberOfCells())
