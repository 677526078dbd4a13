"""Arrays joined, split, turned and rearranged."""

import operator
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from rust_numpy import _core
from rust_numpy._core import Array, asarray
from rust_numpy._types import ArrayLike, Axes

__all__ = [
    "append",
    "array_split",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "block",
    "column_stack",
    "delete",
    "dsplit",
    "dstack",
    "expand_dims",
    "fliplr",
    "flipud",
    "hsplit",
    "hstack",
    "insert",
    "ndim",
    "ravel",
    "resize",
    "rollaxis",
    "rot90",
    "row_stack",
    "shape",
    "size",
    "split",
    "trim_zeros",
    "vsplit",
    "vstack",
]


def shape(a: ArrayLike) -> tuple[int, ...]:
    """Return the length of each axis."""
    return asarray(a).shape


def ndim(a: ArrayLike) -> int:
    """Return the number of axes."""
    return asarray(a).ndim


def size(a: ArrayLike, axis: int | None = None) -> int:
    """Return the number of elements, or the length of one axis."""
    a = asarray(a)
    return a.size if axis is None else a.shape[axis]


def expand_dims(x: ArrayLike, /, axis: Axes = 0) -> Array:
    """Insert axes of length one at these places of the result.

    Raises IndexError for a place outside of it, ValueError for one given twice.
    """
    x = asarray(x)
    axes = (axis,) if not isinstance(axis, Sequence) else tuple(axis)
    n = x.ndim + len(axes)
    outside = [a for a in axes if not -n <= operator.index(a) < n]
    if outside:
        raise np.exceptions.AxisError(outside[0], n)
    return _core.expand_dims(x, axes)


def ravel(a: ArrayLike) -> Array:
    """Return the elements in one dimension, without a copy where that is possible."""
    return _core.reshape(asarray(a), (-1,))


def _at_least(arrays: tuple[ArrayLike, ...], reshaped: Any) -> Any:
    results = [reshaped(asarray(a)) for a in arrays]
    return results[0] if len(results) == 1 else tuple(results)


def atleast_1d(*arrays: ArrayLike) -> Any:
    """Return arrays of at least one dimension."""
    return _at_least(arrays, lambda a: a if a.ndim else _core.reshape(a, (1,)))


def atleast_2d(*arrays: ArrayLike) -> Any:
    """Return arrays of at least two dimensions; vectors become rows."""
    return _at_least(
        arrays, lambda a: a if a.ndim > 1 else _core.reshape(a, (1, -1) if a.ndim else (1, 1))
    )


def atleast_3d(*arrays: ArrayLike) -> Any:
    """Return arrays of at least three dimensions; matrices get a last one."""

    def reshaped(a: Array) -> Array:
        if a.ndim == 2:
            return a[:, :, None]
        return a if a.ndim > 2 else _core.reshape(a, (1, a.size, 1))

    return _at_least(arrays, reshaped)


def _all_at_least(arrays: Sequence[ArrayLike], function: Any) -> list[Array]:
    return [function(a) for a in arrays]


def vstack(tup: Sequence[ArrayLike]) -> Array:
    """Join arrays as rows."""
    return _core.concat(_all_at_least(tup, atleast_2d), axis=0)


row_stack = vstack


def hstack(tup: Sequence[ArrayLike]) -> Array:
    """Join arrays along the second axis, vectors along the first."""
    arrays = _all_at_least(tup, atleast_1d)
    return _core.concat(arrays, axis=0 if arrays and arrays[0].ndim == 1 else 1)


def dstack(tup: Sequence[ArrayLike]) -> Array:
    """Join arrays along the third axis."""
    return _core.concat(_all_at_least(tup, atleast_3d), axis=2)


def column_stack(tup: Sequence[ArrayLike]) -> Array:
    """Join vectors as columns, and matrices beside each other."""
    arrays = [asarray(a) for a in tup]
    columns = [a if a.ndim > 1 else _core.reshape(a, (-1, 1)) for a in arrays]
    return _core.concat(columns, axis=1)


