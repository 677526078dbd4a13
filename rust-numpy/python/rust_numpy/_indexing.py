"""Indices made and used: picking, placing, and going along axes."""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rust_numpy import _core
from rust_numpy._core import Array, asarray
from rust_numpy._types import ArrayLike, Axes

__all__ = [
    "apply_along_axis",
    "apply_over_axes",
    "choose",
    "compress",
    "copyto",
    "diag_indices",
    "diag_indices_from",
    "diagonal",
    "fill_diagonal",
    "ix_",
    "mask_indices",
    "outer",
    "piecewise",
    "place",
    "put",
    "put_along_axis",
    "putmask",
    "ravel_multi_index",
    "select",
    "trace",
    "tril_indices",
    "tril_indices_from",
    "triu_indices",
    "triu_indices_from",
    "unravel_index",
    "vectorize",
]


def diagonal(a: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """Return a diagonal of the matrices in two axes, which becomes the last axis."""
    return _core.linalg.diagonal(_core.moveaxis(a, (axis1, axis2), (-2, -1)), offset=offset)


def trace(
    a: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None
) -> Array:
    """Return the sum of a diagonal of the matrices in two axes."""
    moved = _core.moveaxis(a, (axis1, axis2), (-2, -1))
    return _core.linalg.trace(moved, offset=offset, dtype=dtype)


def outer(a: ArrayLike, b: ArrayLike) -> Array:
    """Return all products of an element of one flat array and one of the other."""
    a, b = (_core.reshape(asarray(v), (-1,)) for v in (a, b))
    return _core.linalg.outer(a, b)


def ix_(*args: ArrayLike) -> tuple[Array, ...]:
    """Return vectors of indices, or masks, shaped so that together they select a grid.

    Raises ValueError for anything that is not a vector.
    """
    result = []
    for i, item in enumerate(args):
        vector = asarray(item)
        if vector.ndim != 1:
            raise ValueError("Cross index must be 1 dimensional")
        if vector.size == 0:
            vector = _core.astype(vector, np.int64)
        if vector.dtype == np.bool_:
            (vector,) = _core.nonzero(vector)
        result.append(_core.reshape(vector, (1,) * i + (-1,) + (1,) * (len(args) - i - 1)))
    return tuple(result)


def unravel_index(indices: ArrayLike, shape: Axes, order: str = "C") -> tuple[Array, ...]:
    """Return the index along each axis for indices of the flat array.

    ``order`` is "C" (last axis fastest) or "F". Raises ValueError for one that is not there.
    """
    lengths = (shape,) if isinstance(shape, int) else tuple(shape)
    rest = asarray(indices)
    if rest.dtype.kind not in "iu":
        raise TypeError("only int indices permitted")
    if _core.any((rest < 0) | (rest >= int(np.prod(lengths, dtype=object)))):
        raise ValueError(f"index is out of bounds for array with size {np.prod(lengths)}")
    parts = []
    for n in reversed(lengths) if order == "C" else lengths:
        parts.append(_core.remainder(rest, n))
        rest = _core.floor_divide(rest, n)
    return tuple(reversed(parts)) if order == "C" else tuple(parts)


def ravel_multi_index(
    multi_index: Any, dims: Sequence[int], mode: str = "raise", order: str = "C"
) -> Array:
    """Return indices of the flat array for one index along each axis.

    Those outside raise ValueError, or are taken to the edge ("clip") or around ("wrap").
    """
    parts = [asarray(part) for part in multi_index]
    pairs = list(zip(parts, dims, strict=True))
    result: Any = 0
    for part, n in pairs if order == "C" else reversed(pairs):
        if mode == "wrap":
            part = _core.remainder(part, n)
        elif mode == "clip":
            part = _core.clip(part, 0, n - 1)
        elif _core.any((part < 0) | (part >= n)):
            raise ValueError("invalid entry in coordinates array")
        result = result * n + part
    return asarray(result)


def diag_indices(n: int, ndim: int = 2) -> tuple[Array, ...]:
    """Return the indices of the main diagonal of an array whose axes all have length ``n``."""
    return (_core.arange(n),) * ndim


def diag_indices_from(arr: Array) -> tuple[Array, ...]:
    """Return the indices of the main diagonal. Raises ValueError unless all axes are as long."""
    if arr.ndim < 2 or len(set(arr.shape)) != 1:
        raise ValueError("All dimensions of input must be of equal length")
    return diag_indices(arr.shape[0], arr.ndim)


def tril_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Array, ...]:
    """Return the indices on and below the ``k``-th diagonal of an (n, m) matrix."""
    return _core.nonzero(_core.tril(_core.ones((n, n if m is None else m), dtype=np.bool_), k))


def triu_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Array, ...]:
    """Return the indices on and above the ``k``-th diagonal of an (n, m) matrix."""
    return _core.nonzero(_core.triu(_core.ones((n, n if m is None else m), dtype=np.bool_), k))


