"""Questions asked of each element."""

import numpy as np

from rust_numpy import _core
from rust_numpy._core import Array, asarray
from rust_numpy._math import floating
from rust_numpy._types import ArrayLike

__all__ = [
    "isclose",
    "iscomplex",
    "isneginf",
    "isposinf",
    "isreal",
]


def isclose(
    a: ArrayLike, b: ArrayLike, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Array:
    """Tell which elements are as close as ``atol + rtol * |b|``."""
    a, b = asarray(a), floating(b)
    near = _core.abs(a - b) <= atol + rtol * _core.abs(b)
    result = (near & _core.isfinite(b)) | (a == b)
    return result | (_core.isnan(a) & _core.isnan(b)) if equal_nan else result


def isposinf(x: ArrayLike) -> Array:
    """Tell which elements are positive infinity."""
    return asarray(x) == np.inf


def isneginf(x: ArrayLike) -> Array:
    """Tell which elements are negative infinity."""
    return asarray(x) == -np.inf


def iscomplex(x: ArrayLike) -> Array:
    """Tell which elements have an imaginary part that is not zero."""
    return _core.imag(x) != 0


def isreal(x: ArrayLike) -> Array:
    """Tell which elements have no imaginary part."""
    return _core.imag(x) == 0
