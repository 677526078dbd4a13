"""Averages, spreads, order statistics and histograms, also without NaN."""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rust_numpy import _core
from rust_numpy._core import Array, asarray
from rust_numpy._types import ArrayLike, Axes

__all__ = [
    "amax",
    "amin",
    "average",
    "bincount",
    "corrcoef",
    "cov",
    "cumprod",
    "cumsum",
    "digitize",
    "histogram",
    "histogram2d",
    "histogram_bin_edges",
    "histogramdd",
    "median",
    "nanargmax",
    "nanargmin",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmedian",
    "nanmin",
    "nanpercentile",
    "nanprod",
    "nanquantile",
    "nanstd",
    "nansum",
    "nanvar",
    "percentile",
    "ptp",
    "quantile",
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


def bincount(x: ArrayLike, /, weights: ArrayLike | None = None, minlength: int = 0) -> Array:
    """Count how often each number from zero on occurs, or add up the weights at its places.

    Raises ValueError for negative numbers, TypeError for floats.
    """
    # as in NumPy, weights of nothing are not there
    weights = weights if asarray(x).size else None
    return _core.bincount(x, weights=weights, minlength=minlength)


def digitize(x: ArrayLike, bins: ArrayLike, right: bool = False) -> Array:
    """Return in which of the intervals between sorted ``bins`` each element lies.

    Raises ValueError if the bins do not rise or fall all the way.
    """
    bins = asarray(bins)
    steps = _core.diff(bins)
    if _core.all(steps >= 0):
        return _core.searchsorted(bins, x, side="left" if right else "right")
    if _core.all(steps <= 0):
        return bins.size - _core.searchsorted(bins[::-1], x, side="right" if right else "left")
    raise ValueError("bins must be monotonically increasing or decreasing")


def _outer_edges(a: Array, range: Any) -> tuple[float, float]:
    if range is not None:
        first, last = float(range[0]), float(range[1])
        if first > last:
            raise ValueError("max must be larger than min in range parameter.")
    elif a.size == 0:
        first, last = 0.0, 1.0
    else:
        first, last = float(_core.min(a)), float(_core.max(a))
    if not np.isfinite(first) or not np.isfinite(last):
        raise ValueError(f"range of [{first}, {last}] is not finite")
    return (first - 0.5, last + 0.5) if first == last else (first, last)


def histogram_bin_edges(a: ArrayLike, bins: Any = 10, range: Any = None) -> Array:
    """Return the edges of so many equal bins from the smallest to the largest element.

    ``range`` is a pair of other outermost edges; ``bins`` may be the edges themselves. Raises
    ValueError for no bins, edges that fall, or a range that is not finite.
    """
    if np.ndim(bins) == 0:
        count = operator.index(bins)
        if count < 1:
            raise ValueError("`bins` must be positive, when an integer")
        first, last = _outer_edges(_core.reshape(asarray(a), (-1,)), range)
        dtype = asarray(a).dtype if asarray(a).dtype.kind == "f" else np.float64
        return _core.linspace(first, last, count + 1, dtype=dtype)
    edges = asarray(bins)
    if edges.ndim != 1 or _core.any(edges[:-1] > edges[1:]):
        raise ValueError("`bins` must increase monotonically, when an array")
    return edges


def _bins(a: Array, edges: Array) -> Array:
    """In which bin each element lies; the last bin has both of its edges. -1 outside."""
    found = _core.searchsorted(edges, a, side="right") - 1
    found = _core.where(a == edges[-1], edges.size - 2, found)
    return _core.where((a >= edges[0]) & (a <= edges[-1]), found, -1)


def histogram(
    a: ArrayLike,
    bins: Any = 10,
    range: Any = None,
    density: bool | None = None,
    weights: ArrayLike | None = None,
) -> tuple[Array, Array]:
    """Count the elements in bins, or add up their weights; return that and the bins' edges.

    With ``density`` the area below the result is one. See `histogram_bin_edges` for the rest.
    """
    flat = _core.reshape(asarray(a), (-1,))
    edges = histogram_bin_edges(flat, bins, range)
    found = _bins(flat, edges)
    inside = found >= 0
    heavy = None if weights is None else _core.reshape(asarray(weights), (-1,))[inside]
    count = bincount(found[inside], heavy, minlength=edges.size - 1)
    if weights is not None and heavy is not None and heavy.dtype.kind in "biu":
        count = _core.astype(count, heavy.dtype)
    if density:
        return count / _core.diff(edges) / _core.sum(count), edges
    return count, edges


def histogramdd(
    sample: Any,
    bins: Any = 10,
    range: Any = None,
    density: bool | None = None,
    weights: ArrayLike | None = None,
) -> tuple[Array, list[Array]]:
    """Count points, which are rows, in bins along each axis; return that and a list of edges."""
    points = asarray(sample)
    points = _core.reshape(points, (-1, 1)) if points.ndim == 1 else points
    dimensions = points.shape[1]
    each = [bins] * dimensions if np.ndim(bins) == 0 else list(bins)
    if len(each) != dimensions:
        raise ValueError("The dimension of bins must be equal to the dimension of the sample x.")
    ranges = [None] * dimensions if range is None else list(range)
    columns = [points[:, i] for i in np.arange(dimensions).tolist()]
    edges = [histogram_bin_edges(c, b, r) for c, b, r in zip(columns, each, ranges, strict=True)]
    found = [_bins(c, e) for c, e in zip(columns, edges, strict=True)]
    shape = tuple(e.size - 1 for e in edges)
    flat = _core.zeros((points.shape[0],), dtype=np.int64)
    inside = _core.ones((points.shape[0],), dtype=np.bool_)
    for f, n in zip(found, shape, strict=True):
        flat = flat * n + f
        inside = inside & (f >= 0)
    heavy = None if weights is None else asarray(weights)[inside]
    count = bincount(flat[inside], heavy, minlength=int(np.prod(shape)))
    result = _core.astype(_core.reshape(count, shape), np.float64)
    if density:
        total = _core.sum(result)
        for i, e in enumerate(edges):
            widths = _core.reshape(_core.diff(e), (-1,) + (1,) * (dimensions - 1 - i))
            result = result / widths
        result = result / total
    return result, edges


def histogram2d(
    x: ArrayLike,
    y: ArrayLike,
    bins: Any = 10,
    range: Any = None,
    density: bool | None = None,
    weights: ArrayLike | None = None,
) -> tuple[Array, Array, Array]:
    """Count points ``(x, y)`` in bins; return that and the edges along both axes."""
    if np.ndim(bins) == 1 and len(bins) not in (1, 2):
        bins = [bins, bins]
    points = _core.stack([asarray(x), asarray(y)], axis=1)
    count, (first, second) = histogramdd(points, bins, range, density, weights)
    return count, first, second
