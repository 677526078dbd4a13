"""Histograms, and counts of numbers."""

import operator
from typing import Any

import numpy as np

from rust_numpy import _core
from rust_numpy._core import Array, asarray
from rust_numpy._types import ArrayLike

__all__ = [
    "bincount",
    "digitize",
    "histogram",
    "histogram2d",
    "histogram_bin_edges",
    "histogramdd",
]


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
