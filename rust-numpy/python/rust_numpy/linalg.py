"""Linear algebra on the matrices in the last two axes."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.linalg import LinAlgError

from rust_numpy import _core
from rust_numpy._core import Array, asarray
from rust_numpy._types import ArrayLike, Axes

__all__ = [
    "LinAlgError",
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "trace",
    "vecdot",
    "vector_norm",
]

_own = _core.linalg
cholesky, inv, solve = _own.cholesky, _own.inv, _own.solve
matmul, tensordot, vecdot = _core.matmul, _core.tensordot, _core.vecdot
diagonal, outer, trace, vector_norm = _own.diagonal, _own.outer, _own.trace, _own.vector_norm
matrix_transpose = _core.matrix_transpose


class EighResult(NamedTuple):
    """Eigenvalues in ascending order, shape (..., n), and eigenvectors as columns (..., n, n)."""

    eigenvalues: Array
    eigenvectors: Array


class EigResult(NamedTuple):
    """Eigenvalues in no order, shape (..., n), and eigenvectors as columns (..., n, n)."""

    eigenvalues: Array
    eigenvectors: Array


class QRResult(NamedTuple):
    """Orthonormal columns and an upper triangle."""

    Q: Array
    R: Array


class SlogdetResult(NamedTuple):
    """A number of length one, or zero, and the logarithm of the determinant's size."""

    sign: Array
    logabsdet: Array


class SVDResult(NamedTuple):
    """Left vectors as columns, singular values in descending order, right vectors as rows."""

    U: Array
    S: Array
    Vh: Array


def det(x: ArrayLike, /) -> Array:
    """Return the determinants, shape (...). Raises LinAlgError unless the matrices are square."""
    return _own._determinants(x)[0]


def slogdet(x: ArrayLike, /) -> SlogdetResult:
    """Return the determinants' signs and the logarithms of their sizes, which cannot overflow.

    Raises LinAlgError unless the matrices are square.
    """
    return SlogdetResult(*_own._determinants(x)[1:])


def qr(x: ArrayLike, /, *, mode: str = "reduced") -> QRResult:
    """Return ``Q`` with orthonormal columns and an upper triangle ``R`` with ``x = Q R``.

    ``mode`` is "reduced" (min(m, n) columns) or "complete" (m columns). Raises ValueError for
    another one.
    """
    if mode not in ("reduced", "complete"):
        raise ValueError(f'mode is "reduced" or "complete", not {mode!r}')
    return QRResult(*_own._qr(x, complete=mode == "complete"))


def svd(x: ArrayLike, /, full_matrices: bool = True) -> SVDResult:
    """Return ``U``, ``S`` and ``Vh`` with ``x = U diag(S) Vh``.

    ``U`` and ``Vh`` are square with ``full_matrices``, else they hold min(m, n) vectors.
    """
    return SVDResult(*_own._svd(x, full=full_matrices))


def svdvals(x: ArrayLike, /) -> Array:
    """Return the singular values in descending order, shape (..., min(m, n))."""
    return _own._svd(x, full=False)[1]


def _side(UPLO: str) -> bool:
    if UPLO.upper() not in ("L", "U"):
        raise ValueError("UPLO argument must be 'L' or 'U'")
    return UPLO.upper() == "U"


def eigh(x: ArrayLike, /, UPLO: str = "L") -> EighResult:
    """Return eigenvalues and eigenvectors of symmetric or Hermitian matrices.

    Only the lower triangle is read, or the upper one for ``UPLO="U"``.
    """
    return EighResult(*_own._eigh(x, upper=_side(UPLO)))


def eigvalsh(x: ArrayLike, /, UPLO: str = "L") -> Array:
    """Return the eigenvalues of symmetric or Hermitian matrices in ascending order."""
    return _own._eigh(x, upper=_side(UPLO))[0]


def eig(x: ArrayLike, /) -> EigResult:
    """Return eigenvalues and eigenvectors of square matrices.

    They are complex unless the matrices and all eigenvalues are real. Raises LinAlgError for NaN,
    infinity, or eigenvalues that are not found.
    """
    array = asarray(x)
    values, vectors = _own._eig(array)
    if array.dtype.kind != "c" and not _core.any(values.imag):
        return EigResult(values.real, vectors.real)
    return EigResult(values, vectors)


