"""Machine code for eight complex numbers at once, made through numba's intrinsics: the butterflies of Fourier
transforms and the update of the wave. `phasekit.numerics.compiled` calls it; touch that file after a change here, for
numba compiles a function anew only if its own file has changed.

Complex numbers stand in groups of 8: 8 real parts, then 8 imaginary parts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

LANES = 8
GROUP = 2 * LANES
"""Numbers in a group."""
BYTES = 4 * GROUP
"""Bytes of a group."""

_VECTOR = ir.VectorType(ir.FloatType(), LANES)
_PAIRS = ir.VectorType(ir.FloatType(), GROUP)
_BYTES = ir.VectorType(ir.IntType(8), LANES)
_INTEGER = ir.IntType(64)
_FLAGS = ("contract", "nsz")


class _Vector:
    """Eight numbers in the code that is being made."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value

    def _same(self, other: _Vector | float) -> Any:
        return other.value if isinstance(other, _Vector) else ir.Constant(_VECTOR, [float(other)] * LANES)

    def __add__(self, other: _Vector) -> _Vector:
        return _Vector(self.builder, self.builder.fadd(self.value, other.value, flags=_FLAGS))

    def __sub__(self, other: _Vector) -> _Vector:
        return _Vector(self.builder, self.builder.fsub(self.value, other.value, flags=_FLAGS))

    def __mul__(self, other: _Vector | float) -> _Vector:
        return _Vector(self.builder, self.builder.fmul(self.value, self._same(other), flags=_FLAGS))

    def over_root(self, square: _Vector) -> _Vector:
        """Return self / √square; a square of (almost) zero counts as 1e-37."""
        least = ir.Constant(_VECTOR, [1e-37] * LANES)
        square_ = self.builder.select(self.builder.fcmp_ordered("<", square.value, least), least, square.value)
        kind = ir.FunctionType(_VECTOR, [_VECTOR])
        root = self.builder.module.declare_intrinsic(f"llvm.sqrt.v{LANES}f32", (), kind)
        return _Vector(self.builder, self.builder.fdiv(self.value, self.builder.call(root, [square_])))

    def where(self, mask: Any, other: float) -> _Vector:
        return _Vector(self.builder, self.builder.select(mask, self.value, self._same(other)))


_Complex = tuple[Any, Any]


def _spread(builder: Any, number: Any) -> _Vector:
    """Return a vector of one number."""
    empty = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(empty, number, ir.Constant(ir.IntType(32), 0))
    same = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return _Vector(builder, builder.shuffle_vector(first, empty, same))


def _load(builder: Any, address: Any, kind: Any, align: int) -> Any:
    item = builder.load(builder.inttoptr(address, kind.as_pointer()))
    item.align = align
    return item


def _store(builder: Any, value: Any, address: Any, align: int) -> None:
    builder.store(value, builder.inttoptr(address, value.type.as_pointer())).align = align


def _after(builder: Any, address: Any, count: int) -> Any:
    return builder.add(address, ir.Constant(_INTEGER, count)) if count else address


