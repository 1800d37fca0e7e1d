"""Laws on a solver's use of a problem: what it may see, and what it must handle."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import torch

from phasekit.core.problem import Problem
from phasekit.core.solver import Solver
from phasekit.core.state import State
from phasekit.testing.contents import distance, strange_place
from phasekit.testing.draw import shortened
from phasekit.testing.problems import extremes, problems_for, reference_problem, spoilt, start_state, truth_of
from phasekit.testing.verdict import LawWaived, reason_to_waive, require, waive_if


def shapes_and_dtype_are_kept(solver: Solver, device: str) -> None:
    """States keep shapes, dtypes, device and seeds of the start; the estimate is one object per member."""
    solver = shortened(solver)
    for single in problems_for(solver, device):
        double = reference_problem(single.detector, device=device, gap=True, dtype=torch.float64)
        for problem in (single, double):
            start = start_state(problem)
            for state in solver.run(problem, start):
                found = {"object": state.object, "estimate": solver.estimate(problem, state)}
                for name, tensor in found.items():
                    kept = tensor.shape == start.object.shape and tensor.dtype == problem.complex_dtype
                    got = f"{tuple(tensor.shape)} {tensor.dtype} on {tensor.device}"
                    wanted = f"{tuple(start.object.shape)} {problem.complex_dtype} on {problem.device}"
                    require(kept and tensor.device == problem.device, f"the {name} is {got}; {wanted} is needed")
                support = state.support
                kept = support.shape == start.support.shape and support.dtype == torch.bool
                require(
                    kept,
                    f"the support is {tuple(support.shape)} {support.dtype}; bool like the object is needed",
                )
                require(state.seeds == start.seeds, f"the seeds went from {start.seeds} to {state.seeds}")


def untrusted_voxels_change_nothing(solver: Solver, device: str) -> None:
    """Other counts at untrusted and held-out voxels, which a solver must ignore, give the same objects."""
    solver = shortened(solver)
    for gapped in problems_for(solver, device):
        problem = gapped.hold_out(0.1, radius=1)
        start = start_state(problem)
        pairs = zip(solver.run(problem, start), solver.run(spoilt(problem), start), strict=True)
        for clean, other in pairs:
            off = distance(other.object, clean.object)
            off = max(off, distance(solver.estimate(spoilt(problem), other), solver.estimate(problem, clean)))
            same = off < 1e-5 and torch.equal(clean.support, other.support)
            place = f"after step {clean.step}, shape {problem.space}"
            require(same, f"other counts at untrusted or held-out voxels change the object by {off:.2g} {place}")


def no_nan_from_extreme_data(solver: Solver, device: str) -> None:
    """A dark detector, one hot voxel and one trusted voxel give finite numbers, from zero too."""
    solver = shortened(solver)
    for plain in problems_for(solver, device):
        start = start_state(plain)
        starts = {
            "a random start": start,
            "a zero start": start.changed(object=torch.zeros_like(start.object)),
        }
        for data, problem in {"clean data": plain, **extremes(plain)}.items():
            if solver.refusal(problem) is not None:
                continue
            for name, begin in starts.items():
                _all_finite(solver, problem, begin, f"on {data} from {name}")


def truth_of_clean_data_stays(solver: Solver, device: str) -> None:
    """Started from the truth, on exact data with a gap and inside the true support, a solver stays there."""
    waive_if(reason_to_waive(solver, "moves_truth"))
    solver = shortened(solver, 12)
    for problem in problems_for(solver, device):
        truth = truth_of(problem).expand(2, *problem.space)
        start = replace(start_state(problem), object=truth.clone(), support=truth != 0)
        for state in solver.run(problem, start):
            off = distance(solver.estimate(problem, state), truth)
            require(off < 1e-3, f"the estimate has left the truth by {off:.2g} after step {state.step}")


def four_times_the_photons(solver: Solver, device: str) -> None:
    """4 × the photons give 2 × the object."""
    waive_if(reason_to_waive(solver, "scales"))
    solver = shortened(solver)
    for problem in problems_for(solver, device):
        start = start_state(problem)
        brighter = replace(
            problem,
            intensity=4 * problem.intensity,
            amplitude=2 * problem.amplitude,
            hidden=4 * problem.hidden,
        )
        twice = start.changed(object=2 * start.object)
        pairs = zip(solver.run(problem, start), solver.run(brighter, twice), strict=True)
        for one, two in islice(pairs, 3):
            off = distance(solver.estimate(brighter, two), 2 * solver.estimate(problem, one))
            require(off < 1e-4, f"4 × the photons give an object {off:.2g} from twice the one of before")


def devices_agree(solver: Solver, device: str) -> None:
    """Any device agrees with the CPU over the first few steps."""
    if device == "cpu":
        raise LawWaived("no other device is available to compare with the CPU")
    solver = shortened(solver, 5)
    for problem in problems_for(solver, "cpu"):
        there = problem.to(device)
        pairs = zip(_few(solver, problem), _few(solver, there), strict=True)
        for here, far in pairs:
            off = distance(solver.estimate(there, far).cpu(), solver.estimate(problem, here))
            require(off < 1e-4, f"{device} and the CPU differ by {off:.2g} after step {here.step}")


def _few(solver: Solver, problem: Problem) -> list[State]:
    start = start_state(problem)
    if problem.device.type != "cpu":
        start = start.changed(object=start_state(problem.to("cpu")).object.to(problem.device))
    return list(islice(solver.run(problem, start), 5))


def _all_finite(solver: Solver, problem: Problem, start: State, where: str) -> None:
    for state in solver.run(problem, start):
        place = strange_place(state) or strange_place({"estimate": solver.estimate(problem, state)})
        require(not place, f"{place} is not finite after step {state.step} {where}")


LAWS = (
    shapes_and_dtype_are_kept,
    untrusted_voxels_change_nothing,
    no_nan_from_extreme_data,
    truth_of_clean_data_stays,
    four_times_the_photons,
    devices_agree,
)
CHEAP = (shapes_and_dtype_are_kept, untrusted_voxels_change_nothing, no_nan_from_extreme_data)
