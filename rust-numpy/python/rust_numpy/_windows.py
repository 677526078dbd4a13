"""Windows: weights that fall from the middle to the ends of a stretch of a signal."""

import numpy as np

from rust_numpy import _core
from rust_numpy._core import Array

__all__ = ["bartlett", "blackman", "hamming", "hanning", "kaiser"]


def _positions(M: int) -> Array:
    """``1 - M``, ``3 - M``, ..., ``M - 1``: twice the distance from the middle."""
    return _core.arange(1 - M, M, 2, dtype=np.float64)


def _short(M: int) -> Array | None:
    if M < 1:
        return _core.zeros((0,))
    return _core.ones((1,)) if M == 1 else None


def hanning(M: int) -> Array:
    """Return ``M`` weights of a raised cosine, zero at the ends."""
    short = _short(M)
    return 0.5 + 0.5 * _core.cos(np.pi * _positions(M) / (M - 1)) if short is None else short


def hamming(M: int) -> Array:
    """Return ``M`` weights of a raised cosine, 0.08 at the ends."""
    short = _short(M)
    return 0.54 + 0.46 * _core.cos(np.pi * _positions(M) / (M - 1)) if short is None else short


def blackman(M: int) -> Array:
    """Return ``M`` weights of a sum of two cosines."""
    short = _short(M)
    if short is not None:
        return short
    turn = np.pi * _positions(M) / (M - 1)
    return 0.42 + 0.5 * _core.cos(turn) + 0.08 * _core.cos(2.0 * turn)


def bartlett(M: int) -> Array:
    """Return ``M`` weights of a triangle, zero at the ends."""
    short = _short(M)
    return 1 - _core.abs(_positions(M)) / (M - 1) if short is None else short


def kaiser(M: int, beta: float) -> Array:
    """Return ``M`` weights of Kaiser's window; the larger ``beta``, the narrower."""
    from rust_numpy._math import i0

    if M < 2:
        return _core.ones((max(M, 0),))
    along = _positions(M) / (M - 1)
    return i0(beta * _core.sqrt(1 - along * along)) / i0(float(beta))
