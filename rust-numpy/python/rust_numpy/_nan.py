"""Sums, averages and extremes of the elements that are not NaN."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rust_numpy import _core
from rust_numpy._core import Array, asarray
from rust_numpy._statistics import cumprod, cumsum
from rust_numpy._types import ArrayLike, Axes

__all__ = [
    "nanargmax",
    "nanargmin",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
]


def _without_nan(a: ArrayLike, instead: float) -> tuple[Array, Array]:
    """The array with a number in place of NaN, and where there is none."""
    a = asarray(a)
    present = ~_core.isnan(a)
    return _core.where(present, a, instead) if a.dtype.kind in "fc" else a, present


def nansum(
    a: ArrayLike, axis: Axes | None = None, dtype: Any = None, *, keepdims: bool = False
) -> Array:
    """Return sums with NaN counted as zero."""
    return _core.sum(_without_nan(a, 0)[0], axis=axis, dtype=dtype, keepdims=keepdims)


def nanprod(
    a: ArrayLike, axis: Axes | None = None, dtype: Any = None, *, keepdims: bool = False
) -> Array:
    """Return products with NaN counted as one."""
    return _core.prod(_without_nan(a, 1)[0], axis=axis, dtype=dtype, keepdims=keepdims)


def nancumsum(a: ArrayLike, axis: int | None = None, dtype: Any = None) -> Array:
    """Return running sums with NaN counted as zero."""
    return cumsum(_without_nan(a, 0)[0], axis, dtype)


def nancumprod(a: ArrayLike, axis: int | None = None, dtype: Any = None) -> Array:
    """Return running products with NaN counted as one."""
    return cumprod(_without_nan(a, 1)[0], axis, dtype)


def nanmean(
    a: ArrayLike, axis: Axes | None = None, dtype: Any = None, *, keepdims: bool = False
) -> Array:
    """Return the means of the elements that are not NaN; NaN where there are none."""
    numbers, present = _without_nan(a, 0)
    if numbers.dtype.kind not in "fc":
        return _core.mean(numbers, axis=axis, dtype=dtype, keepdims=keepdims)
    total = _core.sum(numbers, axis=axis, dtype=dtype, keepdims=keepdims)
    count = _core.count_nonzero(present, axis=axis, keepdims=keepdims)
    return total / _core.astype(count, total.real.dtype)


def nanvar(
    a: ArrayLike, axis: Axes | None = None, *, ddof: float = 0, keepdims: bool = False
) -> Array:
    """Return the variances of the elements that are not NaN; NaN where there are too few."""
    a = asarray(a)
    if a.dtype.kind not in "fc":
        return _core.var(a, axis=axis, correction=ddof, keepdims=keepdims)
    present = ~_core.isnan(a)
    away = _core.abs(_core.where(present, a - nanmean(a, axis, keepdims=True), 0))
    total = _core.sum(away * away, axis=axis, keepdims=keepdims)
    count = _core.astype(_core.count_nonzero(present, axis=axis, keepdims=keepdims), total.dtype)
    return _core.where(count - ddof > 0, total / (count - ddof), np.nan)


def nanstd(
    a: ArrayLike, axis: Axes | None = None, *, ddof: float = 0, keepdims: bool = False
) -> Array:
    """Return the standard deviations of the elements that are not NaN."""
    return _core.sqrt(nanvar(a, axis, ddof=ddof, keepdims=keepdims))


def _nan_extreme(
    a: ArrayLike, axis: Axes | None, keepdims: bool, reduce: Callable[..., Array], worst: float
) -> Array:
    a = asarray(a)
    if a.dtype.kind != "f":
        return reduce(a, axis=axis, keepdims=keepdims)
    found = reduce(_without_nan(a, worst)[0], axis=axis, keepdims=keepdims)
    present = _core.any(~_core.isnan(a), axis=axis, keepdims=keepdims)
    return _core.where(present, found, np.nan)


def nanmax(a: ArrayLike, axis: Axes | None = None, *, keepdims: bool = False) -> Array:
    """Return the largest elements that are not NaN; NaN where there are none."""
    return _nan_extreme(a, axis, keepdims, _core.max, -np.inf)


def nanmin(a: ArrayLike, axis: Axes | None = None, *, keepdims: bool = False) -> Array:
    """Return the smallest elements that are not NaN; NaN where there are none."""
    return _nan_extreme(a, axis, keepdims, _core.min, np.inf)


def _nan_place(a: ArrayLike, axis: int | None, find: Callable[..., Array], worst: float) -> Array:
    a = asarray(a)
    if not _core.all(_core.any(~_core.isnan(a), axis=axis)):
        raise ValueError("All-NaN slice encountered")
    return find(_without_nan(a, worst)[0], axis=axis)


def nanargmax(a: ArrayLike, axis: int | None = None) -> Array:
    """Return where the largest elements are. Raises ValueError where all are NaN."""
    return _nan_place(a, axis, _core.argmax, -np.inf)


def nanargmin(a: ArrayLike, axis: int | None = None) -> Array:
    """Return where the smallest elements are. Raises ValueError where all are NaN."""
    return _nan_place(a, axis, _core.argmin, np.inf)
