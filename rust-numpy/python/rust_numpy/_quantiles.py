"""Order statistics: medians, quantiles and percentiles, also without NaN."""

import operator
from collections.abc import Sequence

import numpy as np

from rust_numpy import _core
from rust_numpy._core import Array, asarray
from rust_numpy._types import ArrayLike, Axes

__all__ = [
    "median",
    "nanmedian",
    "nanpercentile",
    "nanquantile",
    "percentile",
    "quantile",
]


def _rows(a: Array, axis: Axes | None) -> tuple[Array, Sequence[int]]:
    """The array with the axes joined into one at the end, and the axes."""
    axes = range(a.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    axes = [operator.index(i) % max(a.ndim, 1) for i in axes]
    kept = [i for i in range(a.ndim) if i not in axes]
    moved = _core.permute_dims(a, (*kept, *axes))
    return _core.reshape(
        moved, (*(a.shape[i] for i in kept), int(np.prod([a.shape[i] for i in axes], dtype=int)))
    ), axes


def _shaped(result: Array, axes: Sequence[int], keepdims: bool, leading: int = 0) -> Array:
    if not keepdims:
        return result
    for axis in sorted(axes):
        result = _core.expand_dims(result, (axis + leading,))
    return result


# (alpha, beta) of the formula for continuous methods (Hyndman and Fan 1996)
_CONTINUOUS = {
    "linear": (1.0, 1.0),
    "weibull": (0.0, 0.0),
    "hazen": (0.5, 0.5),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
    "interpolated_inverted_cdf": (0.0, 1.0),
}


def _place(q: Array, n: Array, method: str) -> Array:
    """Where between the ``n`` sorted elements the quantile lies, from 0 to n - 1."""
    if method in _CONTINUOUS:
        alpha, beta = _CONTINUOUS[method]
        place = n * q + (alpha + q * (1 - alpha - beta)) - 1
    elif method in ("lower", "higher", "midpoint", "nearest"):
        place = (n - 1) * q
        if method == "midpoint":
            place = 0.5 * (_core.floor(place) + _core.ceil(place))
        else:
            rounding = {"lower": _core.floor, "higher": _core.ceil, "nearest": _core.round}
            place = rounding[method](place)
    elif method in ("inverted_cdf", "averaged_inverted_cdf", "closest_observation"):
        place = n * q - 1
        floor = _core.floor(place)
        if method == "inverted_cdf":
            place = _core.ceil(place)
        elif method == "averaged_inverted_cdf":
            place = _core.where(place == floor, floor + 0.5, floor + 1)
        else:
            # of two as near, the one with an even number counted from one
            place = _core.where(place - floor < 0.5, floor, floor + 1)
            half = n * q - 1 - floor == 0.5
            place = _core.where(half & (_core.remainder(floor, 2) == 1), floor, place)
    else:
        raise ValueError(f"{method!r} is not a valid method")
    return _core.maximum(0.0, _core.minimum(place, n - 1.0))


def _pick(rows: Array, place: Array) -> Array:
    """The elements of sorted rows at places between them."""
    low = _core.floor(place)
    part = place - low
    low_at = _core.astype(low, np.int64)
    a = _core.take_along_axis(rows, low_at, axis=-1)
    b = _core.take_along_axis(rows, _core.minimum(low_at + 1, rows.shape[-1] - 1), axis=-1)
    # from the nearer end, so that equal neighbours give themselves
    gap = b - a
    from_a, from_b = a + gap * part, b - gap * (1 - part)
    return _core.where(part == 0, a, _core.where(part < 0.5, from_a, from_b))


def _quantiles(
    a: ArrayLike,
    q: ArrayLike,
    axis: Axes | None,
    method: str,
    keepdims: bool,
    skip_nan: bool,
    whole: float = 1.0,
) -> Array:
    weak = isinstance(q, int | float)
    a, q = asarray(a), _core.astype(asarray(q), np.float64) / whole
    if not _core.all((q >= 0) & (q <= 1)):
        raise ValueError("Quantiles must be in the range [0, 1]")
    if a.dtype.kind not in "biuf":
        raise TypeError("a must be an array of real numbers")
    rows, axes = _rows(a, axis)
    discrete = method in ("lower", "higher", "nearest", "inverted_cdf", "closest_observation")
    if rows.dtype.kind == "b" or (rows.dtype.kind != "f" and not discrete):
        rows = _core.astype(rows, np.float64)
    if rows.shape[-1] == 0:
        rows = _core.full((*rows.shape[:-1], 1), np.nan, dtype=np.float64)
    rows = _core.sort(rows, axis=-1)
    missing = _core.isnan(rows)
    counts = rows.shape[-1] - _core.count_nonzero(missing, axis=-1)
    n = counts if skip_nan else _core.full(counts.shape, rows.shape[-1], dtype=np.int64)
    flat = _core.reshape(q, (-1,))
    n = _core.astype(_core.maximum(n, 1), np.float64)[..., None]
    place = _core.broadcast_to(_place(flat, n, method), (*rows.shape[:-1], flat.size))
    if discrete:
        found = _core.take_along_axis(rows, _core.astype(place, np.int64), axis=-1)
    else:
        # between elements the result is as precise as the array of quantiles
        found = _pick(rows, _core.astype(place, rows.dtype) if weak else place)
    hidden = counts == 0 if skip_nan else counts < rows.shape[-1]
    if rows.dtype.kind == "f":
        found = _core.where(hidden[..., None], np.nan, found)
    result = _core.moveaxis(found, -1, 0)
    result = _core.reshape(result, (*q.shape, *result.shape[1:]))
    return _shaped(result, axes, keepdims, q.ndim)


def quantile(
    a: ArrayLike,
    q: ArrayLike,
    axis: Axes | None = None,
    *,
    method: str = "linear",
    keepdims: bool = False,
) -> Array:
    """Return the values below which the parts ``q`` (0 to 1) of the elements lie.

    The axes of ``q`` come first. ``method`` is one of NumPy's names. Raises ValueError for another
    one, or a ``q`` outside its range.
    """
    return _quantiles(a, q, axis, method, keepdims, skip_nan=False)


def percentile(
    a: ArrayLike,
    q: ArrayLike,
    axis: Axes | None = None,
    *,
    method: str = "linear",
    keepdims: bool = False,
) -> Array:
    """Return the values below which ``q`` of a hundred elements lie; see `quantile`."""
    return _quantiles(a, q, axis, method, keepdims, skip_nan=False, whole=100.0)


def nanquantile(
    a: ArrayLike,
    q: ArrayLike,
    axis: Axes | None = None,
    *,
    method: str = "linear",
    keepdims: bool = False,
) -> Array:
    """Return the quantiles of the elements that are not NaN."""
    return _quantiles(a, q, axis, method, keepdims, skip_nan=True)


def nanpercentile(
    a: ArrayLike,
    q: ArrayLike,
    axis: Axes | None = None,
    *,
    method: str = "linear",
    keepdims: bool = False,
) -> Array:
    """Return the percentiles of the elements that are not NaN."""
    return _quantiles(a, q, axis, method, keepdims, skip_nan=True, whole=100.0)


def _middle(a: ArrayLike, axis: Axes | None, keepdims: bool, skip_nan: bool) -> Array:
    rows, axes = _rows(asarray(a), axis)
    rows = rows if rows.dtype.kind == "f" else _core.astype(rows, np.float64)
    if rows.shape[-1] == 0:
        rows = _core.full((*rows.shape[:-1], 1), np.nan, dtype=rows.dtype)
    rows = _core.sort(rows, axis=-1)
    counts = rows.shape[-1] - _core.count_nonzero(_core.isnan(rows), axis=-1)
    n = _core.maximum(counts, 1)[..., None] if skip_nan else rows.shape[-1]
    shape = (*rows.shape[:-1], 1)
    low, high = (_core.broadcast_to(asarray(i), shape) for i in ((n - 1) // 2, n // 2))
    a, b = (_core.take_along_axis(rows, i, axis=-1)[..., 0] for i in (low, high))
    # as a mean, so that one of two infinities is not lost
    middle = _core.where(a == b, a, (a + b) / 2)
    hidden = counts == 0 if skip_nan else counts < rows.shape[-1]
    return _shaped(_core.where(hidden, np.nan, middle), axes, keepdims)


def median(a: ArrayLike, axis: Axes | None = None, *, keepdims: bool = False) -> Array:
    """Return the middle elements in order, or the mean of the two; NaN if there is one."""
    return _middle(a, axis, keepdims, skip_nan=False)


def nanmedian(a: ArrayLike, axis: Axes | None = None, *, keepdims: bool = False) -> Array:
    """Return the medians of the elements that are not NaN."""
    return _middle(a, axis, keepdims, skip_nan=True)
