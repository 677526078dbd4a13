"""Differences, areas, lines between points, and convolutions."""

from typing import Any

import numpy as np

from rust_numpy import _core
from rust_numpy._core import Array, asarray
from rust_numpy._math import floating
from rust_numpy._types import ArrayLike, Axes

__all__ = [
    "convolve",
    "correlate",
    "ediff1d",
    "gradient",
    "interp",
    "trapezoid",
    "unwrap",
]


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
    f = floating(f)
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
