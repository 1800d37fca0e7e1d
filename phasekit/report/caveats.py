"""What the result does not know."""

from __future__ import annotations

import numpy as np

from phasekit.analysis.volume import Volume
from phasekit.core.result import Result
from phasekit.report.conventions import frame_sentence
from phasekit.report.crystal import Crystal
from phasekit.report.markup import Markup, bullets, element, joined
from phasekit.report.table import support_volumes


def unknowns(result: Result, volume: Volume | None) -> Markup:
    """Return what the data leave open, as sentences."""
    lengths = (
        "Calibrated: they follow from the energy, distance and pixel size given, and are as right as these."
        if result.problem.geometry.calibrated()
        else "Not calibrated: the geometry lacks numbers for that, so they are told in voxels."
    )
    repeatable = (
        "Their spread tells how repeatable the answer is, not how right."
        if len(result.agreeing) > 1
        else "One seed alone has no spread: nothing is known of how repeatable it is."
    )
    points = {
        "Object or twin.": _twin(volume),
        **_of_the_crystal(volume),
        "Global phase and position.": "Neither is in the data. The mean phase is set to zero in the figures; "
        "the place in the array means nothing.",
        "Lengths.": lengths,
        "Resolution.": "The voxel size is not the resolution, nor is a sharp picture. The residual in shells of |Q|, "
        "above, says which detail the held-out voxels bear out, where there are any.",
        "Fit is not truth.": "R, χ² and their like say nothing without the volume of the support, here "
        f"{100 * support_volumes(result)[0]:.3g} % of the array: a looser support always fits better. A "
        "mixture of object and twin fits well too, and looks nearly centrosymmetric.",
        "Spread over seeds.": f"{len(result.agreeing)} of {len(result.seeds)} seeds make the mean that is "
        f"kept beside the best. {repeatable}",
    }
    return bullets([joined([element("strong", name), " ", words]) for name, words in points.items()])


def _twin(volume: Volume | None) -> str:
    same = "ρ(r) and its conjugate inversion ρ*(−r) have the same diffraction."
    if volume is None or (volume.twin == "open" and volume.q is None):
        return (
            f"{same} Which of them is shown is chance: handedness and the sign of a phase gradient are not decided "
            "by the data."
        )
    if volume.twin == "open":
        return (
            f"{same} Nothing fixed which of them is shown. The sign of every strain gradient and of every dislocation "
            "is undetermined, and so is the crystal's handedness; the mean strain is the same for both."
        )
    return (
        f"{same} Which of them is shown was settled by {volume.twin}: the signs of strain gradients and dislocations "
        "are as right as that."
    )


def _of_the_crystal(volume: Volume | None) -> dict[str, str]:
    """Return what holds for a volume alone: strain and frame."""
    if volume is None:
        return {}
    points = {}
    if volume.h_ref is not None and "strain" in Crystal(volume).strains:
        points["Mean strain."] = _mean_strain(volume, volume.h_ref)
    if volume.q is not None and "strain" in Crystal(volume).strains:
        points["One component."] = (
            "One reflection sees displacement and strain along h alone; shear and the other directions are not "
            "in the data."
        )
    points["Frame."] = f"{frame_sentence(volume.frame)} It is as right as the angles given."
    return points


def _mean_strain(volume: Volume, h_ref: np.ndarray) -> str:
    spacing = f"d = {20 * np.pi / float(np.linalg.norm(h_ref)):.6g} Å"
    chosen = (
        f"Strain is told against h_ref = q at the array's centre ({spacing}), for no other was given: the choice of "
        "the centre fixes it, and so the mean strain says only how far the peak lies from there."
        if volume.q is not None and np.allclose(h_ref, volume.q, rtol=1e-9)
        else f"Strain is told against the h_ref that was given ({spacing}): its mean is as right as that, the angles "
        "and the energy."
    )
    if volume.q_own is None:
        return chosen
    own = f"d = {20 * np.pi / float(np.linalg.norm(volume.q_own)):.6g} Å"
    return f"{chosen} Strain against the crystal's own mean lattice ({own}) is free of all that."
