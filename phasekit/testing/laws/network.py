"""Laws that every network keeps."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from phasekit.core.network import Network
from phasekit.numerics import fourier
from phasekit.testing.contents import distance, first_difference, snapshot
from phasekit.testing.problems import SHAPES
from phasekit.testing.verdict import LawBroken, LawWaived, reason_to_waive, require, waive_if

Shapes = tuple[tuple[int, ...], tuple[int, ...]]
"""The shape of the data, and that of the object's box."""

DRAWS = 3
"""Draws of weights, if a single one may be unlucky, or if several networks are compared."""
LARGEST_BOX = 6
STEP = 1e-8
"""How far weights are moved to see a slope in float64."""


def complex_objects_in_the_box(network: Network, device: str) -> None:
    """(batch, *input_shape) gives (batch, *box) complex and finite; for amplitudes, the input is (1, *detector)."""
    for detector, box in _shapes(network):
        taken = network.input_shape(detector, box)
        if network.reads == "amplitude":
            require(taken == (1, *detector), f"input_shape is {taken}; amplitudes are {(1, *detector)}")
        module = network.drawn(detector, box, 0).to(device)
        for count in (1, 2, 3):
            x = _input(network, detector, box, count).to(device)
            found = _passed(module, x)
            kept = tuple(found.shape) == (count, *box) and found.is_complex() and found.device == x.device
            got = f"{tuple(found.shape)} {found.dtype} on {found.device}"
            require(kept, f"{tuple(x.shape)} gives {got}; {(count, *box)} complex on {x.device} is needed")
            require(bool(torch.isfinite(found).all()), f"data of {detector} give an object that is not finite")


def same_seed_same_weights(network: Network, device: str) -> None:
    """The same seed draws the same weights, another seed others; torch's global generators stay unchanged."""
    before = _generators(device)
    try:
        for detector, box in _shapes(network):
            first = network.drawn(detector, box, 3).state_dict()
            kept = all(map(torch.equal, before, _generators(device)))
            require(kept, "drawing weights moved torch's global generator; draw in `build`, and from that one alone")
            torch.default_generator.manual_seed(int(before[0][0]) + 1)
            place = first_difference(snapshot(first), network.drawn(detector, box, 3).state_dict())
            torch.random.set_rng_state(before[0])
            require(not place, f"the same seed draws another {place}")
            place = first_difference(snapshot(first), network.drawn(detector, box, 4).state_dict())
            require(bool(place), "another seed draws the same weights; draw from torch's global generator")
    finally:
        torch.random.set_rng_state(before[0])


def same_weights_same_object(network: Network, device: str) -> None:
    """A pass draws nothing and changes neither weights nor input: two passes give the same object."""
    for detector, box in _shapes(network):
        module = network.drawn(detector, box, 0).to(device)
        x = _input(network, detector, box).to(device)
        everything = {"the input": x, **module.state_dict()}
        before, generators = snapshot(everything), _generators(device)
        off = distance(_passed(module, x), _passed(module, x))
        require(off < 1e-6, f"passed twice, the same input gives objects that differ by {off:.2g}")
        kept = all(map(torch.equal, generators, _generators(device)))
        require(kept, "a pass moved torch's global generator; a network draws its weights alone")
        place = first_difference(before, everything)
        require(not place, f"a pass wrote to {place}")


def a_gradient_reaches_every_parameter(network: Network, device: str) -> None:
    """Every parameter has a finite gradient, and for at least one of three draws one that is not zero."""
    for detector, box in _shapes(network):
        sizes: dict[str, float] = {}
        x = _input(network, detector, box).to(device, torch.float64)
        for seed in range(DRAWS):
            module = network.drawn(detector, box, seed).to(device, torch.float64)
            _number(module(x)).backward()  # type: ignore[no-untyped-call]  # torch has no type for it
            for name, parameter in module.named_parameters():
                gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
                finite = bool(torch.isfinite(gradient).all())
                require(finite, f"the gradient of {name} is not finite for data of {detector}")
                sizes[name] = max(sizes.get(name, 0.0), float(gradient.abs().max()))
        # A norm cancels some parameters; their gradient is rounding error.
        dead = [name for name, size in sizes.items() if size <= 1e-14 * max(sizes.values())]
        require(not dead, f"no gradient reaches {', '.join(dead)}, so it does nothing, for data of {detector}")


def output_follows_the_weights(network: Network, device: str) -> None:
    """Weights give the same result in another module, by `functional_call` or stacked by `vmap`."""
    for detector, box in _shapes(network):
        x = _input(network, detector, box, DRAWS).to(device)[:, None]
        modules = [network.drawn(detector, box, seed).to(device) for seed in range(DRAWS)]
        form = network.drawn(detector, box, DRAWS).to(device)
        weights = [dict(module.named_parameters()) for module in modules]

        def handed(own: Mapping[str, Tensor], x: Tensor, form: nn.Module = form) -> Tensor:
            return _passed(form, x, own)

        home = torch.stack([_passed(module, one) for module, one in zip(modules, x, strict=True)])
        found = torch.stack([handed(own, one) for own, one in zip(weights, x, strict=True)])
        off = distance(found, home)
        hint = "keep what is learnt in parameters, and read them at every pass"
        require(off < 1e-4, f"handed weights give an object {off:.2g} from the one they give at home; {hint}")
        stacked = {name: torch.stack([own[name] for own in weights]) for name in weights[0]}
        try:
            found = torch.func.vmap(handed)(stacked, x)
        except RuntimeError as error:
            raise LawBroken(f"torch.func.vmap does not take it: {error}") from error
        off = distance(found, home)
        require(off < 1e-4, f"stacked weights give, by vmap, objects {off:.2g} from those given one by one")


