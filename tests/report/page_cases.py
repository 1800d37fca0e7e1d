"""One page of each kind and for each of their branches, made of things that are known beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from phasekit import Problem, compare
from phasekit.comparing.comparison import Comparison
from phasekit.core.solver import SolverLike
from phasekit.core.source import load_problem
from phasekit.doctor import Diagnosis, Finding
from phasekit.report import write_report
from phasekit.report.comparison.page import write_comparison_report
from phasekit.report.doctor import write_doctor_page
from phasekit.report.training import write_training_report
from phasekit.training.train import Trained
from phasekit.training.trainer import Point

from .. import bad_solvers, toys
from ..known import THETA, theta_scan
from .results import Plain, broken, make_result, without_held_out
from .volumes import Q, ball, flat_box

HOSTILE = "<b title=\"x\">bold</b> & 'quoted'"

INFO: Mapping[str, Any] = {
    "title": f"A run of {HOSTILE}",
    "solver": "hio, er",
    "device": "cpu",
    "seconds": 1.5,
    "environment": {"packages": {"torch": "2.13", "numpy": "2.4"}, "gpus": []},
    "status": "done",
}

DOCTOR = {
    "findings": [{"name": "saturation", "figure": "12 voxels at 65535.", "advice": "Attenuate the beam <now>."}],
    "facts": {"oversampling": [2.5, 3.0, 3.5], "counts": "1e6 photons"},
}

RECIPE = "seeds: 4  # <mine>\nsolver:\n  - {name: hio}\n"


def in_two_dimensions(path: Path) -> None:
    """Seeds that agree, one that failed, voxels held out, notes, curves; no volume."""
    write_report(path, replace(make_result((24, 20)), seconds=90.0), INFO, RECIPE)


def in_three_dimensions(path: Path) -> None:
    """The surface, a sheared array, diagnostics of every kind, nuisance; nobody knows lengths; a title from `name`."""
    sheared = Plain(steps=((0.3, 0, 1.4), (0, 0.8, 0.4), (1, 0, 0)), metres=False)
    result = make_result(geometry=sheared)
    more = {"kernel": torch.rand(4, 6, 5), HOSTILE: torch.rand(4, 6), "odd": torch.zeros(4, 2, 2, 2, 2)}
    nuisance = {"background": torch.arange(4.0), "coherence": torch.full((4, 3), 0.5)}
    result = replace(result, diagnostics={**result.diagnostics, **more}, nuisance=nuisance, seconds=9e3)
    write_report(path, result, {"name": "three", "nothing": None, "list": [1.25, "a"]}, RECIPE)


def of_a_volume(path: Path) -> None:
    """A Bragg geometry with its volume: strain, displacement, frame, arrows, spread; prepared data, a doctor's word."""
    result = make_result((16, 16, 16), geometry=theta_scan())
    problem = replace(result.problem, preparation=("dark subtracted, 3 frames", "cropped"), truth=result.best)
    volume = ball(twin="the truth", notes=("one dislocation line",))
    write_report(path, replace(result, problem=problem, failed=()), {**INFO, "doctor": DOCTOR}, RECIPE, volume)


def of_a_volume_with_open_twin(path: Path) -> None:
    """One start, nothing held out, no other h_ref than the centre's, in the laboratory frame."""
    write_report(path, flat_box(), {}, RECIPE, ball(h_ref=Q, q=Q, frame="laboratory", spread=False))


def of_a_volume_without_strain(path: Path) -> None:
    """Phase does not mean displacement: no q, no strain; in a frame that only the geometry knows."""
    volume = ball(spread=False)
    fields = {name: volume.fields[name] for name in ("amplitude", "phase", "support")}
    unknown: dict[str, Any] = dict.fromkeys(("k_i", "k_f", "q", "h_ref", "q_own"))
    write_report(path, flat_box(), {}, RECIPE, replace(volume, fields=fields, frame="own", **unknown))