def eigvals(x: ArrayLike, /) -> Array:
    """Return the eigenvalues of square matrices, in no order."""
    return eig(x).eigenvalues


def _tolerance(singular: Array, x: Array, rtol: ArrayLike | None) -> Array:
    """Below which singular values count as zero, shape (..., 1)."""
    if rtol is None:
        rtol = max(x.shape[-2:]) * float(np.finfo(singular.dtype).eps)
    rtol = asarray(rtol)
    largest = singular[..., :1] if singular.shape[-1] else _core.zeros((*singular.shape[:-1], 1))
    return largest * _core.astype(rtol[..., None] if rtol.ndim else rtol, singular.dtype)


def pinv(x: ArrayLike, /, *, rtol: ArrayLike | None = None) -> Array:
    """Return the pseudo-inverses (Moore and Penrose), shape (..., n, m).

    Singular values up to ``rtol`` times the largest count as zero; by default max(m, n) times the
    machine precision.
    """
    x = asarray(x)
    u, s, vh = _own._svd(x, full=False)
    large = s > _tolerance(s, x, rtol)
    inverse = _core.where(large, 1 / _core.where(large, s, 1), 0)
    return _core.matmul(_adjoint(vh) * inverse[..., None, :], _adjoint(u))


def _adjoint(x: Array) -> Array:
    return _core.conj(_core.matrix_transpose(x)) if x.dtype.kind == "c" else x.mT


def matrix_rank(x: ArrayLike, /, *, rtol: ArrayLike | None = None) -> Array:
    """Return how many singular values are not zero; see `pinv` for ``rtol``."""
    x = asarray(x)
    if x.ndim < 2:
        return _core.astype(_core.any(x != 0), np.int64)
    s = svdvals(x)
    return _core.count_nonzero(s > _tolerance(s, x, rtol), axis=-1)


def matrix_power(x: ArrayLike, n: int, /) -> Array:
    """Return the product of ``n`` copies of square matrices, of their inverses for ``n < 0``."""
    x = asarray(x)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise LinAlgError("Last 2 dimensions of the array must be square")
    if n < 0:
        x, n = inv(x), -n
    result = _core.asarray(_core.broadcast_to(_core.eye(x.shape[-1], dtype=x.dtype), x.shape))
    result = _core.copy(result)
    while n:
        if n & 1:
            result = _core.matmul(result, x)
        n >>= 1
        x = _core.matmul(x, x) if n else x
    return result


def matrix_norm(
    x: ArrayLike, /, *, keepdims: bool = False, ord: int | float | str | None = "fro"
) -> Array:
    """Return the norms of matrices: "fro", "nuc", or ±1, ±2, ±inf for sums and singular values.

    Raises ValueError for another order or fewer than two dimensions.
    """
    x = asarray(x)
    if x.ndim < 2:
        raise ValueError("matrix_norm needs at least two dimensions")
    x = x if x.dtype.kind in "fc" else _core.astype(x, np.float64)
    if ord in ("fro", None):
        return vector_norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord in (1, -1, np.inf, -np.inf):
        sums = _core.sum(_core.abs(x), axis=-2 if ord in (1, -1) else -1)
        result = (_core.max if ord > 0 else _core.min)(sums, axis=-1)
    elif ord in (2, -2, "nuc"):
        s = svdvals(x)
        result = {2: _core.max, -2: _core.min, "nuc": _core.sum}[ord](s, axis=-1)
    else:
        raise ValueError(f"unknown order {ord!r} of a norm of matrices")
    return _core.expand_dims(result, (-2, -1)) if keepdims else result


def norm(
    x: ArrayLike,
    ord: int | float | str | None = None,
    axis: Axes | None = None,
    keepdims: bool = False,
) -> Array:
    """Return the norm of vectors (one axis, or all without ``ord``) or matrices (two axes)."""
    x = asarray(x)
    if axis is None and (ord is None or x.ndim == 1):
        flat = _core.reshape(x, (-1,))
        result = vector_norm(flat, ord=2 if ord is None else ord)
        return _core.reshape(result, (1,) * x.ndim) if keepdims else result
    axes = tuple(range(x.ndim)) if axis is None else (axis,) if isinstance(axis, int) else axis
    if len(axes) == 1:
        return vector_norm(x, axis=axes[0], keepdims=keepdims, ord=2 if ord is None else ord)
    if len(axes) != 2:
        raise ValueError("Improper number of dimensions to norm.")
    moved = _core.moveaxis(x, axes, (-2, -1))
    result = matrix_norm(moved, ord="fro" if ord is None else ord)
    kept = sorted(a % x.ndim for a in axes)
    return _core.expand_dims(result, kept) if keepdims else result


