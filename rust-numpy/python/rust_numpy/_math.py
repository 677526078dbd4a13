"""Functions element by element beyond those of the standard."""

import math
from typing import Any

import numpy as np

from rust_numpy import _core
from rust_numpy._core import Array, asarray
from rust_numpy._types import ArrayLike

__all__ = [
    "angle",
    "around",
    "deg2rad",
    "degrees",
    "divmod",
    "fabs",
    "fix",
    "float_power",
    "fmax",
    "fmin",
    "fmod",
    "frexp",
    "gcd",
    "heaviside",
    "i0",
    "lcm",
    "ldexp",
    "logaddexp2",
    "modf",
    "nan_to_num",
    "rad2deg",
    "radians",
    "real_if_close",
    "rint",
    "round",
    "sinc",
    "spacing",
]


def floating(x: ArrayLike) -> Array:
    """The array in a floating-point dtype."""
    x = asarray(x)
    return x if x.dtype.kind in "fc" else _core.astype(x, np.float64)


def round(x: ArrayLike, /, decimals: int = 0) -> Array:
    """Round to so many decimals, ties to even."""
    x = asarray(x)
    if decimals == 0 or (x.dtype.kind in "biu" and decimals > 0):
        return _core.round(x)
    scale = 10.0 ** abs(decimals)
    if x.dtype.kind in "biu":
        return _core.astype(_core.round(_core.astype(x, np.float64) / scale) * scale, x.dtype)
    rounded = _core.round(x * scale if decimals > 0 else x / scale)
    return rounded / scale if decimals > 0 else rounded * scale


around = round


def rint(x: ArrayLike) -> Array:
    """Round to the nearest integer, ties to even, as floats."""
    return _core.round(floating(x))


def fix(x: ArrayLike) -> Array:
    """Round towards zero."""
    return _core.trunc(x)


def fabs(x: ArrayLike) -> Array:
    """Return absolute values as floats."""
    return _core.abs(floating(x))


def deg2rad(x: ArrayLike) -> Array:
    """Turn degrees into radians."""
    return floating(x) * (np.pi / 180)


radians = deg2rad


def rad2deg(x: ArrayLike) -> Array:
    """Turn radians into degrees."""
    return floating(x) * (180 / np.pi)


degrees = rad2deg


def angle(z: ArrayLike, deg: bool = False) -> Array:
    """Return the angles of complex numbers in radians, from -π to π, or in degrees."""
    z = floating(z)
    parts = (z.imag, z.real) if z.dtype.kind == "c" else (_core.zeros_like(z), z)
    result = _core.atan2(*parts)
    return rad2deg(result) if deg else result


def fmod(x1: ArrayLike, x2: ArrayLike) -> Array:
    """Return the rest of a division rounded towards zero, with the sign of ``x1``."""
    x1, x2 = asarray(x1), asarray(x2)
    if "f" not in (x1.dtype.kind, x2.dtype.kind):
        rest = _core.remainder(x1, x2)
        return _core.where((rest != 0) & ((x1 < 0) != (x2 < 0)), rest - x2, rest)
    rest = _core.remainder(_core.abs(x1), _core.abs(x2))
    # an infinite divisor leaves everything
    rest = _core.where(_core.isinf(x2) & _core.isfinite(x1), _core.abs(x1), rest)
    return _core.copysign(rest, x1)


def divmod(x1: ArrayLike, x2: ArrayLike) -> tuple[Array, Array]:
    """Return the quotients rounded down, and the rests."""
    return _core.floor_divide(x1, x2), _core.remainder(x1, x2)


def modf(x: ArrayLike) -> tuple[Array, Array]:
    """Return the parts behind and before the point, both with the sign of the number."""
    x = floating(x)
    whole = _core.trunc(x)
    part = _core.where(_core.isinf(x), 0, x - whole)
    return _core.copysign(part, x), whole


def frexp(x: ArrayLike) -> tuple[Array, Array]:
    """Return mantissas from 0.5 to below 1 and exponents of two, int32."""
    x = floating(x)
    plain = _core.isfinite(x) & (x != 0)
    # numbers below the normal ones are made larger first, so that their logarithm is finite
    small = _core.abs(x) < 1
    large = _core.abs(_core.where(plain, _core.where(small, x * 2.0**64, x), 1))
    estimate = _core.floor(_core.log2(large)) + _core.where(small, -63.0, 1.0)
    estimate = _core.astype(estimate, x.dtype)
    half = _core.floor(estimate / 2)
    mantissa = _core.where(plain, x * _core.exp2(-half) * _core.exp2(half - estimate), x)
    # the logarithm may be off by one next to powers of two
    up, down = _core.abs(mantissa) >= 1, _core.abs(mantissa) < 0.5
    mantissa = _core.where(
        plain, _core.where(up, mantissa / 2, _core.where(down, mantissa * 2, mantissa)), x
    )
    exponent = estimate + _core.astype(up, x.dtype) - _core.astype(down, x.dtype)
    return mantissa, _core.astype(_core.where(plain, exponent, 0), np.int32)


def ldexp(x1: ArrayLike, x2: ArrayLike) -> Array:
    """Return ``x1 * 2**x2``."""
    x1, x2 = floating(x1), asarray(x2)
    if x2.dtype.kind not in "iu":
        raise TypeError("ldexp needs integer exponents")
    # in three steps, since the factor may overflow where the product does not
    product, rest = _core.astype(x1, np.float64), _core.astype(x2, np.int64)
    for _ in range(3):
        step = _core.clip(rest, -1000, 1000)
        product = product * _core.exp2(_core.astype(step, np.float64))
        rest = rest - step
    return _core.astype(product, x1.dtype)


