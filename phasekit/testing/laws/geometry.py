"""Laws that every geometry keeps."""

from __future__ import annotations

import random
from collections.abc import Iterator

import torch
from torch import Tensor

from phasekit.core.geometry import Geometry
from phasekit.numerics import fourier
from phasekit.runtime.errors import InputError
from phasekit.testing.contents import distance
from phasekit.testing.problems import SHAPES
from phasekit.testing.verdict import LawWaived, require


def linear(geometry: Geometry, device: str) -> None:
    """The wave of a weighted sum of objects is the weighted sum of their waves."""
    for one, space in _cases(geometry, device):
        x, y = _random(space, device, 0), _random(space, device, 1)
        apart = (0.3 - 2j) * one.forward(x) + 1.7 * one.forward(y)
        off = distance(one.forward((0.3 - 2j) * x + 1.7 * y), apart)
        require(off < 1e-9, f"the wave of a sum is off by {off:.1g} from the sum of the waves, shape {space}")


def adjoint_fits_forward(geometry: Geometry, device: str) -> None:
    """⟨Fx, y⟩ = ⟨x, F*y⟩: `adjoint` is the adjoint of `forward`, to 1e-9 in complex128."""
    for one, space in _cases(geometry, device):
        x = _random(space, device, 0)
        wave = one.forward(x)
        y = _random(tuple(wave.shape), device, 1)
        left, right = (
            torch.vdot(y.flatten(), wave.flatten()),
            torch.vdot(one.adjoint(y).flatten(), x.flatten()),
        )
        size = float(torch.linalg.vector_norm(x) * torch.linalg.vector_norm(y))
        off = abs(complex(left - right)) / size
        require(off < 1e-9, f"⟨Fx, y⟩ and ⟨x, F*y⟩ differ by {off:.1g} of ‖x‖‖y‖, shape {space}")


def fourier_map_is_the_plain_transform(geometry: Geometry, device: str) -> None:
    """A geometry that says `fourier_map` maps by `fourier.to_wave` and `fourier.to_object`, and nothing else."""
    for one, space in _cases(geometry, device):
        if not one.fourier_map:
            raise LawWaived("it does not say that it is one Fourier transform")
        x = _random(space, device, 0)
        for name, found, plain in (
            ("forward", one.forward(x), fourier.to_wave(x, len(space))),
            ("adjoint", one.adjoint(x), fourier.to_object(x, len(space))),
        ):
            off = distance(found, plain) if found.shape == plain.shape else float("inf")
            require(off < 1e-9, f"{name} is off by {off:.1g} from the plain transform; leave `fourier_map` false")


def batches_pass_through(geometry: Geometry, device: str) -> None:
    """Leading axes pass through both maps: a batch gives what its members give."""
    for one, space in _cases(geometry, device):
        batch = _random((2, 3, *space), device, 0)
        for name, mapping in (("forward", one.forward), ("adjoint", one.adjoint)):
            whole = mapping(batch)
            alone = torch.stack([mapping(member) for member in batch.flatten(0, 1)])
            fits = whole.shape == (2, 3, *alone.shape[1:])
            require(fits, f"{name} of (2, 3, *{space}) has shape {tuple(whole.shape)}; (2, 3, *space) is needed")
            off = distance(whole.flatten(0, 1), alone)
            require(off < 1e-9, f"{name} of a batch is off by {off:.1g} from that of its members, shape {space}")


def dtype_and_device_are_kept(geometry: Geometry, device: str) -> None:
    """Both maps keep device and precision of their input: complex64 stays complex64."""
    for one, space in _cases(geometry, device):
        for dtype in (torch.complex64, torch.complex128):
            x = _random(space, device, 0).to(dtype)
            for name, mapping in (("forward", one.forward), ("adjoint", one.adjoint)):
                wave = mapping(x)
                kept = wave.dtype == dtype and wave.device == x.device
                require(kept, f"{name} of {dtype} on {x.device} is {wave.dtype} on {wave.device}; both must stay")


def within_a_box_is_the_padded_object(geometry: Geometry, device: str) -> None:
    """`forward_within` of a part equals `forward` of the object padded with zeros, including the gradient."""
    for one, space in _cases(geometry, device):
        for corner, box in _boxes(space):
            part = _random((2, *box), device, 0).requires_grad_()
            padded = torch.zeros((2, *space), dtype=part.dtype, device=device)
            sides = tuple(slice(first, first + n) for first, n in zip(corner, box, strict=True))
            padded[fourier.inside(sides)] = part
            waves = one.forward_within(part, corner, space), one.forward(padded)
            where = f"a box of {box} at {corner} in {space}"
            require(waves[0].shape == waves[1].shape, f"{where} gives {tuple(waves[0].shape)}")
            off = distance(waves[0].detach(), waves[1].detach())
            require(off < 1e-9, f"forward_within is off by {off:.1g} from forward of the padded object, {where}")
            require(waves[0].requires_grad, "no gradient passes forward_within")
            towards = _random(tuple(waves[1].shape), device, 1)
            short, long = (torch.autograd.grad(wave, part, towards)[0] for wave in waves)
            off = distance(short, long)
            require(off < 1e-9, f"the gradient of forward_within is off by {off:.1g}, {where}")


def shift_changes_only_phases(geometry: Geometry, device: str) -> None:
    """A periodic shift of the object by whole voxels does not change the modulus of the wave."""
    for one, space in _cases(geometry, device):
        x = _random(space, device, 0)
        moved = torch.roll(x, shifts=(2, -1), dims=(-2, -1))
        off = distance(one.forward(moved).abs(), one.forward(x).abs())
        require(off < 1e-9, f"a shift of the object changes |F x| by {off:.1g}, shape {space}")


