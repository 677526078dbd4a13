"""Polynomials as vectors of their coefficients, the highest power first."""

from typing import Any

import numpy as np

from rust_numpy import _core
from rust_numpy._core import Array, asarray
from rust_numpy._types import ArrayLike

__all__ = [
    "poly",
    "polyadd",
    "polyder",
    "polydiv",
    "polyfit",
    "polyint",
    "polymul",
    "polysub",
    "polyval",
    "roots",
]


def _coefficients(p: ArrayLike) -> Array:
    p = asarray(p)
    return _core.reshape(p, (-1,)) if p.ndim == 0 else p


def polyval(p: ArrayLike, x: ArrayLike) -> Array:
    """Return the values of the polynomial at ``x`` (Horner)."""
    p, x = _coefficients(p), asarray(x)
    result = _core.zeros_like(x)
    for coefficient in p:
        result = result * x + coefficient
    return result


def _aligned(a: ArrayLike, b: ArrayLike) -> tuple[Array, Array]:
    a, b = _coefficients(a), _coefficients(b)
    n = max(a.size, b.size)
    padded = (
        _core.concat([_core.zeros((n - p.size,), dtype=p.dtype), p]) if p.size < n else p
        for p in (a, b)
    )
    first, second = padded
    return first, second


def polyadd(a1: ArrayLike, a2: ArrayLike) -> Array:
    """Return the sum of two polynomials."""
    a, b = _aligned(a1, a2)
    return a + b


def polysub(a1: ArrayLike, a2: ArrayLike) -> Array:
    """Return the difference of two polynomials."""
    a, b = _aligned(a1, a2)
    return a - b


def polymul(a1: ArrayLike, a2: ArrayLike) -> Array:
    """Return the product of two polynomials."""
    from rust_numpy._calculus import convolve
    from rust_numpy._manipulation import trim_zeros

    def plain(p: ArrayLike) -> Array:
        # zeros in front say nothing, but one number must stay
        trimmed = trim_zeros(_coefficients(p), "f")
        return trimmed if trimmed.size else _core.zeros((1,), dtype=trimmed.dtype)

    return convolve(plain(a1), plain(a2))


def polydiv(u: ArrayLike, v: ArrayLike) -> tuple[Array, Array]:
    """Return quotient and rest of the division of two polynomials."""
    u, v = _coefficients(u) * 1.0, _coefficients(v) * 1.0
    dtype = np.result_type(u.dtype, v.dtype)
    steps = u.size - v.size + 1
    quotient = _core.zeros((max(steps, 1),), dtype=dtype)
    rest = _core.copy(_core.astype(u, dtype))
    for k in range(steps):
        factor = rest[k] / v[0]
        quotient[k] = factor
        rest[k : k + v.size] = rest[k : k + v.size] - factor * v
    while rest.size > 1 and abs(complex(rest[0])) <= 1e-8:
        rest = rest[1:]
    return quotient, rest


def polyder(p: ArrayLike, m: int = 1) -> Array:
    """Return the ``m``-th derivative. Raises ValueError for a negative ``m``."""
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    p = _coefficients(p)
    for _ in range(m):
        p = p[:-1] * _core.arange(p.size - 1, 0, -1)
    return p


def polyint(p: ArrayLike, m: int = 1, k: Any = None) -> Array:
    """Return the ``m``-th integral with the constants ``k``, zero by default.

    Raises ValueError for a negative ``m`` or another number of constants.
    """
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    constants = [0.0] * m if k is None else [float(c) for c in np.atleast_1d(k)]
    constants = constants * m if len(constants) == 1 and m > 1 else constants
    if len(constants) < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    p = _coefficients(p)
    for constant in constants[:m]:
        p = _core.concat([p / _core.arange(p.size, 0, -1), asarray([constant])])
    return p


def poly(seq_of_zeros: ArrayLike) -> Array:
    """Return the polynomial with these zeros, or the characteristic one of a square matrix."""
    from rust_numpy import linalg
    from rust_numpy._calculus import convolve

    zeros = _coefficients(seq_of_zeros)
    if zeros.ndim == 2 and zeros.shape[0] == zeros.shape[1] and zeros.size:
        zeros = linalg.eigvals(zeros)
    elif zeros.ndim != 1:
        raise ValueError("input must be 1d or non-empty square 2d array.")
    result = _core.ones((1,), dtype=np.result_type(zeros.dtype, np.float64))
    for zero in zeros:
        result = convolve(result, _core.stack([asarray(1.0), -zero]))
    if result.dtype.kind == "c":
        # zeros in conjugate pairs make real coefficients
        ordered, mirrored = _core.sort(zeros), _core.sort(_core.conj(zeros))
        result = result.real if _core.all(ordered == mirrored) else result
    return result


def roots(p: ArrayLike) -> Array:
    """Return the zeros of the polynomial: eigenvalues of its companion matrix.

    Raises ValueError unless the coefficients are a vector.
    """
    from rust_numpy import linalg

    p = _coefficients(p)
    if p.ndim != 1:
        raise ValueError("Input must be a rank-1 array.")
    found = _core.nonzero(p)[0]
    if found.size == 0:
        return _core.zeros((0,))
    first, last = int(found[0]), int(found[-1])
    at_zero = p.size - 1 - last
    p = p[first : last + 1]
    p = p if p.dtype.kind in "fc" else _core.astype(p, np.float64)
    n = p.size - 1
    zeros = _core.zeros((at_zero,), dtype=p.dtype)
    if n == 0:
        return zeros
    companion = _core.eye(n, k=-1, dtype=p.dtype)
    companion[0] = -p[1:] / p[0]
    return _core.concat([linalg.eigvals(companion), zeros])


def polyfit(
    x: ArrayLike,
    y: ArrayLike,
    deg: int,
    rcond: float | None = None,
    full: bool = False,
    w: ArrayLike | None = None,
    cov: bool | str = False,
) -> Any:
    """Return the polynomial of degree ``deg`` nearest to the points, in least squares.

    ``y`` may have several columns. With ``full`` also residues, rank, singular values and
    ``rcond``; with ``cov`` the covariances of the coefficients. Raises TypeError for unfit shapes,
    ValueError for too few points.
    """
    from rust_numpy import linalg
    from rust_numpy._creation import vander

    x, y = (_core.astype(asarray(v), np.float64) for v in (x, y))
    if deg < 0:
        raise ValueError("expected deg >= 0")
    if x.ndim != 1 or x.size == 0 or y.ndim not in (1, 2) or y.shape[0] != x.size:
        raise TypeError("expected x and y to have same length")
    rcond = x.size * float(np.finfo(x.dtype).eps) if rcond is None else rcond
    left, right = vander(x, deg + 1), y
    if w is not None:
        weights = _core.astype(asarray(w), np.float64)
        if weights.shape != x.shape:
            raise TypeError("expected w and y to have the same length")
        left = left * weights[:, None]
        right = right * (weights if y.ndim == 1 else weights[:, None])
    scale = _core.sqrt(_core.sum(left * left, axis=0))
    solution, residues, rank, singular = linalg.lstsq(left / scale, right, rcond)
    c = (solution.T / scale).T
    if full:
        return c, residues, rank, singular, rcond
    if not cov:
        return c
    base = linalg.inv(left.T @ left)
    if cov == "unscaled":
        return c, base
    if x.size <= deg + 1:
        raise ValueError("the number of data points must exceed order to scale the covariance")
    factor = residues / (x.size - deg - 1)
    return c, base * factor if y.ndim == 1 else base[:, :, None] * factor