def cond(x: ArrayLike, p: int | float | str | None = None) -> Array:
    """Return the condition numbers: the norm ``p`` times that of the inverse, by default 2."""
    if p in (None, 2, -2):
        s = svdvals(x)
        return s[..., 0] / s[..., -1] if p != -2 else s[..., -1] / s[..., 0]
    return matrix_norm(x, ord=p) * matrix_norm(inv(x), ord=p)


def cross(x1: ArrayLike, x2: ArrayLike, /, *, axis: int = -1) -> Array:
    """Return the vectors perpendicular to two of three elements along ``axis``.

    Raises ValueError unless both have three elements there.
    """
    x1, x2 = _core.broadcast_arrays(x1, x2)
    if x1.ndim == 0 or x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError("both arrays need three elements along the axis")
    a, b = _core.moveaxis(x1, axis, 0), _core.moveaxis(x2, axis, 0)
    parts = [a[i - 2] * b[i - 1] - a[i - 1] * b[i - 2] for i in range(3)]
    return _core.stack(parts, axis=axis)


def lstsq(
    a: ArrayLike, b: ArrayLike, rcond: float | None = None
) -> tuple[Array, Array, int, Array]:
    """Return ``x`` with the smallest ``|a x - b|``, the residues, the rank, the singular values.

    ``a`` has shape (m, n), ``b`` (m,) or (m, k). Raises LinAlgError for other shapes.
    """
    a, b = asarray(a), asarray(b)
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[0] != b.shape[0]:
        raise LinAlgError("Incompatible dimensions")
    u, s, vh = _own._svd(a, full=False)
    limit = float(np.finfo(s.dtype).eps) * max(a.shape) if rcond is None else rcond
    large = s > limit * (s[0] if s.size else 0)
    inverse = _core.where(large, 1 / _core.where(large, s, 1), 0)
    b = _core.astype(b, np.result_type(b.dtype, u.dtype))
    coefficients = _core.matmul(_adjoint(u), b)
    scale = inverse if b.ndim == 1 else inverse[:, None]
    x = _core.matmul(_adjoint(vh), coefficients * scale)
    rank = int(_core.count_nonzero(large))
    residues = _core.zeros((0,), dtype=s.dtype)
    if rank == a.shape[1] and a.shape[0] > a.shape[1]:
        off = _core.abs(_core.matmul(a, x) - b)
        residues = _core.reshape(_core.sum(off * off, axis=0), (-1,))
    return x, residues, rank, s


def multi_dot(arrays: Sequence[ArrayLike]) -> Array:
    """Return the product of several matrices, multiplied in the order that takes least work."""
    matrices = [asarray(a) for a in arrays]
    if len(matrices) < 2:
        raise ValueError("Expecting at least two arrays.")
    first, last = matrices[0].ndim == 1, matrices[-1].ndim == 1
    matrices[0] = matrices[0][None, :] if first else matrices[0]
    matrices[-1] = matrices[-1][:, None] if last else matrices[-1]
    result = _core.matmul(*matrices) if len(matrices) == 2 else _best_product(matrices)
    result = result[0] if first else result
    return result[..., 0] if last else result


def _best_product(matrices: list[Array]) -> Array:
    """Dynamic programming over where the outermost product is split."""
    sizes = [m.shape[0] for m in matrices] + [matrices[-1].shape[1]]
    n = len(matrices)
    cost: dict[tuple[int, int], int] = {(i, i): 0 for i in range(n)}
    split: dict[tuple[int, int], int] = {}
    for width in range(1, n):
        for i in range(n - width):
            j = i + width
            work = {
                k: cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1]
                for k in range(i, j)
            }
            split[i, j] = min(work, key=work.__getitem__)
            cost[i, j] = work[split[i, j]]

    def product(i: int, j: int) -> Any:
        if i == j:
            return matrices[i]
        k = split[i, j]
        return _core.matmul(product(i, k), product(k + 1, j))

    return product(0, n - 1)