def spacing(x: ArrayLike) -> Array:
    """Return the distance to the next number farther from zero."""
    x = floating(x)
    return _core.nextafter(x, _core.copysign(np.inf, x)) - x


def heaviside(x1: ArrayLike, x2: ArrayLike) -> Array:
    """Return 0 below zero, 1 above, and ``x2`` at zero."""
    x1, x2 = floating(x1), floating(x2)
    dtype = np.promote_types(x1.dtype, x2.dtype)
    step = _core.where(x1 < 0, 0.0, _core.where(x1 > 0, 1.0, _core.where(x1 == 0, x2, np.nan)))
    return _core.astype(step, dtype)


def _extreme(x1: ArrayLike, x2: ArrayLike, function: Any) -> Array:
    x1, x2 = asarray(x1), asarray(x2)
    chosen = function(x1, x2)
    return _core.where(_core.isnan(x1), x2, _core.where(_core.isnan(x2), x1, chosen))


def fmax(x1: ArrayLike, x2: ArrayLike) -> Array:
    """Return the larger of two numbers, the other one where one is NaN."""
    return _extreme(x1, x2, _core.maximum)


def fmin(x1: ArrayLike, x2: ArrayLike) -> Array:
    """Return the smaller of two numbers, the other one where one is NaN."""
    return _extreme(x1, x2, _core.minimum)


def float_power(x1: ArrayLike, x2: ArrayLike) -> Array:
    """Return powers in float64, or complex128."""
    x1, x2 = asarray(x1), asarray(x2)
    kind = np.complex128 if "c" in (x1.dtype.kind, x2.dtype.kind) else np.float64
    return _core.pow(_core.astype(x1, kind), _core.astype(x2, kind))


def logaddexp2(x1: ArrayLike, x2: ArrayLike) -> Array:
    """Return ``log2(2**x1 + 2**x2)`` without overflow."""
    x1, x2 = floating(x1), floating(x2)
    high, low = _core.maximum(x1, x2), _core.minimum(x1, x2)
    rest = _core.log1p(_core.exp2(_core.where(high == low, 0, low - high))) / math.log(2)
    return high + rest


def _whole(x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    x, y = _core.broadcast_arrays(x, y)
    if x.dtype.kind not in "iu" or y.dtype.kind not in "iu":
        raise TypeError("gcd and lcm are for integers")
    dtype = np.promote_types(x.dtype, y.dtype)
    return _core.abs(_core.astype(x, dtype)), _core.abs(_core.astype(y, dtype))


def gcd(x1: ArrayLike, x2: ArrayLike) -> Array:
    """Return the greatest common divisors (Euclid), not negative."""
    a, b = _whole(x1, x2)
    while _core.any(b != 0):
        a, b = _core.where(b != 0, b, a), _core.where(b != 0, _core.remainder(a, b), 0)
    return a


def lcm(x1: ArrayLike, x2: ArrayLike) -> Array:
    """Return the least common multiples, not negative; zero if one number is."""
    a, b = _whole(x1, x2)
    divisor = gcd(a, b)
    return _core.floor_divide(a, _core.where(divisor == 0, 1, divisor)) * b


def real_if_close(a: ArrayLike, tol: float = 100) -> Array:
    """Return the real parts if all imaginary ones are below ``tol`` units of precision."""
    a = asarray(a)
    if a.dtype.kind != "c":
        return a
    limit = tol * float(np.finfo(a.dtype).eps) if tol > 1 else tol
    return a.real if _core.all(_core.abs(a.imag) < limit) else a


def nan_to_num(
    x: ArrayLike, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None
) -> Array:
    """Return the array with numbers in place of NaN and infinities, by default the largest ones."""
    x = asarray(x)
    if x.dtype.kind == "c":
        parts = (
            nan_to_num(part, nan=nan, posinf=posinf, neginf=neginf) for part in (x.real, x.imag)
        )
        real, imag = parts
        return _core.astype(real + 1j * imag, x.dtype)
    if x.dtype.kind != "f":
        return _core.copy(x)
    limits = np.finfo(x.dtype)
    result = _core.where(_core.isnan(x), nan, x)
    result = _core.where(x == np.inf, float(limits.max) if posinf is None else posinf, result)
    return _core.where(x == -np.inf, float(limits.min) if neginf is None else neginf, result)


def sinc(x: ArrayLike) -> Array:
    """Return ``sin(πx) / (πx)``, 1 at zero."""
    x = floating(x)
    y = np.pi * _core.where(x == 0, float(np.finfo(x.dtype).eps) ** 2, x)
    return _core.sin(y) / y


def i0(x: ArrayLike) -> Array:
    """Return the modified Bessel function of the first kind and order zero, in float64.

    Its power series up to 20, beyond that its asymptotic one.
    """
    x = _core.abs(_core.astype(asarray(x), np.float64))
    near, far = _core.minimum(x, 20.0), _core.maximum(x, 20.0)
    square, term, small = near * near / 4, _core.ones_like(x), _core.ones_like(x)
    for k in range(1, 60):
        term = term * square / (k * k)
        small = small + term
    term, large = _core.ones_like(x), _core.ones_like(x)
    for k in range(1, 20):
        term = term * ((2 * k - 1) ** 2 / (8 * k)) / far
        large = large + term
    large = large * _core.exp(far) / _core.sqrt(2 * np.pi * far)
    return _core.where(x <= 20, small, large)