def interrupted_and_alone(path: Path) -> None:
    """One start of a run that was cut off, measured nowhere on its way, in two dimensions."""
    result = broken(without_held_out(make_result((24, 20), seeds=1)), "nothing measured on the way")
    write_report(path, replace(result, status="interrupted"), {}, "")


def where_all_failed(path: Path) -> None:
    """Every seed failed and left nothing."""
    result = broken(broken(make_result((12, 10, 8)), "all failed"), "zero object")
    write_report(path, replace(result, agreeing=(0,)), INFO, RECIPE)


def where_few_agree(path: Path) -> None:
    """Two of six agree; no voxel was fitted."""
    result = make_result((12, 10, 8), seeds=6)
    write_report(path, replace(broken(result, "no voxel fitted"), failed=()), INFO, RECIPE)


def invented(path: Path) -> None:
    """Held-out voxels say that the object is the solver's: half of it belongs to another."""
    result = make_result((24, 20, 16))
    noise = torch.randn(result.object.shape, generator=torch.Generator().manual_seed(1), dtype=torch.complex64)
    write_report(path, replace(result, object=(result.object + 6 * noise) * result.support), {}, RECIPE)


FAST, SLOW = {"name": "er", "steps": 2}, [{"name": "hio", "steps": 15}, {"name": "er", "steps": 25}]


def _solvers() -> dict[str, Any]:
    return {"few": FAST, HOSTILE: SLOW, "nothing": bad_solvers.GivesNothing(), "refuses": bad_solvers.Refuses()}


def _compared() -> Comparison:
    source = {"name": "simulation", "generator": "superellipsoid", "shape": [12, 12, 12], "seed": 3, "photons": 1e5}
    return compare(source, _solvers(), seeds=4, batch=4, goals={"object-error": 0.5}, device="cpu")


def of_a_comparison(path: Path) -> None:
    """A truth, a goal, one solver that fails and one that refuses; each solver at its own length."""
    write_comparison_report(path, _compared(), {**INFO, "title": None, "name": "a fair fight"}, "task: compare\n")


def of_two_problems(path: Path) -> None:
    """Two problems, one of them a crystal without a truth, with voxels held out and a budget."""
    crystal = {"name": "simulation", "generator": "crystal", "shape": [12, 12, 12], "seed": 3, "photons": 1e6}
    flat = {"name": "simulation", "shape": [16, 18], "seed": 1, "photons": 1e5}
    problems = {"flat & small": load_problem(flat), "crystal": load_problem(crystal, THETA)}
    solvers: dict[str, SolverLike] = {"few": FAST, "many": SLOW}
    compared = compare(
        solvers=solvers, problems=problems, seeds=4, batch=4, budget={"steps": 40}, held_out=0.05, device="cpu"
    )
    write_comparison_report(path, _without_truth(compared), {}, "")


def _without_truth(compared: Comparison) -> Comparison:
    contest = compared.contest
    unknown = {name: replace(problem, truth=None) for name, problem in contest.problems.items()}
    return replace(compared, contest=replace(contest, problems=unknown))


def of_a_comparison_where_all_failed(path: Path) -> None:
    """One solver that gives nothing."""
    source = {"name": "simulation", "shape": [16, 18], "seed": 1}
    compared = compare(source, {"nothing": bad_solvers.GivesNothing()}, seeds=2, device="cpu")
    write_comparison_report(path, _without_truth(compared), {}, "")


FIGURES = {
    "loss": 0.4,
    "validation_loss": 0.5,
    "floor": 0.7,
    "object_error": 0.2,
    "flat_phase_error": 0.4,
    "twin_mixture_error": 0.3,
    "phase_error": 0.6,
    "flat_phase_phase_error": 0.9,
    "residual": 0.05,
}


