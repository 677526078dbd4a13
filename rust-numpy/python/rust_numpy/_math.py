"""Functions element by element beyond those of the standard, and simple calculus."""

import math
from typing import Any

import numpy as np

from rust_numpy import _core
from rust_numpy._core import Array, asarray
from rust_numpy._types import ArrayLike, Axes

__all__ = [
    "angle",
    "around",
    "convolve",
    "correlate",
    "cross",
    "deg2rad",
    "degrees",
    "divmod",
    "ediff1d",
    "fabs",
    "fix",
    "float_power",
    "fmax",
    "fmin",
    "fmod",
    "frexp",
    "gcd",
    "gradient",
    "heaviside",
    "i0",
    "inner",
    "interp",
    "isclose",
    "iscomplex",
    "isneginf",
    "isposinf",
    "isreal",
    "kron",
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
    "trapezoid",
    "unwrap",
    "vdot",
]


def _float(x: ArrayLike) -> Array:
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
    return _core.round(_float(x))


def fix(x: ArrayLike) -> Array:
    """Round towards zero."""
    return _core.trunc(x)


def fabs(x: ArrayLike) -> Array:
    """Return absolute values as floats."""
    return _core.abs(_float(x))


def deg2rad(x: ArrayLike) -> Array:
    """Turn degrees into radians."""
    return _float(x) * (np.pi / 180)


radians = deg2rad


def rad2deg(x: ArrayLike) -> Array:
    """Turn radians into degrees."""
    return _float(x) * (180 / np.pi)


degrees = rad2deg


def angle(z: ArrayLike, deg: bool = False) -> Array:
    """Return the angles of complex numbers in radians, from -π to π, or in degrees."""
    z = _float(z)
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
    x = _float(x)
    whole = _core.trunc(x)
    part = _core.where(_core.isinf(x), 0, x - whole)
    return _core.copysign(part, x), whole


def frexp(x: ArrayLike) -> tuple[Array, Array]:
    """Return mantissas from 0.5 to below 1 and exponents of two, int32."""
    x = _float(x)
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
    x1, x2 = _float(x1), asarray(x2)
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
    x = _float(x)
    return _core.nextafter(x, _core.copysign(np.inf, x)) - x


def heaviside(x1: ArrayLike, x2: ArrayLike) -> Array:
    """Return 0 below zero, 1 above, and ``x2`` at zero."""
    x1, x2 = _float(x1), _float(x2)
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
    x1, x2 = _float(x1), _float(x2)
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