def dft(numbers: Sequence[_Complex]) -> list[_Complex]:
    """Transform 2, 4 or an odd count of complex numbers (re, im) with exp(−i…): a butterfly without its twiddles."""
    count = len(numbers)
    if count == 2:
        (a, b), (c, d) = numbers
        return [(a + c, b + d), (a - c, b - d)]
    if count == 4:
        (first, odd_first), (second, odd_second) = zip(dft(numbers[0::2]), dft(numbers[1::2]), strict=True)
        (a, b), (c, d), (e, f), (g, h) = first, odd_first, second, odd_second
        return [(a + c, b + d), (e + h, f - g), (a - c, b - d), (e - h, f + g)]
    pairs = [(numbers[k], numbers[count - k]) for k in range(1, (count + 1) // 2)]
    sums = [(a + c, b + d) for (a, b), (c, d) in pairs]
    differences = [(a - c, b - d) for (a, b), (c, d) in pairs]
    real, imaginary = numbers[0]
    for a, b in sums:
        real, imaginary = real + a, imaginary + b
    result = [(real, imaginary)] * count
    for j in range(1, (count + 1) // 2):
        even, odd = numbers[0], None
        for k, ((a, b), (c, d)) in enumerate(zip(sums, differences, strict=True), 1):
            cosine, sine = math.cos(2 * math.pi * j * k / count), math.sin(2 * math.pi * j * k / count)
            even = (even[0] + a * cosine, even[1] + b * cosine)
            odd = (c * sine, d * sine) if odd is None else (odd[0] + c * sine, odd[1] + d * sine)
        assert odd is not None
        result[j] = (even[0] + odd[1], even[1] - odd[0])
        result[count - j] = (even[0] - odd[1], even[1] + odd[0])
    return result


def _butterfly(radix: int) -> Callable[..., Any]:
    """Return the code that reads `radix` vectors, transforms them, turns them and writes them."""

    @intrinsic
    def butterfly(typing: Any, a: Any, b: Any, to_a: Any, to_b: Any, step: Any, to_step: Any, twiddles: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            real, imaginary, to_real, to_imaginary, step, to_step, w = arguments

            def at(address: Any, step: Any, k: int) -> Any:
                return builder.add(address, builder.mul(step, ir.Constant(_INTEGER, k))) if k else address

            def read(address: Any, k: int) -> _Vector:
                return _Vector(builder, _load(builder, at(address, step, k), _VECTOR, 32))

            numbers = [(read(real, k), read(imaginary, k)) for k in range(radix)]
            for k, (a, b) in enumerate(dft(numbers)):
                if k:
                    c, d = (_spread(builder, builder.extract_value(w, 2 * k - 2 + part)) for part in (0, 1))
                    a, b = a * c - b * d, a * d + b * c
                _store(builder, a.value, at(to_real, to_step, k), 32)
                _store(builder, b.value, at(to_imaginary, to_step, k), 32)
            return context.get_dummy_value()

        return types.void(*[types.int64] * 6, twiddles), code

    return butterfly


butterfly_2, butterfly_3, butterfly_4, butterfly_5, butterfly_7 = (_butterfly(radix) for radix in (2, 3, 4, 5, 7))


def _update(typing: Any, wave: Any, block: Any, amplitude: Any, valid: Any, u: Any, v: Any, p: Any, q: Any) -> Any:
    """W ← (u r + v) W + block, block ← (p r + q) W, for 8 voxels at these addresses."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wave, block, amplitude, valid = arguments[:4]
        u, v, p, q = (_spread(builder, number) for number in arguments[4:])
        pairs, none = _load(builder, wave, _PAIRS, 4), ir.Constant(_PAIRS, ir.Undefined)

        def every_second(first: int) -> _Vector:
            places = ir.Constant(ir.VectorType(ir.IntType(32), LANES), list(range(first, GROUP, 2)))
            return _Vector(builder, builder.shuffle_vector(pairs, none, places))

        measured = _Vector(builder, _load(builder, amplitude, _VECTOR, 4))
        flags = _load(builder, valid, _BYTES, 1)
        trusted = builder.icmp_unsigned("!=", flags, ir.Constant(_BYTES, [0] * LANES))
        a, b = every_second(0), every_second(1)
        factor = u * measured.over_root(a * a + b * b).where(trusted, 1) + v
        c = _Vector(builder, _load(builder, block, _VECTOR, 32))
        d = _Vector(builder, _load(builder, _after(builder, block, BYTES // 2), _VECTOR, 32))
        a, b = a * factor + c, b * factor + d
        mixed = [number for lane in range(LANES) for number in (lane, lane + LANES)]
        places = ir.Constant(ir.VectorType(ir.IntType(32), GROUP), mixed)
        _store(builder, builder.shuffle_vector(a.value, b.value, places), wave, 4)
        factor = p * measured.over_root(a * a + b * b).where(trusted, 1) + q
        _store(builder, (a * factor).value, block, 32)
        _store(builder, (b * factor).value, _after(builder, block, BYTES // 2), 32)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 4, *[types.float32] * 4), code


update: Any = intrinsic(_update)
