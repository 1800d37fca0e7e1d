"""The fused, pruned iteration: error reduction and its relatives with the wave on the detector as their state.

Everything in these solvers but r = amplitude / |W| is linear. With W = F(ρ) as the state, r = 1 where a voxel is
untrusted, and S the support, the step "Π_m ρ inside the support, u Π_m ρ + v ρ outside" is exactly

    W' = (u r + v) W + F[S · F⁻¹(((1 − u) r − v) W)]

Both transforms see only the box around S, and what lies outside the support is never transformed.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from phasekit.numerics import fourier

Weights = tuple[float, float]
"""u, v: what of Π_m ρ and of ρ makes the new object outside the support."""

BLOCK = 1 << 18
"""Bytes of a block that is transformed at once: it stays in a core's second cache, and is wide enough not to jump
through memory."""

_NOTHING = np.zeros(0, dtype=np.float32)

_ALLOWED: ContextVar[bool] = ContextVar("compiled", default=os.environ.get("PHASEKIT_COMPILED", "1") != "0")


@contextmanager
def compiled(allowed: bool) -> Iterator[None]:
    """Allow the compiled iteration in this block, or forbid it; the variable PHASEKIT_COMPILED=0 forbids it always."""
    token = _ALLOWED.set(allowed and _ALLOWED.get())
    try:
        yield
    finally:
        _ALLOWED.reset(token)


def refusal(shape: Sequence[int], dtype: torch.dtype, device: torch.device) -> str | None:
    """Return why the compiled iteration is not used for waves of this kind; None if it is."""
    if not _ALLOWED.get():
        return "compiled code is not allowed"
    if device.type != "cpu":
        return f"the data are on {device.type}"
    if dtype != torch.complex64:
        return "the data have double precision"
    if any(_radices(n) is None for n in shape):
        return f"a length of {tuple(shape)} has a prime factor above 7"
    return None if _loops() is not None else "numba is not installed"


@lru_cache
def _loops() -> Any:
    """Return the compiled loops, loaded from disk or compiled, before a clock runs; None without numba."""
    try:
        from phasekit.numerics import compiled as loops
    except ImportError:
        return None
    sizes, room, flags = (np.int64(1),) * 7, np.zeros(256, dtype=np.float32), np.zeros(8, dtype=np.uint8)
    tables, weights = _tables(1), (np.float32(0),) * 4
    with loops.announced():
        loops.slabs(room, room, room, flags, sizes[:6], 0, 0, room, *tables, weights, True, True)
        loops.planes(room, flags, _NOTHING, sizes, 0, 0, room, *tables, *tables, np.float32(1))
    return loops


@lru_cache
def _radices(length: int) -> tuple[int, ...] | None:
    """Return the factors of a length in the order of the transform; None if a prime is too large."""
    found = []
    for radix in (4, 2, 3, 5, 7):
        while length % radix == 0:
            found.append(radix)
            length //= radix
    return tuple(found) if length == 1 else None


@lru_cache
def _tables(length: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the radices of a transform and its twiddle factors."""
    radices = _radices(length)
    assert radices is not None
    factors, rest = [], length
    for radix in radices:
        turn = -2 * np.pi / rest
        rest //= radix
        angles = turn * np.outer(np.arange(rest), np.arange(1, radix))
        factors.append(np.stack([np.cos(angles), np.sin(angles)], axis=-1).reshape(-1))
    twiddles = np.concatenate([*factors, np.zeros(12)]).astype(np.float32)
    return np.array(radices, dtype=np.int64), twiddles


@lru_cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="phasekit")


def _together(tasks: Sequence[Callable[[], object]]) -> None:
    """Do tasks at the same time, the first in this thread; who waits for the others does not spin."""
    others = [_pool(len(tasks) - 1).submit(task) for task in tasks[1:]]
    tasks[0]()
    for other in others:
        other.result()