def isclose(
    a: ArrayLike, b: ArrayLike, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Array:
    """Tell which elements are as close as ``atol + rtol * |b|``."""
    a, b = asarray(a), _float(b)
    near = _core.abs(a - b) <= atol + rtol * _core.abs(b)
    result = (near & _core.isfinite(b)) | (a == b)
    return result | (_core.isnan(a) & _core.isnan(b)) if equal_nan else result


def isposinf(x: ArrayLike) -> Array:
    """Tell which elements are positive infinity."""
    return asarray(x) == np.inf


def isneginf(x: ArrayLike) -> Array:
    """Tell which elements are negative infinity."""
    return asarray(x) == -np.inf


def iscomplex(x: ArrayLike) -> Array:
    """Tell which elements have an imaginary part that is not zero."""
    return _core.imag(x) != 0


def isreal(x: ArrayLike) -> Array:
    """Tell which elements have no imaginary part."""
    return _core.imag(x) == 0


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
    x = _float(x)
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


def cross(a: ArrayLike, b: ArrayLike, *, axis: int = -1) -> Array:
    """Return the vectors perpendicular to two of three elements."""
    from rust_numpy import linalg

    return linalg.cross(a, b, axis=axis)


def vdot(a: ArrayLike, b: ArrayLike, /) -> Array:
    """Return ``Σ conj(a) b`` over all elements."""
    a, b = _core.reshape(asarray(a), (-1,)), _core.reshape(asarray(b), (-1,))
    return _core.vecdot(a, b)


def inner(a: ArrayLike, b: ArrayLike, /) -> Array:
    """Return the sums of products over the last axes of both."""
    a, b = asarray(a), asarray(b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    return _core.tensordot(a, b, axes=([-1], [-1]))


def kron(a: ArrayLike, b: ArrayLike) -> Array:
    """Return copies of ``b``, each multiplied by an element of ``a``, laid out as ``a`` is."""
    a, b = asarray(a), asarray(b)
    n = max(a.ndim, b.ndim)
    a = _core.reshape(a, (1,) * (n - a.ndim) + a.shape)
    b = _core.reshape(b, (1,) * (n - b.ndim) + b.shape)
    pairs = [k for m in zip(a.shape, (1,) * n, strict=True) for k in m]
    others = [k for m in zip((1,) * n, b.shape, strict=True) for k in m]
    product = _core.reshape(a, tuple(pairs)) * _core.reshape(b, tuple(others))
    return _core.reshape(product, tuple(p * q for p, q in zip(a.shape, b.shape, strict=True)))


def convolve(a: ArrayLike, v: ArrayLike, mode: str = "full") -> Array:
    """Return the convolution of two vectors: "full", "same" (as the longer) or "valid".

    Raises ValueError for an empty vector or another mode.
    """
    a, v = asarray(a), asarray(v)
    a, v = (_core.reshape(x, (-1,)) if x.ndim == 0 else x for x in (a, v))
    if a.ndim != 1 or v.ndim != 1:
        raise ValueError("object too deep for desired array")
    if a.size == 0 or v.size == 0:
        raise ValueError("a and v cannot be empty")
    if v.size > a.size:
        a, v = v, a
    full = _core.convolve(a, v)
    if mode == "full":
        return full
    if mode == "same":
        first = (v.size - 1) // 2
        return full[first : first + a.size]
    if mode == "valid":
        return full[v.size - 1 : a.size]
    raise ValueError(f'mode must be "full", "same" or "valid", not {mode!r}')


def correlate(a: ArrayLike, v: ArrayLike, mode: str = "valid") -> Array:
    """Return the correlation ``Σ a[n + k] conj(v[n])`` of two vectors; see `convolve`."""
    a, v = asarray(a), asarray(v)
    if a.size >= v.size or mode != "same":
        return convolve(a, _core.conj(v)[::-1], mode)
    # of the longer one backwards, so that the middle lies where it does in NumPy
    return convolve(v, _core.conj(a)[::-1], mode).conj()[::-1]


def interp(
    x: ArrayLike,
    xp: ArrayLike,
    fp: ArrayLike,
    left: Any = None,
    right: Any = None,
    period: float | None = None,
) -> Array:
    """Return the values at ``x`` of straight lines through the points ``(xp, fp)``.

    ``xp`` increases, unless there is a period. Outside of it the first or last value, or ``left``
    and ``right``. Raises ValueError for no points or different numbers of them.
    """
    x, xp, fp = (asarray(v) for v in (x, xp, fp))
    if xp.ndim != 1 or xp.shape != fp.shape:
        raise ValueError("fp and xp are not of the same length.")
    if xp.size == 0:
        raise ValueError("array of sample points is empty")
    x, xp = _core.astype(x, np.float64), _core.astype(xp, np.float64)
    fp = _core.astype(fp, np.complex128 if fp.dtype.kind == "c" else np.float64)
    if period is not None:
        if period == 0:
            raise ValueError("period must be a non-zero value")
        period = abs(period)
        x, xp = _core.remainder(x, period), _core.remainder(xp, period)
        order = _core.argsort(xp)
        xp, fp = xp[order], fp[order]
        xp = _core.concat([xp[-1:] - period, xp, xp[:1] + period])
        fp = _core.concat([fp[-1:], fp, fp[:1]])
    last = xp.size - 1
    at = _core.clip(_core.searchsorted(xp, x, side="right") - 1, 0, max(last - 1, 0))
    if last == 0:
        inside = _core.broadcast_to(fp[0], x.shape)
    else:
        slopes = _core.diff(fp) / _core.diff(xp)
        inside = fp[at] + slopes[at] * (x - xp[at])
    # the points themselves are exact, even where a line to infinity is not
    place = _core.clip(_core.searchsorted(xp, x), 0, last)
    inside = _core.where(xp[place] == x, fp[place], inside)
    inside = _core.where(x < xp[0], fp[0] if left is None or period else left, inside)
    inside = _core.where(x > xp[last], fp[last] if right is None or period else right, inside)
    return _core.where(_core.isnan(x), np.nan, inside)


def gradient(
    f: ArrayLike, *varargs: ArrayLike, axis: Axes | None = None, edge_order: int = 1
) -> Any:
    """Return central differences along the axes, one-sided ones of order 1 or 2 at the ends.

    ``varargs`` are distances or coordinates, one for all axes or one each. Raises ValueError for
    too few elements.
    """
    f = _float(f)
    axes = range(f.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    axes = [a % f.ndim for a in axes]
    spacings = list(varargs) if varargs else [1.0]
    spacings = spacings * len(axes) if len(spacings) == 1 else spacings
    if len(spacings) != len(axes):
        raise TypeError("invalid number of arguments")
    if edge_order not in (1, 2):
        raise ValueError("'edge_order' greater than 2 not supported")
    results = [_slope(f, a, asarray(h), edge_order) for a, h in zip(axes, spacings, strict=True)]
    return results[0] if len(results) == 1 else tuple(results)


def _slope(f: Array, axis: int, h: Array, edge_order: int) -> Array:
    n = f.shape[axis]
    if n < edge_order + 1:
        raise ValueError("Shape of array too small to calculate a numerical gradient")
    f = _core.moveaxis(f, axis, -1)
    if h.ndim and h.size != n:
        raise ValueError("when 1d, distances must match the length of the corresponding dimension")
    steps = _core.diff(h) if h.ndim else _core.broadcast_to(h * 1.0, (n - 1,))
    before, after = steps[:-1], steps[1:]
    out = _core.empty_like(f)
    if h.ndim == 0 or _core.all(steps == steps[0]):
        out[..., 1:-1] = (f[..., 2:] - f[..., :-2]) / (2.0 * steps[0])
    else:
        a = -after / (before * (before + after))
        b = (after - before) / (before * after)
        c = before / (after * (before + after))
        out[..., 1:-1] = a * f[..., :-2] + b * f[..., 1:-1] + c * f[..., 2:]
    if edge_order == 1:
        out[..., 0] = (f[..., 1] - f[..., 0]) / steps[0]
        out[..., -1] = (f[..., -1] - f[..., -2]) / steps[-1]
        return _core.moveaxis(out, -1, axis)
    s, t = steps[0], steps[1]
    a, b, c = -(2 * s + t) / (s * (s + t)), (s + t) / (s * t), -s / (t * (s + t))
    out[..., 0] = a * f[..., 0] + b * f[..., 1] + c * f[..., 2]
    s, t = steps[-2], steps[-1]
    a, b, c = t / (s * (s + t)), -(t + s) / (s * t), (2 * t + s) / (t * (s + t))
    out[..., -1] = a * f[..., -3] + b * f[..., -2] + c * f[..., -1]
    return _core.moveaxis(out, -1, axis)


def trapezoid(y: ArrayLike, x: ArrayLike | None = None, dx: float = 1.0, axis: int = -1) -> Array:
    """Return the area below straight lines through the points along an axis."""
    y = _core.moveaxis(asarray(y), axis, -1)
    if x is None:
        step: Any = dx
    else:
        x = asarray(x)
        step = _core.diff(x if x.ndim == 1 else _core.moveaxis(x, axis, -1))
    return _core.sum(step * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)


def ediff1d(ary: ArrayLike, to_end: ArrayLike = None, to_begin: ArrayLike = None) -> Array:
    """Return the differences of neighbours in the flat array, with numbers put around them."""
    flat = _core.reshape(asarray(ary), (-1,))
    parts = [to_begin, flat[1:] - flat[:-1], to_end]
    present = [_core.reshape(asarray(p, dtype=flat.dtype), (-1,)) for p in parts if p is not None]
    return _core.concat(present)


def unwrap(
    p: ArrayLike, discont: float | None = None, axis: int = -1, *, period: float = 2 * np.pi
) -> Array:
    """Return angles without jumps: whole periods are added where a step is beyond half of one."""
    p = asarray(p)
    p = p if p.dtype.kind == "f" else _core.astype(p, np.float64)
    half = period / 2
    steps = _core.diff(p, axis=axis)
    nearest = _core.remainder(steps + half, period) - half
    nearest = _core.where((nearest == -half) & (steps > 0), half, nearest)
    added = nearest - steps
    added = _core.where(_core.abs(steps) < (half if discont is None else discont), 0, added)
    running = _core.cumulative_sum(added, axis=axis, include_initial=True)
    return p + _core.astype(running, p.dtype)