def block(arrays: Any) -> Array:
    """Join nested lists of arrays: the innermost along the last axis, the next before it."""

    def depth_of(item: Any) -> int:
        if not isinstance(item, list):
            return 0
        depths = {depth_of(i) for i in item}
        if len(depths) != 1:
            raise ValueError("all lists must be nested equally deep and hold something")
        return 1 + depths.pop()

    depth = depth_of(arrays)

    def leaves(item: Any) -> list[Any]:
        return [leaf for i in item for leaf in leaves(i)] if isinstance(item, list) else [item]

    dimensions = max([depth, *(ndim(leaf) for leaf in leaves(arrays))])

    def joined(item: Any, level: int) -> Array:
        if not isinstance(item, list):
            a = asarray(item)
            return _core.reshape(a, (1,) * (dimensions - a.ndim) + a.shape)
        return _core.concat([joined(i, level - 1) for i in item], axis=-level)

    result = joined(arrays, depth)
    return result if depth else _core.copy(result)


def append(arr: ArrayLike, values: ArrayLike, axis: int | None = None) -> Array:
    """Return the array with the values at the end of an axis, or of the flat array."""
    if axis is None:
        return _core.concat([ravel(arr), ravel(values)])
    return _core.concat([arr, values], axis=axis)


def _split_at(x: Array, places: Sequence[int], axis: int) -> list[Array]:
    before = (slice(None),) * (axis % x.ndim)
    bounds = [0, *places, x.shape[axis]]
    return [x[(*before, slice(a, b))] for a, b in pairwise(bounds)]


