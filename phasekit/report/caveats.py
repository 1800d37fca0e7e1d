"""What the result does not know, and the conventions that it is written in."""

from __future__ import annotations

from phasekit.report.markup import Markup, bullets, element, joined, number, table
from phasekit.report.table import support_volumes
from phasekit.report.view import View
from phasekit.result import Result


def unknowns(result: Result) -> Markup:
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
        "Object or twin.": "ρ(r) and its conjugate inversion ρ*(−r) have the same diffraction. Which of "
        "them is shown is chance: handedness and the sign of a phase gradient are not decided by the data.",
        "Global phase and position.": "Neither is in the data. The mean phase is set to zero in the figures; "
        "the place in the array means nothing.",
        "Lengths.": lengths,
        "Resolution.": "Not estimated here. The voxel size is not the resolution, nor is a sharp picture.",
        "Fit is not truth.": "R, χ² and their like say nothing without the volume of the support, here "
        f"{100 * support_volumes(result)[0]:.3g} % of the array: a looser support always fits better. A "
        "mixture of object and twin fits well too, and looks nearly centrosymmetric.",
        "Spread over seeds.": f"{len(result.agreeing)} of {len(result.seeds)} seeds make the mean that is "
        f"kept beside the best. {repeatable}",
    }
    return bullets([joined([element("strong", name), " ", words]) for name, words in points.items()])


def conventions(view: View) -> Markup:
    """Return signs, axes and the step of one voxel along each."""
    points = [
        "The wave is Σ object · exp(+iQ·r), a unitary transform with the sign +i. Programs with −i have the "
        "complex conjugate of this object, which is not its twin.",
        "Objects and these figures are centred: the origin is index n//2. Detector figures have the zero "
        "frequency there.",
        "The laboratory frame is CXI's: x horizontal, y up, z along the beam, right-handed.",
    ]
    rows = []
    for axis, (row, length) in enumerate(zip(view.basis, view.steps, strict=True)):
        rows.append(
            (
                [f"axis {axis}", str(view.object.shape[axis]), number(length), *(number(v) for v in row)],
                "other",
            )
        )
    if not view.calibrated:
        return joined([bullets(points[:2]), "The step of a voxel is not known: the geometry says no lengths."])
    head = ["array axis", "voxels", f"step ({view.unit})", "x", "y", "z"]
    return joined([bullets(points), table(head, rows, "The step of one voxel along each array axis, laboratory frame")])
