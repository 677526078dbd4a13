"""Arrays from numbers, functions and ranges."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from rust_numpy import _core
from rust_numpy._core import Array, asarray
from rust_numpy._types import ArrayLike

__all__ = [
    "array",
    "asanyarray",
    "ascontiguousarray",
    "diag",
    "diagflat",
    "frombuffer",
    "fromfunction",
    "fromiter",
    "geomspace",
    "identity",
    "indices",
    "linspace",
    "logspace",
    "tri",
    "vander",
]


def array(
    obj: ArrayLike, /, dtype: Any = None, *, copy: bool | None = True, ndmin: int = 0
) -> Array:
    """Make an array of its own memory, with at least ``ndmin`` dimensions."""
    result = asarray(obj, dtype=dtype, copy=copy if isinstance(obj, Array) else None)
    missing = ndmin - result.ndim
    return _core.reshape(result, (1,) * missing + result.shape) if missing > 0 else result


def asanyarray(obj: ArrayLike, dtype: Any = None) -> Array:
    """Return the object as an array."""
    return asarray(obj, dtype=dtype)


def ascontiguousarray(obj: ArrayLike, dtype: Any = None) -> Array:
    """Return the object as an array of at least one dimension whose elements lie in order."""
    x = asarray(obj, dtype=dtype)
    x = _core.reshape(x, (1,)) if x.ndim == 0 else x
    step, steps = x.itemsize, []
    for n in reversed(x.shape):
        steps.append(step)
        step *= n
    in_order = all(
        n == 1 or a == b for n, a, b in zip(x.shape, x.strides, reversed(steps), strict=True)
    )
    return x if in_order else _core.copy(x)


def identity(n: int, dtype: Any = None) -> Array:
    """Return a square matrix with ones on its diagonal."""
    return _core.eye(n, dtype=dtype or np.float64)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = float) -> Array:
    """Return ones on and below the ``k``-th diagonal, zeros above."""
    return _core.tril(_core.ones((N, N if M is None else M), dtype), k)


def diag(v: ArrayLike, k: int = 0) -> Array:
    """Return a matrix with the vector on its ``k``-th diagonal, or the diagonal of a matrix."""
    v = asarray(v)
    if v.ndim == 2:
        return _core.linalg.diagonal(v, offset=k)
    if v.ndim != 1:
        raise ValueError("Input must be 1- or 2-d.")
    n = v.size + abs(k)
    out = _core.zeros((n, n), dtype=v.dtype)
    places = _core.arange(v.size)
    out[places + max(-k, 0), places + max(k, 0)] = v
    return out


def diagflat(v: ArrayLike, k: int = 0) -> Array:
    """Return a matrix with all elements on its ``k``-th diagonal."""
    return diag(_core.reshape(asarray(v), (-1,)), k)


def vander(x: ArrayLike, N: int | None = None, increasing: bool = False) -> Array:
    """Return the powers of the vector's elements as columns, the highest first."""
    x = asarray(x)
    if x.ndim != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    n = x.size if N is None else N
    dtype = np.promote_types(x.dtype, np.int64)
    out = _core.ones((x.size, n), dtype=dtype)
    for power in range(1, n):
        out[:, power] = out[:, power - 1] * x
    return out if increasing else out[:, ::-1]


def linspace(
    start: ArrayLike,
    stop: ArrayLike,
    /,
    num: int = 50,
    *,
    dtype: Any = None,
    device: str | None = None,
    endpoint: bool = True,
    retstep: bool = False,
    axis: int = 0,
) -> Any:
    """Return ``num`` numbers from ``start`` to ``stop``, evenly spaced, along a new axis.

    With ``retstep`` also their distance. Raises ValueError for a negative ``num``.
    """
    if isinstance(start, int | float) and isinstance(stop, int | float) and not retstep:
        return _core.linspace(
            float(start), float(stop), num, dtype=dtype, device=device, endpoint=endpoint
        )
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    start, stop = asarray(start) * 1.0, asarray(stop) * 1.0
    intervals = num - 1 if endpoint else num
    first, distance = _core.broadcast_arrays(start, stop - start)
    step = distance / intervals if intervals > 0 else distance * np.nan
    places = _core.reshape(_core.arange(num, dtype=np.float64), (-1,) + (1,) * first.ndim)
    out = first + places * (step if intervals > 0 else distance)
    if endpoint and num > 1:
        out[-1] = stop
    integer = dtype is not None and np.dtype(dtype).kind in "iu"
    out = _core.moveaxis(_core.floor(out) if integer else out, 0, axis)
    out = out if dtype is None else _core.astype(out, dtype)
    return (out, step) if retstep else out


def logspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: bool = True,
    base: ArrayLike = 10.0,
    dtype: Any = None,
) -> Array:
    """Return ``base`` to the power of numbers evenly spaced."""
    out = _core.pow(asarray(base), linspace(start, stop, num, endpoint=endpoint))
    return out if dtype is None else _core.astype(out, dtype)


def geomspace(
    start: float, stop: float, num: int = 50, endpoint: bool = True, dtype: Any = None
) -> Array:
    """Return numbers each of which is a constant multiple of the one before.

    ``start`` and ``stop`` are real and of one sign; raises ValueError for others, or zero.
    """
    if start * stop <= 0:
        raise ValueError("Geometric sequence cannot include zero or change its sign")
    sign = -1.0 if start < 0 else 1.0
    out = sign * logspace(np.log10(abs(start)), np.log10(abs(stop)), num, endpoint)
    if num > 0:
        out[0] = float(start)
    if num > 1 and endpoint:
        out[-1] = float(stop)
    return out if dtype is None else _core.astype(out, dtype)


def indices(dimensions: Sequence[int], dtype: Any = int, sparse: bool = False) -> Any:
    """Return the indices of a grid, an array for each axis: one array, or a tuple if ``sparse``."""
    n = len(dimensions)
    single = [
        _core.reshape(_core.arange(d, dtype=dtype), (1,) * i + (d,) + (1,) * (n - i - 1))
        for i, d in enumerate(dimensions)
    ]
    if sparse:
        return tuple(single)
    if not single:
        return _core.zeros((0,), dtype=dtype)
    return _core.stack([_core.broadcast_to(s, tuple(dimensions)) for s in single])


def fromfunction(
    function: Callable[..., Any], shape: Sequence[int], *, dtype: Any = float, **kwargs: Any
) -> Any:
    """Call the function with the indices of a grid, an array for each axis."""
    return function(*indices(shape, dtype), **kwargs)


def fromiter(iter: Iterable[Any], dtype: Any, count: int = -1) -> Array:
    """Make a vector of the first ``count`` numbers that come, or of all.

    Raises ValueError if fewer come.
    """
    return asarray(np.fromiter(iter, dtype, count))


def frombuffer(buffer: Any, dtype: Any = float, count: int = -1, offset: int = 0) -> Array:
    """Make a vector of the numbers in a buffer's bytes, a copy.

    Raises ValueError if the bytes are no whole number of elements.
    """
    return asarray(np.frombuffer(buffer, dtype, count, offset), copy=True)