def members_do_not_see_each_other(network: Network, device: str) -> None:
    """A member's output does not depend on the rest of its batch."""
    waive_if(reason_to_waive(network, "mixes_batch"))
    for detector, box in _shapes(network):
        module = network.drawn(detector, box, 0).to(device, torch.float64)
        x = _input(network, detector, box, 3).to(device, torch.float64)
        whole = _passed(module, x)
        for index in range(len(x)):
            off = distance(whole[index], _passed(module, x[index : index + 1])[0])
            require(off < 1e-6, f"a member of a batch gives {off:.2g} from what it gives alone, data of {detector}")


def what_is_not_refused_can_be_built(network: Network, device: str) -> None:
    """Every box of 1 to 6 voxels per axis is refused with a sentence, or built, and gives a finite object."""
    for detector, box in _small_shapes():
        refusal = network.refusal(detector, box)
        where = f"data of {detector} and a box of {box}"
        if refusal is not None:
            explained = isinstance(refusal, str) and len(refusal.split()) > 3
            require(explained, f"{where} are refused by {refusal!r}; a sentence is needed: what is, what would fit")
            continue
        try:
            module = network.drawn(detector, box, 0).to(device)
            found = _passed(module, _input(network, detector, box, 1).to(device))
        except Exception as error:
            raise LawBroken(f"it neither refuses nor accepts {where}: {type(error).__name__}: {error}") from error
        kept = tuple(found.shape) == (1, *box) and bool(torch.isfinite(found).all())
        require(kept, f"{where} give {tuple(found.shape)}, or numbers that are not finite")


def double_precision_works(network: Network, device: str) -> None:
    """In float64 it gives complex128, and the slope along its weights is that of their gradient, to 1e-3."""
    for detector, box in _shapes(network):
        module = network.drawn(detector, box, 0).to(device, torch.float64)
        x = _input(network, detector, box).to(device, torch.float64)
        try:
            found = module(x)
        except RuntimeError as error:
            raise LawBroken(f"it cannot be passed in float64: {error}") from error
        require(found.dtype == torch.complex128, f"in float64 it gives {found.dtype}; complex128 is needed")
        named = dict(module.named_parameters())
        gradients = torch.autograd.grad(_number(found), list(named.values()), allow_unused=True)
        slopes = {
            name: torch.zeros_like(p) if g is None else g for (name, p), g in zip(named.items(), gradients, strict=True)
        }
        size = torch.stack([gradient.square().sum() for gradient in slopes.values()]).sum().sqrt()
        # Along the gradient, the slope is the gradient's length. A step so short seldom meets a kink of a ReLU.
        part = STEP / max(float(size), 1e-300)
        moved = [{name: p.detach() + sign * part * slopes[name] for name, p in named.items()} for sign in (1, -1)]
        ends = [_number(_passed(module, x, weights)) for weights in moved]
        slope = float(ends[0] - ends[1]) / (2 * STEP)
        off = abs(slope - float(size)) / max(float(size), 1e-300)
        require(off < 1e-3, f"in float64 the slope along the gradient is {slope:.6g}, the gradient's {float(size):.6g}")


def _shapes(network: Network) -> Iterator[Shapes]:
    """Yield the reference shapes that `network` takes; raises LawWaived if it takes none."""
    refusals = []
    for detector in SHAPES:
        box = tuple(side.stop - side.start for side in fourier.half_box(detector))
        refusal = network.refusal(detector, box)
        if refusal is None:
            yield detector, box
        else:
            refusals.append(refusal)
    if len(refusals) == len(SHAPES):
        raise LawWaived(f"it refuses the reference shapes: {refusals[0]}")


def _small_shapes() -> Iterator[Shapes]:
    """Yield every box of few voxels with data of twice its size or more, even and odd in turn."""
    for box in (box for ndim in (2, 3) for box in itertools.product(range(1, LARGEST_BOX + 1), repeat=ndim)):
        yield tuple(2 * n + 5 if sum(box) % 2 else max(2 * n, 4) for n in box), box


def _input(network: Network, detector: tuple[int, ...], box: tuple[int, ...], count: int = 2) -> Tensor:
    """Return (count, *input_shape): noise, or amplitudes, the largest of each 1."""
    shape = network.input_shape(detector, box)
    x = torch.randn((count, *shape), generator=torch.Generator().manual_seed(0))
    return x if network.reads == "noise" else x.abs() / x.abs().flatten(1).amax(1).reshape(-1, *[1] * len(shape))


def _passed(module: nn.Module, x: Tensor, weights: Mapping[str, Tensor] | None = None) -> Tensor:
    """Return what a module gives for `x`, with other weights where some are given; no graph is kept."""
    with torch.no_grad():
        found: Tensor = module(x) if weights is None else torch.func.functional_call(module, dict(weights), (x,))
        return found


def _number(object: Tensor) -> Tensor:
    """Return a sum that every real and imaginary part enters with a weight of its own."""
    weights = torch.randn((2, *object.shape), generator=torch.Generator().manual_seed(1)).to(object.real)
    return (weights[0] * object.real + weights[1] * object.imag).sum()


def _generators(device: str) -> list[Tensor]:
    """Return the states of torch's global generators."""
    return [torch.random.get_rng_state(), *([torch.cuda.get_rng_state()] if device == "cuda" else [])]


LAWS = (
    complex_objects_in_the_box,
    same_seed_same_weights,
    same_weights_same_object,
    a_gradient_reaches_every_parameter,
    output_follows_the_weights,
    members_do_not_see_each_other,
    what_is_not_refused_can_be_built,
    double_precision_works,
)
CHEAP = (
    complex_objects_in_the_box,
    a_gradient_reaches_every_parameter,
    output_follows_the_weights,
    members_do_not_see_each_other,
    what_is_not_refused_can_be_built,
)