def _trained(epochs: int, best: int, figures: Mapping[str, float], **changes: Any) -> Trained:
    """A training whose figures are known; its weights are drawn, not learnt."""
    trained = toys.trained(epochs=1, augment={"photons": [1e3, 1e6], "gaps": 0.5})
    points = tuple(Point(k, 4 * k, 0.5 * k, 1e-3 / k, figures) for k in range(1, epochs + 1))
    about = {**trained.weights.about, "figures": dict(figures), "epoch": best, "environment": {"threads": 2}}
    about |= {"oversampling": [[2.0, 2.0, 2.5], [2.5, 2.5, 2.5], [3.0, 3.0, 3.5]], "commit": None}
    weights = replace(trained.weights, about=about)
    made = replace(trained, points=points, weights=weights, truth=trained.truth[:2], answers=trained.truth[:2])
    return replace(made, errors=torch.tensor([0.1, 0.2]), **changes)


def of_a_training(path: Path) -> None:
    """Fourteen epochs, all figures, the best epoch before the last."""
    write_training_report(path, _trained(14, 12, FIGURES), {**INFO, "title": HOSTILE}, "task: train\n")


def of_a_training_that_is_not_finished(path: Path) -> None:
    """Two epochs; the answers are worse than a flat phase; in two dimensions; not one figure to read them by."""
    figures = {**FIGURES, "object_error": 0.5}
    phase = torch.linspace(-3.1, 3.1, 64).reshape(1, 8, 8).expand(2, 8, 8)
    flat = torch.polar(torch.ones_like(phase), phase)
    trained = _trained(2, 2, figures, finished=False)
    write_training_report(path, replace(trained, truth=flat, answers=flat), {}, "task: train\n")


def of_a_training_before_its_first_epoch(path: Path) -> None:
    """Nothing is known yet."""
    write_training_report(path, _trained(0, 0, {}, finished=False), {}, "task: train\n")


def of_a_mixing_network(path: Path) -> None:
    """Answers that the mean of object and twin would beat; no figures of the phase."""
    figures = {"loss": 0.4, "validation_loss": 0.5, "object_error": 0.35}
    figures |= {"flat_phase_error": 0.4, "twin_mixture_error": 0.3}
    write_training_report(path, _trained(2, 2, figures), {}, "task: train\n")


def of_the_doctor(path: Path) -> None:
    """Two findings in three dimensions, steps and notes."""
    findings = (Finding("hot-voxels", "1 voxel.", "Add <hot-pixels>."), Finding(HOSTILE, HOSTILE, HOSTILE))
    problem = replace(make_result((12, 10, 8)).problem, preparation=("dark subtracted", HOSTILE))
    facts = {"data": "12 × 10 × 8", HOSTILE: HOSTILE}
    write_doctor_page(path, f"gold {HOSTILE}", Diagnosis(findings, facts), problem)


def of_the_doctor_about_sound_data(path: Path) -> None:
    """Nothing found, nothing done, in two dimensions."""
    at = np.indices((16, 14)) - np.array([8, 7])[:, None, None]
    counts = torch.from_numpy(np.exp(-(at**2).sum(axis=0) / 9.0) * 1e4).round()
    problem = Problem.measured(counts, Plain())
    write_doctor_page(path, "gold", Diagnosis((), {"data": "16 × 14"}), problem)


CASES: Mapping[str, Callable[[Path], None]] = {
    "reconstruction-2d": in_two_dimensions,
    "reconstruction-3d": in_three_dimensions,
    "reconstruction-volume": of_a_volume,
    "reconstruction-volume-open-twin": of_a_volume_with_open_twin,
    "reconstruction-volume-without-strain": of_a_volume_without_strain,
    "reconstruction-interrupted": interrupted_and_alone,
    "reconstruction-all-failed": where_all_failed,
    "reconstruction-few-agree": where_few_agree,
    "reconstruction-invented": invented,
    "comparison": of_a_comparison,
    "comparison-two-problems": of_two_problems,
    "comparison-all-failed": of_a_comparison_where_all_failed,
    "training": of_a_training,
    "training-not-finished": of_a_training_that_is_not_finished,
    "training-not-begun": of_a_training_before_its_first_epoch,
    "training-mixing": of_a_mixing_network,
    "doctor": of_the_doctor,
    "doctor-sound-data": of_the_doctor_about_sound_data,
}
"""File in tests/data/pages/ -> what writes the page."""
