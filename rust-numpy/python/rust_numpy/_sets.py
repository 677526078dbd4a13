"""Sorting beyond `sort`, searching, and vectors as sets."""

from typing import Any

import numpy as np

from rust_numpy import _core
from rust_numpy._core import Array, asarray
from rust_numpy._types import ArrayLike

__all__ = [
    "allclose",
    "argpartition",
    "argwhere",
    "array_equal",
    "array_equiv",
    "extract",
    "flatnonzero",
    "in1d",
    "intersect1d",
    "isin",
    "lexsort",
    "partition",
    "setdiff1d",
    "setxor1d",
    "sort_complex",
    "union1d",
    "unique",
]


def _flat(x: ArrayLike) -> Array:
    return _core.reshape(asarray(x), (-1,))


def allclose(
    a: ArrayLike, b: ArrayLike, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Tell whether all elements are as close as ``atol + rtol * |b|``."""
    from rust_numpy._logic import isclose

    return bool(_core.all(isclose(a, b, rtol, atol, equal_nan)))


def array_equal(a1: ArrayLike, a2: ArrayLike, equal_nan: bool = False) -> bool:
    """Tell whether both have the same shape and elements."""
    a, b = asarray(a1), asarray(a2)
    if a.shape != b.shape:
        return False
    same = a == b
    return bool(_core.all(same | (_core.isnan(a) & _core.isnan(b)) if equal_nan else same))


def array_equiv(a1: ArrayLike, a2: ArrayLike) -> bool:
    """Tell whether both have the same elements after broadcasting."""
    try:
        a, b = _core.broadcast_arrays(a1, a2)
    except ValueError:
        return False
    return bool(_core.all(a == b))


def flatnonzero(a: ArrayLike) -> Array:
    """Return where the flat array is not zero."""
    return _core.nonzero(_flat(a))[0]


def argwhere(a: ArrayLike) -> Array:
    """Return the indices of elements that are not zero, one row each."""
    a = asarray(a)
    if a.ndim == 0:
        return _core.zeros((int(bool(a)), 0), dtype=np.int64)
    return _core.stack(_core.nonzero(a), axis=1)


def extract(condition: ArrayLike, arr: ArrayLike) -> Array:
    """Return the elements of the flat array where the condition is true."""
    return _core.take(_flat(arr), flatnonzero(condition))


def lexsort(keys: Any, axis: int = -1) -> Array:
    """Return the order by the last key, for equal ones by the key before it, and so on."""
    keys = [asarray(k) for k in keys]
    if not keys:
        raise TypeError("need sequence of keys with len > 0 in lexsort")
    order = _core.argsort(keys[0], axis=axis)
    for key in keys[1:]:
        again = _core.argsort(_core.take_along_axis(key, order, axis=axis), axis=axis)
        order = _core.take_along_axis(order, again, axis=axis)
    return order


def partition(a: ArrayLike, kth: Any, axis: int | None = -1) -> Array:
    """Return the array with its ``kth`` elements where sorting puts them, the smaller ones before.

    The others are sorted, too. Raises ValueError for a ``kth`` that is not there.
    """
    _check_kth(asarray(a), kth, axis)
    return _core.sort(a, axis=axis)


def argpartition(a: ArrayLike, kth: Any, axis: int | None = -1) -> Array:
    """Return the indices that partition the array; see `partition`."""
    _check_kth(asarray(a), kth, axis)
    return _core.argsort(a, axis=axis)


def _check_kth(a: Array, kth: Any, axis: int | None) -> None:
    n = a.size if axis is None else a.shape[axis]
    if any(not -n <= int(k) < n for k in np.atleast_1d(kth)):
        raise ValueError(f"kth(={kth}) out of bounds ({n})")


def sort_complex(a: ArrayLike) -> Array:
    """Return the elements sorted, as complex numbers."""
    a = asarray(a)
    small = a.dtype in (np.int8, np.uint8, np.int16, np.uint16, np.complex64)
    dtype = np.complex64 if small else np.complex128
    return _core.astype(_core.sort(a), dtype)


def unique(
    ar: ArrayLike,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
) -> Any:
    """Return the different elements in order, or the different slices along an axis.

    After them, as asked for: where each occurs first, the place of each element's value, and how
    often each occurs.
    """
    if axis is not None:
        return _unique_slices(asarray(ar), axis, return_index, return_inverse, return_counts)
    parts = _core._unique(ar, equal_nan=equal_nan)
    wanted = [True, return_index, return_inverse, return_counts]
    chosen = [part for part, want in zip(parts, wanted, strict=True) if want]
    return chosen[0] if len(chosen) == 1 else tuple(chosen)


def _unique_slices(x: Array, axis: int, index: bool, inverse: bool, counts: bool) -> Any:
    moved = _core.moveaxis(x, axis, 0)
    n = moved.shape[0]
    rows = _core.reshape(moved, (n, -1)) if moved.size else _core.zeros((n, 0), dtype=x.dtype)
    keys = [rows[:, j] for j in reversed(range(rows.shape[1]))]
    order = lexsort(keys) if keys else _core.arange(n)
    ordered = rows[order]
    new = _core.ones((n,), dtype=np.bool_)
    if n > 1:
        new[1:] = _core.any(ordered[1:] != ordered[:-1], axis=1)
    starts = flatnonzero(new)
    first = order[starts]
    results = [_core.moveaxis(moved[first], 0, axis)]
    if index:
        results.append(first)
    if inverse:
        places = _core.empty_like(order)
        places[order] = _core.cumulative_sum(_core.astype(new, np.int64)) - 1
        results.append(places)
    if counts:
        results.append(_core.diff(starts, append=asarray([n])))
    return results[0] if len(results) == 1 else tuple(results)


def isin(
    element: ArrayLike,
    test_elements: ArrayLike,
    assume_unique: bool = False,
    invert: bool = False,
    *,
    kind: str | None = None,
) -> Array:
    """Tell which elements are among the others. ``assume_unique`` and ``kind`` change nothing."""
    x, others = asarray(element), _core.sort(_flat(test_elements))
    if others.size == 0:
        return _core.full(x.shape, invert, dtype=np.bool_)
    places = _core.minimum(_core.searchsorted(others, x), others.size - 1)
    return (_core.take(others, places) == x) ^ invert


def in1d(
    ar1: ArrayLike, ar2: ArrayLike, assume_unique: bool = False, invert: bool = False
) -> Array:
    """Tell which elements of the flat array are among the others."""
    return isin(_flat(ar1), ar2, assume_unique, invert)


def union1d(ar1: ArrayLike, ar2: ArrayLike) -> Array:
    """Return the elements of either, in order."""
    return unique(_core.concat([_flat(ar1), _flat(ar2)]))


def intersect1d(
    ar1: ArrayLike, ar2: ArrayLike, assume_unique: bool = False, return_indices: bool = False
) -> Any:
    """Return the elements of both, in order, and where they occur first in either if asked for."""
    a, first = unique(ar1, return_index=True)
    b, second = unique(ar2, return_index=True)
    if a.dtype != b.dtype:
        dtype = np.promote_types(a.dtype, b.dtype)
        a, b = _core.astype(a, dtype), _core.astype(b, dtype)
    in_both = isin(a, b)
    common = a[in_both]
    if not return_indices:
        return common
    return common, first[in_both], second[isin(b, a)]


def setdiff1d(ar1: ArrayLike, ar2: ArrayLike, assume_unique: bool = False) -> Array:
    """Return the elements of the first that are not in the second, in order."""
    a = _flat(ar1) if assume_unique else unique(ar1)
    return a[~isin(a, ar2)]


def setxor1d(ar1: ArrayLike, ar2: ArrayLike, assume_unique: bool = False) -> Array:
    """Return the elements of exactly one of both, in order."""
    a, b = unique(ar1), unique(ar2)
    return _core.sort(_core.concat([a[~isin(a, b)], b[~isin(b, a)]]))