def tril_indices_from(arr: Array, k: int = 0) -> tuple[Array, ...]:
    """Return the indices on and below the ``k``-th diagonal of a matrix."""
    return tril_indices(arr.shape[-2], k, arr.shape[-1])


def triu_indices_from(arr: Array, k: int = 0) -> tuple[Array, ...]:
    """Return the indices on and above the ``k``-th diagonal of a matrix."""
    return triu_indices(arr.shape[-2], k, arr.shape[-1])


def mask_indices(n: int, mask_func: Callable[..., Any], k: Any = 0) -> tuple[Array, ...]:
    """Return where ``mask_func(ones((n, n)), k)`` is not zero."""
    return _core.nonzero(mask_func(_core.ones((n, n), dtype=np.int64), k))


def fill_diagonal(a: Array, val: ArrayLike, wrap: bool = False) -> None:
    """Write the value, or values over and over, to the main diagonal of an array.

    With ``wrap`` the diagonal of a tall matrix starts again below. Raises ValueError for a vector,
    or more than two axes of different lengths.
    """
    if a.ndim < 2:
        raise ValueError("array must be at least 2-d")
    if a.ndim > 2 and len(set(a.shape)) != 1:
        raise ValueError("All dimensions of input must be of equal length")
    if a.ndim == 2 and wrap:
        places = _core.arange(0, a.size, a.shape[1] + 1)
        at = unravel_index(places, a.shape)
    else:
        at = diag_indices(min(a.shape), a.ndim)
    from rust_numpy._manipulation import resize

    a[at] = resize(val, at[0].size) if asarray(val).ndim else val


def compress(condition: ArrayLike, a: ArrayLike, axis: int | None = None) -> Array:
    """Return the slices along an axis (elements of the flat array) where the vector is true."""
    (places,) = _core.nonzero(_core.reshape(asarray(condition), (-1,)))
    return _core.take(a, places, axis=axis)


def choose(a: ArrayLike, choices: Any, mode: str = "raise") -> Array:
    """Return for each element the one of the array it numbers.

    Numbers that are not there raise ValueError, or are taken to the edge ("clip") or around.
    """
    a = asarray(a)
    options = [asarray(c) for c in choices]
    a, *options = _core.broadcast_arrays(a, *options)
    n = len(options)
    if mode == "wrap":
        a = _core.remainder(a, n)
    elif mode == "clip":
        a = _core.clip(a, 0, n - 1)
    elif _core.any((a < 0) | (a >= n)):
        raise ValueError("invalid entry in choice array")
    result = _core.astype(options[0], np.result_type(*(o.dtype for o in options)))
    for i, option in enumerate(options[1:], 1):
        result = _core.where(a == i, option, result)
    return result


def select(
    condlist: Sequence[ArrayLike], choicelist: Sequence[ArrayLike], default: Any = 0
) -> Array:
    """Return for each element the choice of the first condition that is true, else the default.

    Raises ValueError for different numbers of conditions and choices.
    """
    if len(condlist) != len(choicelist) or not condlist:
        raise ValueError("list of cases must be same length as list of conditions")
    dtype = _core.result_type(*choicelist, default)
    result = asarray(default, dtype=dtype)
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        condition = asarray(condition)
        if condition.dtype != np.bool_:
            raise TypeError("invalid entry in condlist: should be boolean ndarray")
        result = _core.where(condition, asarray(choice, dtype=dtype), result)
    return result