def energy_is_kept(geometry: Geometry, device: str) -> None:
    """‖Fx‖ = ‖x‖: the wave carries the object's energy, so that |F x|² is in photons."""
    for one, space in _cases(geometry, device):
        x = _random(space, device, 0)
        ratio = float(torch.linalg.vector_norm(one.forward(x)) / torch.linalg.vector_norm(x))
        require(abs(ratio - 1) < 1e-9, f"‖F x‖ / ‖x‖ is {ratio:.6g}; the map must keep energy, shape {space}")


def basis_has_full_rank(geometry: Geometry, device: str) -> None:
    """`basis` gives finite steps (ndim, 3) along axes that span as many dimensions as the array has."""
    for one, space in _cases(geometry, device):
        basis = one.basis(space)
        fits = tuple(basis.shape) == (len(space), 3) and basis.dtype == torch.float64
        require(fits, f"basis({space}) is {tuple(basis.shape)} {basis.dtype}; ({len(space)}, 3) float64 is needed")
        require(bool(torch.isfinite(basis).all()), f"basis({space}) holds numbers that are not finite")
        steps = torch.linalg.vector_norm(basis, dim=1, keepdim=True)
        rank = int(torch.linalg.matrix_rank(basis / steps.clamp(min=1e-300), tol=1e-6))
        require(rank == len(space), f"the rows of basis({space}) span {rank} of {len(space)} dimensions")


def frames_and_beam_agree(geometry: Geometry, device: str) -> None:
    """Frames are rotations, including the laboratory; k_i and k_f have equal lengths and k_f − k_i is `transfer`."""
    for one, space in _cases(geometry, device):
        frames = one.frames()
        require("laboratory" in frames, "frames() lacks 'laboratory'")
        for name, rotation in frames.items():
            off = float((rotation @ rotation.T - torch.eye(3, dtype=torch.float64)).abs().max())
            turned = off < 1e-9 and float(torch.linalg.det(rotation)) > 0
            require(
                turned, f"the frame '{name}' is not a rotation: R Rᵀ is off by {off:.1g}, or it mirrors, shape {space}"
            )
        beam, q = one.beam(), one.transfer()
        if beam is not None and q is not None:
            size = float(beam.norm(dim=1).max())
            off = max(float((beam[1] - beam[0] - q).norm()), abs(float(beam[0].norm() - beam[1].norm()))) / size
            require(off < 1e-9, f"k_f − k_i and q, or |k_f| and |k_i|, differ by {off:.1g} of |k|")


def whole_windows_change_nothing(geometry: Geometry, device: str) -> None:
    """Unmoved, unbinned data have the geometry's own steps; binning keeps the field of view."""
    for one, space in _cases(geometry, device):
        centre = tuple(float(n // 2) for n in space)
        same = one.windowed(centre, (1,) * len(space)).basis(space)
        require(bool(torch.allclose(same, one.basis(space), rtol=1e-9, atol=0)), "windowed() changes whole data")
        double = tuple(2 * n for n in space)
        try:
            binned = one.windowed(tuple(float(n // 2) for n in double), (2,) * len(space)).basis(space)
        except InputError:
            continue
        off = distance(binned, one.basis(double)) if one.calibrated() else 0.0
        require(off < 1e-9, f"binned by 2, half as many voxels should have the same steps: off by {off:.1g}")


def inputs_are_left_alone(geometry: Geometry, device: str) -> None:
    """`forward` and `adjoint` do not modify or return their input: solvers modify the results."""
    for one, space in _cases(geometry, device):
        x = _random(space, device, 0)
        for name, mapping in (("forward", one.forward), ("adjoint", one.adjoint)):
            before = x.clone()
            answer = mapping(x)
            require(bool(torch.equal(x, before)), f"{name} wrote to its input")
            answer.zero_()
            require(bool(torch.equal(x, before)), f"what {name} returns shares memory with its input")


def _cases(geometry: Geometry, device: str) -> Iterator[tuple[Geometry, tuple[int, ...]]]:
    """Yield the geometry for each shape that it takes; raises LawWaived if it takes none."""
    refusals = []
    for space in SHAPES:
        try:
            fitted = geometry.for_data(len(space))
        except InputError as refusal:
            refusals.append(str(refusal))
        else:
            yield fitted, space
    if len(refusals) == len(SHAPES):
        raise LawWaived(f"it takes no small array: {refusals[0]}")


def _boxes(space: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Yield (corner, box): the whole array, single voxels at both ends, and a few in between, odd ones among them."""
    ones = (1,) * len(space)
    yield (0,) * len(space), space
    yield (0,) * len(space), ones
    yield tuple(n - 1 for n in space), ones
    rng = random.Random(0)
    for _ in range(5):
        box = tuple(rng.randint(1, n) for n in space)
        yield tuple(rng.randint(0, n - inside) for n, inside in zip(space, box, strict=True)), box


def _random(shape: tuple[int, ...], device: str, seed: int) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.complex128, generator=rng).to(device)


LAWS = (
    linear,
    adjoint_fits_forward,
    fourier_map_is_the_plain_transform,
    batches_pass_through,
    dtype_and_device_are_kept,
    within_a_box_is_the_padded_object,
    shift_changes_only_phases,
    energy_is_kept,
    basis_has_full_rank,
    frames_and_beam_agree,
    whole_windows_change_nothing,
    inputs_are_left_alone,
)
CHEAP = (
    adjoint_fits_forward,
    within_a_box_is_the_padded_object,
    energy_is_kept,
    basis_has_full_rank,
    frames_and_beam_agree,
    whole_windows_change_nothing,
)
