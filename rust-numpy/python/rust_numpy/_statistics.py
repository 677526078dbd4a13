"""Averages, spreads, running sums and correlations."""

from typing import Any

import numpy as np

from rust_numpy import _core
from rust_numpy._core import Array, asarray
from rust_numpy._types import ArrayLike, Axes

__all__ = [
    "amax",
    "amin",
    "average",
    "corrcoef",
    "cov",
    "cumprod",
    "cumsum",
    "ptp",
]


amax, amin = _core.max, _core.min


def ptp(a: ArrayLike, axis: Axes | None = None, *, keepdims: bool = False) -> Array:
    """Return the largest minus the smallest element along the axes."""
    return _core.max(a, axis=axis, keepdims=keepdims) - _core.min(a, axis=axis, keepdims=keepdims)


def cumsum(a: ArrayLike, axis: int | None = None, dtype: Any = None) -> Array:
    """Return running sums along an axis, or of the flat array."""
    return asarray(a).cumsum(axis, dtype)


def cumprod(a: ArrayLike, axis: int | None = None, dtype: Any = None) -> Array:
    """Return running products along an axis, or of the flat array."""
    return asarray(a).cumprod(axis, dtype)


def average(
    a: ArrayLike,
    axis: int | None = None,
    weights: ArrayLike | None = None,
    returned: bool = False,
    *,
    keepdims: bool = False,
) -> Any:
    """Return averages with weights along an axis, and with ``returned`` the weights' sums.

    Raises ZeroDivisionError if the weights add up to zero, ValueError for another shape.
    """
    a = asarray(a)
    if weights is None:
        mean = _core.mean(a, axis=axis, keepdims=keepdims)
        total = _core.full(mean.shape, a.size / max(mean.size, 1), dtype=mean.dtype)
        return (mean, total) if returned else mean
    w = asarray(weights)
    if w.shape != a.shape:
        if axis is None or w.ndim != 1 or w.size != a.shape[axis]:
            raise ValueError("Shape of weights must be consistent with shape of a along axis.")
        w = _core.reshape(w, (-1,) + (1,) * (a.ndim - 1 - axis % a.ndim))
        w = _core.broadcast_to(w, a.shape)
    dtype = np.result_type(a.dtype, w.dtype, *([] if a.dtype.kind in "fc" else [np.float64]))
    total = _core.sum(w, axis=axis, keepdims=keepdims, dtype=dtype)
    if _core.any(total == 0):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    mean = _core.sum(_core.astype(a, dtype) * w, axis=axis, keepdims=keepdims) / total
    return (mean, total) if returned else mean


def cov(
    m: ArrayLike,
    y: ArrayLike | None = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: ArrayLike | None = None,
    aweights: ArrayLike | None = None,
) -> Array:
    """Return the covariances of variables, which are rows, or columns without ``rowvar``.

    ``fweights`` count observations, ``aweights`` weigh them. The sums are divided by the number of
    observations less ``ddof`` (0 with ``bias``, else 1).
    """
    x = _variables(m, rowvar)
    if y is not None:
        x = _core.concat([x, _variables(y, rowvar)], axis=0)
    weights: Any = None
    if fweights is not None:
        weights = _core.astype(asarray(fweights), np.float64)
    if aweights is not None:
        a = _core.astype(asarray(aweights), np.float64)
        weights = a if weights is None else weights * a
    ddof = (0 if bias else 1) if ddof is None else ddof
    n = float(x.shape[1]) if weights is None else float(_core.sum(weights))
    if weights is None:
        mean, total = _core.mean(x, axis=1, keepdims=True), n - ddof
    else:
        mean = _core.sum(x * weights, axis=1, keepdims=True) / n
        both = float(_core.sum(weights * asarray(aweights))) if aweights is not None else n
        total = n - ddof * both / n
    away = x - mean
    weighed = away if weights is None else away * weights
    products = _core.matmul(weighed, _core.conj(away).T)
    return _core.squeeze(products / max(total, 0.0))


def _variables(m: ArrayLike, rowvar: bool) -> Array:
    m = asarray(m)
    if m.ndim > 2:
        raise ValueError("m has more than 2 dimensions")
    m = (
        m
        if m.dtype.kind in "fc" and m.itemsize >= 8
        else _core.astype(m, np.result_type(m.dtype, np.float64))
    )
    m = _core.reshape(m, (1, -1)) if m.ndim < 2 else m
    return m if rowvar or m.shape[0] == 1 else m.T


def corrcoef(x: ArrayLike, y: ArrayLike | None = None, rowvar: bool = True) -> Array:
    """Return the correlations of variables, from -1 to 1; see `cov`."""
    c = cov(x, y, rowvar)
    if c.ndim == 0:
        return c / c
    spread = _core.sqrt(_core.linalg.diagonal(c).real)
    c = c / spread[:, None] / spread[None, :]
    if c.dtype.kind == "c":
        return _core.clip(c.real, -1, 1) + 1j * _core.clip(c.imag, -1, 1)
    return _core.clip(c, -1, 1)