def _cuts(count: int, parts: int) -> list[tuple[int, int]]:
    edges = [count * i // parts for i in range(parts + 1)]
    return [(a, b) for a, b in pairwise(edges) if b > a]


def _room(numbers: int) -> NDArray[np.float32]:
    """Return space for numbers that begins where a cache line does."""
    raw = np.empty(4 * numbers + 64, dtype=np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + 4 * numbers].view(np.float32)


def _numbers(wave: Tensor) -> NDArray[np.float32]:
    flat: NDArray[np.float32] = torch.view_as_real(wave).numpy().reshape(-1)
    return flat


class WaveIteration:
    """The iteration for one problem and the supports of a batch of starts; solver plugins may use it too.

    `amplitude` (*detector) float32 and `valid` (*detector) bool are the data, zero frequency first, and `support`
    (batch, *space) bool where the object may be: 2-D or 3-D, any box. Ask `refusal` first. Results do not depend on
    the number of threads; it is torch's.
    """

    def __init__(self, amplitude: Tensor, valid: Tensor, support: Tensor) -> None:
        _loops()  # once, before there are threads
        self.amplitude: NDArray[np.float32] = amplitude.contiguous().numpy().reshape(-1)
        self.valid: NDArray[np.uint8] = valid.contiguous().view(torch.uint8).numpy().reshape(-1)
        self.members = [_Member(mask) for mask in support]

    def advance(self, wave: Tensor, weights: Sequence[Weights], running: Sequence[bool] | None = None) -> None:
        """Do one step for each of `weights` on `wave` (batch, *detector) complex64, contiguous, in place.

        Members that are not `running` are left as they are.
        """
        begin = (0, 1, 1 - weights[0][0], -weights[0][1])
        steps = [(*old, 1 - new[0], -new[1]) for old, new in zip(weights, [*weights[1:], (0, 0)], strict=True)]
        table = np.array([begin, *steps], dtype=np.float32)
        chosen = [i for i in range(len(self.members)) if running is None or running[i]]
        threads = torch.get_num_threads()
        alone = len(chosen) // threads * threads  # a thread for each member is quicker than all threads for one

        def some(first: int) -> None:
            for i in chosen[first:alone:threads]:
                self._advance(self.members[i], _numbers(wave[i]), table, 1)

        if alone:
            _together([partial(some, first) for first in range(threads)])
        for i in chosen[alone:]:
            self._advance(self.members[i], _numbers(wave[i]), table, threads)

    def _advance(self, member: _Member, wave: NDArray[np.float32], table: NDArray[np.float32], threads: int) -> None:
        part, rooms = member.part(), [member.room() for _ in range(threads)]
        last = len(table) - 1
        for step, row in enumerate(table):
            if step:
                member.planes(part, rooms, _NOTHING, member.scale)
            member.slabs(part, wave, self, rooms, row, begins=step == 0, ends=step == last)

    def fitted(self, wave: Tensor) -> list[Tensor]:
        """Return for each member Π_m ρ in the box around its support, (*box) complex64; `wave` is not changed."""
        return [self._fitted(member, _numbers(alone)) for member, alone in zip(self.members, wave, strict=True)]

    def _fitted(self, member: _Member, wave: NDArray[np.float32]) -> Tensor:
        part, rooms = member.part(), [member.room() for _ in range(torch.get_num_threads())]
        row = np.array([0, 1, 1, 0], dtype=np.float32)
        member.slabs(part, wave, self, rooms, row, begins=True, ends=False)
        object = np.empty(2 * math.prod(member.lengths), dtype=np.float32)
        member.planes(part, rooms, object, math.sqrt(member.scale))
        return torch.view_as_complex(torch.from_numpy(object).reshape(*member.lengths, 2))

    def boxes(self) -> list[fourier.Box]:
        """Return the box around the support of each member."""
        return [member.box for member in self.members]


class _Member:
    """The box, the support and the sizes of one start."""

    def __init__(self, support: Tensor) -> None:
        space = tuple(support.shape)
        self.box = fourier.bounding_box(support)
        self.lengths = tuple(side.stop - side.start for side in self.box)
        inner = support[self.box]
        n, b, c = list(space), list(self.lengths), [side.start for side in self.box]
        if len(space) == 2:
            n, b, c, inner = [n[0], 1, n[1]], [b[0], 1, b[1]], [c[0], 0, c[1]], inner[:, None]
        self.scale = 1 / math.prod(n)
        across = -(-n[2] // 8)
        groups = n[1] * across
        wide = min(max(1, BLOCK // (64 * n[0])), groups)
        self.first = _tables(n[0])
        self.blocks = -(-groups // wide)
        self.slab_sizes = tuple(np.int64(k) for k in (n[0], n[1], n[2], b[0], c[0], wide))
        self.size = b[0] * groups * 16
        slab = n[0] * wide
        if len(space) == 2:  # the rows of the box are one plane, without a transform across it
            n, b, c, inner = [1, b[0], n[2]], [1, b[0], b[2]], [0, 0, c[2]], inner.transpose(0, 1)
        self.second = _tables(n[1]) if len(space) == 3 else _tables(1)
        self.third = _tables(n[2])
        self.count, down = b[0], -(-b[1] // 8)
        mask = np.zeros((b[0], b[2], down * 8), dtype=np.uint8)
        mask[:, :, : b[1]] = inner.transpose(1, 2).numpy()
        self.support = mask.reshape(-1)
        high = min(max(1, BLOCK // (64 * n[1])), across)
        self.plane_sizes = tuple(np.int64(k) for k in (n[1], n[2], b[1], b[2], c[1], c[2], high))
        self.needed = 32 * max(slab, n[1] * high + n[2] * down)

    def part(self) -> NDArray[np.float32]:
        """Return room for what lies between the two passes."""
        return _room(self.size)

    def room(self) -> NDArray[np.float32]:
        """Return room for the blocks of a thread."""
        return _room(self.needed)

    def slabs(
        self,
        part: NDArray[np.float32],
        wave: NDArray[np.float32],
        data: WaveIteration,
        rooms: Sequence[NDArray[np.float32]],
        row: NDArray[np.float32],
        *,
        begins: bool,
        ends: bool,
    ) -> None:
        """Do the pass along the first axis, with a thread for each of `rooms`."""
        measured = (wave, data.amplitude, data.valid)
        weights = tuple(row)

        def some(room: NDArray[np.float32], cut: tuple[int, int]) -> None:
            _loops().slabs(part, *measured, self.slab_sizes, *cut, room, *self.first, weights, begins, ends)

        _together([partial(some, *pair) for pair in zip(rooms, _cuts(self.blocks, len(rooms)), strict=False)])

    def planes(
        self, part: NDArray[np.float32], rooms: Sequence[NDArray[np.float32]], object: NDArray[np.float32], scale: float
    ) -> None:
        """Do the pass along the other axes, plane by plane of the box."""
        tables, factor = (*self.second, *self.third), np.float32(scale)

        def some(room: NDArray[np.float32], cut: tuple[int, int]) -> None:
            _loops().planes(part, self.support, object, self.plane_sizes, *cut, room, *tables, factor)

        _together([partial(some, *pair) for pair in zip(rooms, _cuts(self.count, len(rooms)), strict=False)])