def array_split(ary: ArrayLike, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """Split along an axis at these places, or into so many parts of nearly the same length."""
    x = asarray(ary)
    if isinstance(indices_or_sections, Sequence | Array | np.ndarray):
        return _split_at(x, [int(i) for i in indices_or_sections], axis)
    parts = operator.index(indices_or_sections)
    if parts <= 0:
        raise ValueError("number sections must be larger than 0.")
    each, longer = divmod(x.shape[axis], parts)
    return _split_at(x, [i * each + min(i, longer) for i in range(1, parts)], axis)


def split(ary: ArrayLike, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """Split along an axis at these places, or into so many equal parts.

    Raises ValueError if the parts cannot be equal.
    """
    x = asarray(ary)
    places = isinstance(indices_or_sections, Sequence | Array | np.ndarray)
    if not places and x.shape[axis] % operator.index(indices_or_sections):
        raise ValueError("array split does not result in an equal division")
    return array_split(x, indices_or_sections, axis)


def vsplit(ary: ArrayLike, indices_or_sections: Any) -> list[Array]:
    """Split along the first axis."""
    if ndim(ary) < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return split(ary, indices_or_sections, 0)


def hsplit(ary: ArrayLike, indices_or_sections: Any) -> list[Array]:
    """Split along the second axis, vectors along the first."""
    dimensions = ndim(ary)
    if dimensions == 0:
        raise ValueError("hsplit only works on arrays of 1 or more dimensions")
    return split(ary, indices_or_sections, 1 if dimensions > 1 else 0)


def dsplit(ary: ArrayLike, indices_or_sections: Any) -> list[Array]:
    """Split along the third axis."""
    if ndim(ary) < 3:
        raise ValueError("dsplit only works on arrays of 3 or more dimensions")
    return split(ary, indices_or_sections, 2)


def flipud(m: ArrayLike) -> Array:
    """Turn the first axis backwards."""
    return _core.flip(m, axis=0)


def fliplr(m: ArrayLike) -> Array:
    """Turn the second axis backwards."""
    if ndim(m) < 2:
        raise ValueError("Input must be >= 2-d.")
    return _core.flip(m, axis=1)


def rot90(m: ArrayLike, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Array:
    """Turn the plane of two axes by ``k`` quarters, from the first axis towards the second."""
    m = asarray(m)
    first, second = (a % m.ndim for a in axes)
    if first == second:
        raise ValueError("Axes must be different.")
    k %= 4
    if k == 0:
        return m[...]
    if k == 2:
        return _core.flip(m, axis=(first, second))
    if k == 1:
        return _core.swapaxes(_core.flip(m, axis=second), first, second)
    return _core.flip(_core.swapaxes(m, first, second), axis=second)


def rollaxis(a: ArrayLike, axis: int, start: int = 0) -> Array:
    """Move an axis before the place ``start``."""
    a = asarray(a)
    axis, start = axis % a.ndim, start + a.ndim if start < 0 else start
    if not 0 <= start <= a.ndim:
        raise np.exceptions.AxisError(start, a.ndim)
    return _core.moveaxis(a, axis, start - 1 if axis < start else start)


def resize(a: ArrayLike, new_shape: Axes) -> Array:
    """Return an array of another size, filled with the elements over and over again."""
    lengths = (new_shape,) if isinstance(new_shape, int) else tuple(new_shape)
    if any(n < 0 for n in lengths):
        raise ValueError("all elements of `new_shape` must be non-negative")
    flat, wanted = ravel(a), int(np.prod(lengths, dtype=object))
    if flat.size == 0 or wanted == 0:
        return _core.zeros(lengths, dtype=flat.dtype)
    copies = -(-wanted // flat.size)
    return _core.reshape(_core.tile(flat, (copies,))[:wanted], lengths)


def _places(obj: Any, n: int) -> Array:
    """The places along an axis of length ``n`` that an index means, none of them negative."""
    if isinstance(obj, slice):
        return _core.arange(*obj.indices(n))
    places = asarray(obj)
    if places.dtype == np.bool_:
        return _core.nonzero(places)[0]
    if places.size and places.dtype.kind not in "iu":
        raise IndexError("arrays used as indices must be of integer (or boolean) type")
    places = _core.astype(places, np.int64)
    if _core.any((places < -n) | (places > n)):
        raise IndexError(f"index out of bounds for axis with size {n}")
    return _core.where(places < 0, places + n, places)


def delete(arr: ArrayLike, obj: Any, axis: int | None = None) -> Array:
    """Return the array without the elements at these places of an axis, or of the flat array.

    Raises IndexError for a place that is not there.
    """
    x = ravel(arr) if axis is None else asarray(arr)
    axis = 0 if axis is None else axis % x.ndim
    n = x.shape[axis]
    gone = _places(obj, n)
    if _core.any(gone >= n):
        raise IndexError(f"index out of bounds for axis {axis} with size {n}")
    kept = _core.ones((n,), dtype=np.bool_)
    kept[_core.reshape(gone, (-1,))] = False
    return x[(slice(None),) * axis + (kept,)]


def insert(arr: ArrayLike, obj: Any, values: ArrayLike, axis: int | None = None) -> Array:
    """Return the array with values before these places of an axis, or of the flat array.

    Raises IndexError for a place that is not there.
    """
    x = ravel(arr) if axis is None else asarray(arr)
    axis = 0 if axis is None else axis % x.ndim
    n = x.shape[axis]
    places = _places(obj, n)
    single = places.ndim == 0
    places = _core.reshape(places, (-1,))
    values = _core.astype(asarray(values), x.dtype)
    if single:
        # one place takes all the values, which lie along the axis
        values = values if values.ndim >= x.ndim else _with_axes(values, x.ndim)
        values = _core.moveaxis(values, 0, axis) if asarray(values).ndim == x.ndim else values
        count = values.shape[axis]
        places = _core.repeat(places, count)
    # where each of the new elements comes to lie: behind all before it
    order = _core.argsort(places)
    targets = places[order] + _core.arange(places.size)
    new = _core.empty_like(targets)
    new[order] = targets
    lengths = list(x.shape)
    lengths[axis] = n + places.size
    out = _core.empty(tuple(lengths), dtype=x.dtype)
    old = _core.ones((n + places.size,), dtype=np.bool_)
    old[new] = False
    before = (slice(None),) * axis
    out[(*before, new)] = values
    out[(*before, old)] = x
    return out


def _with_axes(values: Array, ndim: int) -> Array:
    return _core.reshape(values, (1,) * (ndim - values.ndim) + values.shape)


def trim_zeros(filt: ArrayLike, trim: str = "fb") -> Array:
    """Return the vector without the zeros at its front ("f") and back ("b")."""
    x = asarray(filt)
    found = _core.nonzero(x)[0]
    if found.size == 0:
        return x[:0]
    first = int(found[0]) if "f" in trim.lower() else 0
    last = int(found[-1]) + 1 if "b" in trim.lower() else x.size
    return x[first:last]