def piecewise(x: ArrayLike, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Array:
    """Return for each element the function, or number, of the last condition that is true.

    One function more than conditions is for the elements where none is. Raises ValueError for
    other numbers of functions.
    """
    x = asarray(x)
    several = isinstance(condlist, list | tuple)
    if not several or (condlist and np.ndim(condlist[0]) == 0 and x.ndim):
        condlist = [condlist]
    conditions = [_core.astype(asarray(c), np.bool_) for c in condlist]
    if len(funclist) == len(conditions) + 1:
        none = ~conditions[0]
        for condition in conditions[1:]:
            none = none & ~condition
        conditions.append(none)
    elif len(funclist) != len(conditions):
        raise ValueError("there must be one function for each condition, or one more")
    out = _core.zeros_like(x)
    for condition, function in zip(conditions, funclist, strict=True):
        if callable(function):
            values = x[condition]
            if values.size:
                out[condition] = function(values, *args, **kw)
        else:
            out[condition] = function
    return out


def copyto(dst: Array, src: ArrayLike, casting: Any = "same_kind", where: ArrayLike = True) -> None:
    """Write the elements, broadcast, to the array where the mask is true.

    Raises TypeError if that loses a kind ("same_kind").
    """
    src = asarray(src)
    if not np.can_cast(src.dtype, dst.dtype, casting):
        raise TypeError(f"Cannot cast array data from {src.dtype} to {dst.dtype} ({casting})")
    values = _core.broadcast_to(src, dst.shape)
    if where is True:
        dst[...] = values
        return
    mask = _core.broadcast_to(asarray(where), dst.shape)
    dst[mask] = values[mask]


def put(a: Array, ind: ArrayLike, v: ArrayLike, mode: str = "raise") -> None:
    """Write values, over and over, to places of the flat array.

    Places outside raise IndexError, or are taken to the edge ("clip") or around ("wrap").
    """
    from rust_numpy._manipulation import resize

    places = _core.reshape(asarray(ind), (-1,))
    n = a.size
    if mode == "clip":
        places = _core.clip(places, 0, n - 1)
    elif mode == "wrap":
        places = _core.remainder(places, n)
    elif _core.any((places < -n) | (places >= n)):
        raise IndexError(f"index out of bounds for axis 0 with size {n}")
    places = _core.where(places < 0, places + n, places)
    if places.size:
        a[unravel_index(places, a.shape) if a.ndim else ()] = resize(v, places.size)


def place(arr: Array, mask: ArrayLike, vals: ArrayLike) -> None:
    """Write the values, over and over, to the elements where the mask is true."""
    from rust_numpy._manipulation import resize

    mask = _core.astype(asarray(mask), np.bool_)
    n = int(_core.count_nonzero(mask))
    if n and asarray(vals).size == 0:
        raise ValueError("Cannot insert from an empty array!")
    arr[_core.reshape(mask, arr.shape)] = resize(vals, n)


def putmask(a: Array, mask: ArrayLike, values: ArrayLike) -> None:
    """Write the values, repeated to the size of the array, where the mask is true."""
    from rust_numpy._manipulation import resize

    mask = _core.reshape(_core.astype(asarray(mask), np.bool_), a.shape)
    a[mask] = resize(values, a.shape)[mask]


def put_along_axis(arr: Array, indices: ArrayLike, values: ArrayLike, axis: int) -> None:
    """Write the values where, along the axis, the indices say; see `take_along_axis`."""
    indices = asarray(indices)
    axis = axis % arr.ndim
    at: list[Any] = [
        _core.reshape(_core.arange(n), (1,) * i + (-1,) + (1,) * (arr.ndim - i - 1))
        for i, n in enumerate(arr.shape)
    ]
    at[axis] = indices
    arr[tuple(at)] = values


def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: ArrayLike, *args: Any, **kwargs: Any
) -> Array:
    """Call the function for each vector along an axis; what it returns takes the axis' place."""
    moved = _core.moveaxis(arr, axis, -1)
    outer_shape = moved.shape[:-1]
    rows = _core.reshape(moved, (-1, moved.shape[-1]))
    if rows.shape[0] == 0:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    results = _core.stack([asarray(func1d(row, *args, **kwargs)) for row in rows])
    inner_shape = results.shape[1:]
    result = _core.reshape(results, (*outer_shape, *inner_shape))
    source = list(range(len(outer_shape), result.ndim))
    first = axis % (len(outer_shape) + 1)
    return _core.moveaxis(result, source, [first + i for i in range(len(source))])


def apply_over_axes(func: Callable[..., Any], a: ArrayLike, axes: Axes) -> Array:
    """Call ``func(a, axis)`` for one axis after the other, keeping the number of dimensions.

    Raises ValueError if a result has another one.
    """
    result = asarray(a)
    n = result.ndim
    for axis in (axes,) if isinstance(axes, int) else axes:
        place = operator.index(axis) % n
        reduced = asarray(func(result, place))
        reduced = _core.expand_dims(reduced, (place,)) if reduced.ndim == n - 1 else reduced
        if reduced.ndim != n:
            raise ValueError("function is not returning an array of the correct shape")
        result = reduced
    return result


class vectorize:
    """A function of numbers that takes arrays, calling it for each element. Not fast."""

    def __init__(self, pyfunc: Callable[..., Any], otypes: Any = None) -> None:
        self.pyfunc = pyfunc
        self.otypes = otypes
        self.__doc__ = pyfunc.__doc__

    def __call__(self, *args: ArrayLike, **kwargs: Any) -> Any:
        arrays = _core.broadcast_arrays(*args)
        flat = [_core.reshape(a, (-1,)).tolist() for a in arrays]
        results = [self.pyfunc(*values, **kwargs) for values in zip(*flat, strict=True)]
        dtype = self.otypes[0] if self.otypes else None
        if results and isinstance(results[0], tuple):
            parts = zip(*results, strict=True)
            return tuple(_core.reshape(asarray(list(p)), arrays[0].shape) for p in parts)
        return _core.reshape(asarray(results, dtype=dtype), arrays[0].shape)
