"""Products of vectors and matrices beyond those of the standard."""

from rust_numpy import _core
from rust_numpy._core import Array, asarray
from rust_numpy._types import ArrayLike

__all__ = [
    "cross",
    "inner",
    "kron",
    "vdot",
]


def cross(a: ArrayLike, b: ArrayLike, *, axis: int = -1) -> Array:
    """Return the vectors perpendicular to two of three elements."""
    from rust_numpy import linalg

    return linalg.cross(a, b, axis=axis)


def vdot(a: ArrayLike, b: ArrayLike, /) -> Array:
    """Return ``Σ conj(a) b`` over all elements."""
    a, b = _core.reshape(asarray(a), (-1,)), _core.reshape(asarray(b), (-1,))
    return _core.vecdot(a, b)


def inner(a: ArrayLike, b: ArrayLike, /) -> Array:
    """Return the sums of products over the last axes of both."""
    a, b = asarray(a), asarray(b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    return _core.tensordot(a, b, axes=([-1], [-1]))


def kron(a: ArrayLike, b: ArrayLike) -> Array:
    """Return copies of ``b``, each multiplied by an element of ``a``, laid out as ``a`` is."""
    a, b = asarray(a), asarray(b)
    n = max(a.ndim, b.ndim)
    a = _core.reshape(a, (1,) * (n - a.ndim) + a.shape)
    b = _core.reshape(b, (1,) * (n - b.ndim) + b.shape)
    pairs = [k for m in zip(a.shape, (1,) * n, strict=True) for k in m]
    others = [k for m in zip((1,) * n, b.shape, strict=True) for k in m]
    product = _core.reshape(a, tuple(pairs)) * _core.reshape(b, tuple(others))
    return _core.reshape(product, tuple(p * q for p, q in zip(a.shape, b.shape, strict=True)))
