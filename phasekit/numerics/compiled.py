"""Compiled loops of the iteration on the wave: Fourier transforms of blocks that stay in the cache, fused with the
modulus projection. numba compiles them for the processor at hand and keeps them on disk; no compiler is needed.

A transform runs along the rows of a block [row][group][2][8], all columns side by side, by Stockham's algorithm (Van
Loan, Computational Frameworks for the Fast Fourier Transform, SIAM 1992, section 1.7).
`phasekit.numerics.wave_iteration` calls this.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numba import njit
from numba.core import event

from phasekit.numerics.vector_code import (
    BYTES,
    GROUP,
    LANES,
    butterfly_2,
    butterfly_3,
    butterfly_4,
    butterfly_5,
    butterfly_7,
    update,
)

_OPTIONS: dict[str, Any] = {"nogil": True, "cache": True, "error_model": "numpy"}


@njit(**_OPTIONS)
def transform(at, to, backward, rows, groups, radices, twiddles):  # type: ignore[no-untyped-def]
    """Transform the block at an address along its rows; the block at `to` is worked in, and holds the result if the
    number of radices is odd.
    """
    real = BYTES // 2 if backward else 0  # a transform of (im, re) is the inverse one
    place, stride, length = 0, 1, rows
    for radix in radices:
        length //= radix
        step, to_step = stride * length * groups * BYTES, stride * groups * BYTES
        for j in range(length):
            _butterflies(at + j * to_step, to + radix * j * to_step, real, step, to_step, radix, twiddles, place)
            place += 2 * (radix - 1)
        stride *= radix
        at, to = to, at


@njit(**_OPTIONS)
def _butterflies(source, target, real, step, to_step, radix, w, k):  # type: ignore[no-untyped-def]
    """Do the butterflies of one twiddle factor, those that stand in `w` from place `k` on."""
    imaginary = BYTES // 2 - real
    a, b, c, d = source + real, source + imaginary, target + real, target + imaginary
    if radix == 4:
        w4 = (w[k], w[k + 1], w[k + 2], w[k + 3], w[k + 4], w[k + 5])
        for i in range(0, to_step, BYTES):
            butterfly_4(a + i, b + i, c + i, d + i, step, to_step, w4)
    elif radix == 2:
        w2 = (w[k], w[k + 1])
        for i in range(0, to_step, BYTES):
            butterfly_2(a + i, b + i, c + i, d + i, step, to_step, w2)
    elif radix == 3:
        w3 = (w[k], w[k + 1], w[k + 2], w[k + 3])
        for i in range(0, to_step, BYTES):
            butterfly_3(a + i, b + i, c + i, d + i, step, to_step, w3)
    elif radix == 5:
        w5 = (w[k], w[k + 1], w[k + 2], w[k + 3], w[k + 4], w[k + 5], w[k + 6], w[k + 7])
        for i in range(0, to_step, BYTES):
            butterfly_5(a + i, b + i, c + i, d + i, step, to_step, w5)
    else:
        w6 = (w[k], w[k + 1], w[k + 2], w[k + 3], w[k + 4], w[k + 5])
        w7 = (*w6, w[k + 6], w[k + 7], w[k + 8], w[k + 9], w[k + 10], w[k + 11])
        for i in range(0, to_step, BYTES):
            butterfly_7(a + i, b + i, c + i, d + i, step, to_step, w7)


@njit(**_OPTIONS)
def slabs(part, wave, amplitude, valid, sizes, first, last, room, radices, twiddles, weights, begins, ends):  # type: ignore[no-untyped-def]
    """Do the blocks `first` … `last` of columns: transform `part` along the first axis, update the wave, transform it.

    `part` [box][group][2][8] holds what is transformed along the other axes; `wave` the whole wave, (re, im) of each
    voxel; `weights` are u, v, p, q. The pass that `begins` takes `part` as zero, the one that `ends` does not make it.
    """
    n0, n1, n2, b0, c0, most = sizes
    across = (n2 + LANES - 1) // LANES
    groups = n1 * across
    now, spare = room[: n0 * most * GROUP], room[n0 * most * GROUP : 2 * n0 * most * GROUP]
    for block in range(first, last):
        at = block * most
        count = min(most, groups - at)
        width = count * GROUP
        if begins:
            now[: n0 * width] = 0
        else:
            now[: c0 * width] = 0
            now[(c0 + b0) * width : n0 * width] = 0
            for x in range(b0):
                to, source = np.uintp((c0 + x) * width), np.uintp((x * groups + at) * GROUP)
                for k in range(np.uintp(width)):
                    now[to + k] = part[source + k]
            transform(now.ctypes.data, spare.ctypes.data, True, n0, count, radices, twiddles)
            if len(radices) % 2:
                now, spare = spare, now
        _update_block(wave, now, amplitude, valid, n0, n1, n2, at, count, weights)
        if ends:
            continue
        transform(now.ctypes.data, spare.ctypes.data, False, n0, count, radices, twiddles)
        if len(radices) % 2:
            now, spare = spare, now
        for x in range(b0):
            to, source = np.uintp((x * groups + at) * GROUP), np.uintp((c0 + x) * width)
            for k in range(np.uintp(width)):
                part[to + k] = now[source + k]


@njit(**_OPTIONS)
def _update_block(wave, block, amplitude, valid, n0, n1, n2, at, count, weights):  # type: ignore[no-untyped-def]
    """Update the wave and a block of `count` groups of columns, from group `at` on."""
    across = (n2 + LANES - 1) // LANES
    u, v, p, q = weights
    to, numbers, measured, trusted = wave.ctypes.data, block.ctypes.data, amplitude.ctypes.data, valid.ctypes.data
    for x in range(n0):
        y, z = at // across, at % across
        for k in range(count):
            here, column = (x * count + k) * GROUP, (x * n1 + y) * n2 + z * LANES
            if n2 - z * LANES >= LANES:
                update(to + column * 8, numbers + here * 4, measured + column * 4, trusted + column, u, v, p, q)
            else:
                _update_some(wave, block, amplitude, valid, column, here, n2 - z * LANES, weights)
            z += 1
            if z == across:
                y, z = y + 1, 0


@njit(**_OPTIONS)
def _update_some(wave, block, amplitude, valid, column, here, count, weights):  # type: ignore[no-untyped-def]
    """Update fewer than 8 voxels, the last of a line, by way of copies."""
    pairs, measured, trusted = np.zeros(GROUP, np.float32), np.zeros(LANES, np.float32), np.zeros(LANES, np.uint8)
    for lane in range(count):
        pairs[2 * lane], pairs[2 * lane + 1] = wave[2 * (column + lane)], wave[2 * (column + lane) + 1]
        measured[lane], trusted[lane] = amplitude[column + lane], valid[column + lane]
    u, v, p, q = weights
    update(pairs.ctypes.data, block.ctypes.data + here * 4, measured.ctypes.data, trusted.ctypes.data, u, v, p, q)
    for lane in range(count):
        wave[2 * (column + lane)], wave[2 * (column + lane) + 1] = pairs[2 * lane], pairs[2 * lane + 1]
    for lane in range(count, LANES):
        block[here + lane] = block[here + LANES + lane] = 0


@njit(**_OPTIONS)
def planes(part, support, object, sizes, first, last, room, radices, twiddles, radices_z, twiddles_z, scale):  # type: ignore[no-untyped-def]
    """Do the planes `first` … `last` of the box: transform to the object, keep the support, transform to the wave.

    `support` [box][z][y in groups of 8] is 1 inside. If `object` [box][y][z] is not empty, the object is written there,
    times `scale`, and `part` is left as it is.
    """
    n1, n2, b1, b2, c1, c2, most = sizes
    across, down = (n2 + LANES - 1) // LANES, (b1 + LANES - 1) // LANES
    size, lines = n1 * most * GROUP, n2 * down * GROUP
    column, spare = room[:size], room[size : 2 * size]
    line, other = room[2 * size : 2 * size + lines], room[2 * size + lines : 2 * size + 2 * lines]
    for plane in range(first, last):
        base = plane * n1 * across * GROUP
        line[:] = 0
        for at in range(0, across, most):
            count = min(most, across - at)
            for y in range(n1):
                to, source = np.uintp(y * count * GROUP), np.uintp(base + (y * across + at) * GROUP)
                for k in range(np.uintp(count * GROUP)):
                    column[to + k] = part[source + k]
            transform(column.ctypes.data, spare.ctypes.data, False, n1, count, radices, twiddles)
            if len(radices) % 2:
                column, spare = spare, column
            _turned(column, line, at, count, n2, b1, c1, down, True)
        transform(line.ctypes.data, other.ctypes.data, False, n2, down, radices_z, twiddles_z)
        if len(radices_z) % 2:
            line, other = other, line
        if len(object):
            _written(line, object, plane, b1, b2, c2, down, scale)
            continue
        _masked(line, support, plane, b2, c2, down, scale)
        transform(line.ctypes.data, other.ctypes.data, True, n2, down, radices_z, twiddles_z)
        if len(radices_z) % 2:
            line, other = other, line
        for at in range(0, across, most):
            count = min(most, across - at)
            column[: n1 * count * GROUP] = 0
            _turned(column, line, at, count, n2, b1, c1, down, False)
            transform(column.ctypes.data, spare.ctypes.data, True, n1, count, radices, twiddles)
            if len(radices) % 2:
                column, spare = spare, column
            for y in range(n1):
                source, to = np.uintp(y * count * GROUP), np.uintp(base + (y * across + at) * GROUP)
                for k in range(np.uintp(count * GROUP)):
                    part[to + k] = column[source + k]


@njit(**_OPTIONS)
def _written(line, object, plane, b1, b2, c2, down, scale):  # type: ignore[no-untyped-def]
    """Write a plane of the box as pairs (re, im), times `scale`."""
    for y in range(b1):
        for z in range(b2):
            here = ((c2 + z) * down + y // LANES) * GROUP + y % LANES
            to = 2 * ((plane * b1 + y) * b2 + z)
            object[to], object[to + 1] = scale * line[here], scale * line[here + LANES]


@njit(**_OPTIONS)
def _masked(line, support, plane, b2, c2, down, scale):  # type: ignore[no-untyped-def]
    """Keep what lies in the support, times `scale`."""
    line[: c2 * down * GROUP] = 0
    line[(c2 + b2) * down * GROUP :] = 0
    for k in range(b2 * down):
        here, flag = np.uintp((c2 * down + k) * GROUP), np.uintp((plane * b2 * down + k) * LANES)
        for lane in range(np.uintp(LANES)):
            factor = scale if support[flag + lane] != 0 else np.float32(0)
            line[here + lane] *= factor
            line[here + LANES + lane] *= factor


@njit(**_OPTIONS)
def _turned(column, line, at, count, n2, b1, c1, down, inward):  # type: ignore[no-untyped-def]
    """Copy rows c1 … c1 + b1 of columns [y][group along z] into lines [z][group along y], or back."""
    for y in range(b1):
        for k in range(count):
            here = np.uintp(((c1 + y) * count + k) * GROUP)
            there = np.uintp(((at + k) * LANES * down + y // LANES) * GROUP + y % LANES)
            for lane in range(np.uintp(min(LANES, n2 - (at + k) * LANES))):
                to = there + lane * np.uintp(down * GROUP)
                if inward:
                    line[to] = column[here + lane]
                    line[to + np.uintp(LANES)] = column[here + np.uintp(LANES) + lane]
                else:
                    column[here + lane] = line[to]
                    column[here + np.uintp(LANES) + lane] = line[to + np.uintp(LANES)]


class _Announces(event.Listener):
    """Says once that code is being compiled."""

    said = False

    def on_start(self, event: Any) -> None:
        if not self.said:
            self.said = True
            logging.getLogger("phasekit").warning(
                "compiling the iteration for this processor; this takes some seconds, once on this machine"
            )

    def on_end(self, event: Any) -> None:
        pass


@contextmanager
def announced() -> Iterator[None]:
    """Say so if code has to be compiled in this block; nothing if it was on disk."""
    with event.install_listener("numba:compile", _Announces()):
        yield
