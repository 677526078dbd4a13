"""The promises themselves, function by function."""

from typing import Any

import numpy as np

from tests.rust_numpy_more import MORE, MORE_ELSEWHERE
from tests.rust_numpy_specs import (
    ALL,
    BOOL,
    COMPLEX,
    FLOATS,
    INTEGERS,
    REAL,
    SIGNED,
    Maker,
    Spec,
    absolute,
    along,
    binary,
    reduction,
    unary,
)

SPECS: list[Spec] = []


def group(title: str, *specs: Spec) -> None:
    SPECS.extend(Spec(**{**vars(spec), "group": title}) for spec in specs)


def each(names: str, dtypes: tuple[str, ...], make: Any, bound: int = 0) -> list[Spec]:
    return [Spec(name, dtypes, make, bound) for name in names.split()]


group(
    "Element by element",
    *each("abs", ALL[:11], unary()),
    *each("positive negative sign", REAL, unary()),
    *each("square", BOOL + REAL, unary()),
    *each("floor ceil trunc", BOOL + REAL, unary()),
    *each("round", REAL, unary()),
    *each("bitwise_invert logical_not", BOOL + INTEGERS, unary()),
    *each("sqrt", ("int32", "int64", *FLOATS), unary()),
    *each("reciprocal", FLOATS, unary()),
    *each("conj real imag", COMPLEX, unary()),
    *each("exp tanh", ("int32", *FLOATS), unary(), bound=4),
    *each("exp2 expm1 log log1p log2 log10 cbrt", ("int32", *FLOATS), unary(), bound=4),
    *each("sin cos tan asin acos atan", ("int32", *FLOATS), unary(), bound=4),
    *each("sinh cosh asinh acosh atanh", ("int32", *FLOATS), unary(), bound=4),
    *each("isnan isinf isfinite", ALL, unary()),
    *each("signbit", REAL, unary()),
    *each("add multiply", ALL[:11], binary()),
    *each("subtract", REAL, binary()),
    *each("add subtract", COMPLEX, binary(special=False)),
    *each("multiply divide", COMPLEX, binary(special=False), bound=4),
    *each("divide", REAL, binary()),
    *each("floor_divide remainder", REAL, binary()),
    *each("maximum minimum", BOOL + INTEGERS, binary()),
    *each("maximum minimum", FLOATS, binary(), bound=1),
    # not mixed: uint64 to the power of int64 is a float
    *each("pow", INTEGERS, binary(mixed=False)),
    *each("pow atan2 hypot", FLOATS, binary(), bound=4),
    # where both terms nearly cancel, the result is as exact as they are
    Spec("logaddexp", FLOATS, binary(), 4, "eps", magnitude=lambda x, y: 1 + np.abs(x) + np.abs(y)),
    *each("copysign nextafter", FLOATS, binary()),
    *each("bitwise_and bitwise_or bitwise_xor", BOOL + INTEGERS, binary()),
    *each("bitwise_left_shift bitwise_right_shift", INTEGERS, binary(mixed=False)),
    *each("equal not_equal less less_equal greater greater_equal", ALL[:11], binary()),
    *each("equal not_equal", COMPLEX, binary()),
    *each("logical_and logical_or logical_xor", ALL[:11], binary()),
)


def where(m: Maker) -> Any:
    x = m.array()
    return [m.array(x.numpy.shape, dtype="bool"), x, m.array(x.numpy.shape[-1:])], {}


def clip(m: Maker) -> Any:
    x = m.array(special=False)
    low, high = m.pick((1, 3), (None, 2), (m.plain(least=0, most=0), 5), (2, None))
    return [x], {"min": low, "max": high}


group("Choosing", Spec("where", ALL, where), Spec("clip", REAL, clip))

sum_of_abs = absolute(lambda x, **k: np.sum(x, **{a: k[a] for a in ("axis", "keepdims") if a in k}))


def spread_of_abs(x: Any, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
    return np.max(np.square(np.abs(x)), axis=axis, keepdims=keepdims, initial=1) * 4


def correction(m: Maker) -> Any:
    args, kwargs = reduction(special=False)(m)
    return args, {**kwargs, "correction": m.pick(0, 1)}


def typed(m: Maker) -> Any:
    args, kwargs = reduction(special=False)(m)
    return args, {**kwargs, "dtype": np.dtype(m.pick("float32", "float64", "int64"))}


def including(m: Maker) -> Any:
    args, kwargs = along(special=False)(m)
    return args, {**kwargs, "include_initial": bool(m.rng.integers(2))}


def differences(m: Maker) -> Any:
    args, kwargs = along()(m)
    return args, {**kwargs, "n": m.pick(0, 1, 1, 2)}


group(
    "Reductions",
    *each("sum prod", BOOL + INTEGERS, reduction()),
    *each("sum prod mean", FLOATS, reduction()),
    Spec("sum", ("int32", "float32"), typed, 64, "eps", magnitude=sum_of_abs),
    Spec("sum", COMPLEX, reduction(special=False), 64, "eps", magnitude=sum_of_abs),
    Spec("mean", ("int32", "uint8", *BOOL), reduction(special=False), 4),
    *each("max min", ALL[:11], reduction(empty=True)),
    *each("any all count_nonzero", ALL, reduction()),
    Spec("var", FLOATS, correction, 8, "eps", magnitude=spread_of_abs),
    Spec("std", FLOATS, correction, 64, "eps", magnitude=spread_of_abs),
    *each("argmax argmin", ALL[:11], along()),
    *each("cumulative_sum cumulative_prod", REAL, including),
    *each("diff", BOOL + REAL, differences),
)


def factors(m: Maker) -> Any:
    rows, depth, columns = (int(m.rng.choice([1, 2, 3, 5, 17, 40])) for _ in range(3))
    batch = m.pick((), (), (2,), (3, 1))
    other = m.pick((), batch, batch[1:])
    x, y = (*batch, rows, depth), (*other, depth, columns)
    if m.rng.random() < 0.2:
        x = (depth,)
    if m.rng.random() < 0.2:
        y = (depth,)
    return [m.array(x, special=False), m.array(y, special=False)], {}


def two_vectors(m: Maker) -> Any:
    shape = m.shape(least=1, most=2)
    x, y = m.array(shape, special=False), m.array(shape[-1:], special=False)
    return [x, y], {}


def plain_vectors(m: Maker) -> Any:
    return [m.plain(least=1, most=1), m.plain(least=1, most=1)], {}


def contraction(m: Maker) -> Any:
    a, b, c, d = (int(m.rng.integers(1, 5)) for _ in range(4))
    axes, x, y = m.pick(
        (2, (a, b, c), (b, c, d)),
        (1, (a, b), (b, c, d)),
        (0, (a, b), (c,)),
        (([0, 2], [1, 0]), (a, b, c), (c, a, d)),
    )
    return [m.array(x, special=False), m.array(y, special=False)], {"axes": axes}


EINSUMS = (
    "ij,jk->ik",
    "bhqd,bhkd->bhqk",
    "bij,bjk",
    "ii->i",
    "ii",
    "ij->ji",
    "i,j->ij",
    "ij,ij->",
    "...i,...i->...",
    "tkc,kcd->td",
    "ijk->k",
    "ab,bc,cd->ad",
    "i,ij,j",
    "b i j , b j -> b i",
)


def einsum(m: Maker) -> Any:
    subscripts = m.pick(*EINSUMS)
    lengths = {letter: int(m.rng.integers(1, 6)) for letter in "abcdhijkqt"}
    operands = []
    for part in subscripts.replace(" ", "").split("->")[0].split(","):
        dots = (2, 3) if "..." in part else ()
        shape = (*dots, *(lengths[letter] for letter in part.replace("...", "")))
        operands.append(m.array(shape, special=False))
    return [subscripts, *operands], {}


def matrices(m: Maker) -> Any:
    return [m.array((*m.pick((), (2,)), *m.shape(2, 2)))], {"offset": m.pick(-1, 0, 1, 4)}


def norms(m: Maker) -> Any:
    args, kwargs = reduction(special=False, empty=False)(m)
    return args, {**kwargs, "ord": m.pick(1, 2, 3, 0, np.inf, -np.inf)}


def offsets(m: Maker) -> Any:
    return [m.array((*m.pick((), (2,)), *m.shape(2, 2)))], {"k": m.pick(-2, -1, 0, 1, 3)}


big = absolute(np.matmul)
group(
    "Products",
    Spec("matmul", BOOL + INTEGERS, factors),
    Spec("matmul", FLOATS + COMPLEX, factors, 16, "eps", magnitude=big),
    Spec("vecdot", FLOATS + COMPLEX, two_vectors, 16, "eps", magnitude=absolute(np.vecdot)),
    Spec("dot", FLOATS, factors, 16, "eps", magnitude=absolute(np.dot)),
    Spec("tensordot", FLOATS, contraction, 16, "eps", magnitude=absolute(np.tensordot)),
    Spec("tensordot", ("int32", "int64"), contraction),
    Spec("einsum", FLOATS, einsum, 16, "eps", magnitude=absolute(np.einsum)),
    Spec("einsum", ("int64",), einsum),
    Spec("linalg.outer", REAL, plain_vectors),
    Spec("linalg.diagonal", ALL, matrices),
    Spec("linalg.trace", INTEGERS, matrices),
    Spec("linalg.vector_norm", FLOATS, norms, 16),
    Spec("matrix_transpose", ALL, lambda m: ([m.array(least=2)], {})),
    Spec("tril", ALL, offsets),
    Spec("triu", ALL, offsets),
)


def searched(m: Maker) -> Any:
    x = m.array((int(m.rng.integers(0, 9)),), special=False)
    x = type(x)(np.sort(x.numpy), m.module.sort(x.rust))
    return [x, m.array(special=False)], {"side": m.pick("left", "right")}


group(
    "Sorting and searching",
    *each("sort", ALL, along()),
    Spec("argsort", ALL[:11], along(stable=True)),
    Spec("searchsorted", REAL, searched),
    Spec("nonzero", ALL, lambda m: ([m.array(least=1)], {})),
    Spec("unique", REAL, unary()),
    Spec("unique_counts", INTEGERS, unary(special=False)),
    Spec("unique_inverse", INTEGERS, unary(special=False)),
    Spec("unique_all", INTEGERS, unary(special=False)),
)


def reshaped(m: Maker) -> Any:
    x = m.array(least=1)
    size = x.numpy.size
    shape = m.pick((-1,), (size,), (1, -1), (-1, x.numpy.shape[-1] or 1), x.numpy.shape[::-1])
    return [x, shape], {}


def permuted(m: Maker) -> Any:
    x = m.array()
    return [x, tuple(int(a) for a in m.rng.permutation(x.numpy.ndim))], {}


def moved(m: Maker) -> Any:
    x = m.array(least=1)
    return [x, m.axis(x.numpy.shape), m.axis(x.numpy.shape)], {}


def expanded(m: Maker) -> Any:
    x = m.array()
    return [x], {"axis": int(m.rng.integers(-x.numpy.ndim - 1, x.numpy.ndim + 1))}


def widened(m: Maker) -> Any:
    x = m.array()
    ones = tuple(n if n != 1 else int(m.rng.integers(1, 4)) for n in x.numpy.shape)
    return [x, (*m.shape(0, 2), *ones)], {}


def joined(m: Maker) -> Any:
    shape = list(m.shape(least=1))
    axis = m.axis(tuple(shape))
    arrays = []
    for _ in range(m.rng.integers(1, 4)):
        shape[axis] = int(m.rng.integers(0, 4))
        arrays.append(m.array(tuple(shape)))
    return [arrays], {"axis": m.pick(axis, axis, None)}


def stacked(m: Maker) -> Any:
    shape = m.shape()
    arrays = [m.array(shape) for _ in range(m.rng.integers(1, 4))]
    return [arrays], {"axis": int(m.rng.integers(-len(shape) - 1, len(shape) + 1))}


def repeated(m: Maker) -> Any:
    x = m.array(least=1)
    axis = m.pick(None, m.axis(x.numpy.shape))
    count = x.numpy.size if axis is None else x.numpy.shape[axis]
    counts = m.pick(2, 0, [int(n) for n in m.rng.integers(0, 3, count)] or 1)
    return [x, counts], {"axis": axis}


def padded(m: Maker) -> Any:
    x = m.array()
    ndim = x.numpy.ndim
    pairs = [(int(a), int(b)) for a, b in m.rng.integers(0, 6, (ndim, 2))]
    widths = m.pick(2, (1, 2), pairs) if ndim else 2
    return [x, widths], {"mode": m.pick("constant", "edge", "reflect", "symmetric", "wrap")}


def rolled(m: Maker) -> Any:
    x = m.array(least=1)
    shift = int(m.rng.integers(-9, 9))
    both = ((shift, 1), (0, -1)) if x.numpy.ndim > 1 else (shift, 0)
    shift, axis = m.pick((shift, None), (shift, m.axis(x.numpy.shape)), both)
    return [x, shift], {"axis": axis}


def taken(m: Maker) -> Any:
    x = m.array(least=1, empty=False)
    axis = m.axis(x.numpy.shape)
    n = x.numpy.shape[axis]
    indices = m.rng.integers(-n, n, m.shape(0, 2))
    return [x, m.module_pair(indices)], {"axis": axis}


def taken_along(m: Maker) -> Any:
    x = m.array(least=1, empty=False)
    axis = m.axis(x.numpy.shape)
    shape = list(x.numpy.shape)
    n, shape[axis] = shape[axis], int(m.rng.integers(0, 4))
    return [x, m.module_pair(m.rng.integers(-n, n, shape))], {"axis": axis}


def grids(m: Maker) -> Any:
    vectors = [m.plain(least=1, most=1) for _ in range(m.rng.integers(1, 4))]
    return vectors, {"indexing": m.pick("xy", "ij")}


def flipped(m: Maker) -> Any:
    x = m.array(least=1)
    return [x], {"axis": m.pick(None, m.axis(x.numpy.shape))}


def tiled(m: Maker) -> Any:
    return [m.array(), m.pick(2, (0, 1), (2, 1), (2, 1, 3), ())], {}


def squeezed(m: Maker) -> Any:
    return [m.array((1, *m.shape(0, 2), 1))], {"axis": m.pick(None, 0, -1, (0, -1))}


group(
    "Shape",
    Spec("reshape", ALL, reshaped),
    Spec("permute_dims", ALL, permuted),
    Spec("moveaxis", ALL, moved),
    Spec("expand_dims", ALL, expanded),
    Spec("squeeze", ALL, squeezed),
    Spec("flip", ALL, flipped),
    Spec("broadcast_to", ALL, widened),
    Spec("broadcast_arrays", ALL, lambda m: ([m.array(), m.array((1,))], {})),
    Spec("concat", ALL, joined),
    Spec("stack", ALL, stacked),
    Spec("unstack", ALL, along()),
    Spec("repeat", ALL, repeated),
    Spec("tile", ALL, tiled),
    Spec("roll", ALL, rolled),
    Spec("pad", ALL, padded),
    Spec("take", ALL, taken),
    Spec("take_along_axis", ALL, taken_along),
    Spec("meshgrid", REAL, grids),
)


def transformed(inverse: bool = False) -> Any:
    def make(m: Maker) -> Any:
        n = m.pick(1, 2, 3, 4, 5, 8, 12, 31, 37, 64, 97, 120, 128, 202, 240)
        shape = (*m.pick((), (2,)), n + int(inverse and n == 1))
        kwargs = {"norm": m.pick("backward", "ortho", "forward"), "axis": m.axis(shape)}
        if m.rng.random() < 0.3:
            kwargs["n"] = m.pick(1, 2, 7, 16, 100)
        return [m.array(shape, special=False)], kwargs

    return make


def spectrum_size(x: Any, n: Any = None, axis: int = -1, norm: str = "backward") -> Any:
    return np.sum(np.abs(x)) + 1e-30


def counted(m: Maker) -> Any:
    return [m.pick(1, 2, 3, 8, 11, 100)], {"d": m.pick(1.0, 0.1, 1 / 24000)}


group(
    "Fourier transforms (`fft`)",
    *[
        Spec(f"fft.{name}", dtypes, transformed(name == "irfft"), 8, "eps", magnitude=spectrum_size)
        for name, dtypes in [
            ("fft", FLOATS + COMPLEX),
            ("ifft", FLOATS + COMPLEX),
            ("rfft", FLOATS),
            ("irfft", COMPLEX),
        ]
    ],
    Spec("fft.fftfreq", ("float64",), counted),
    Spec("fft.rfftfreq", ("float64",), counted),
    Spec("fft.fftshift", ALL, lambda m: ([m.array(least=1)], {})),
    Spec("fft.ifftshift", ALL, lambda m: ([m.array(least=1)], {})),
)


def sized(*options: str) -> Any:
    return lambda m: ([m.shape()], {"dtype": np.dtype(m.dtype)})


def like(m: Maker) -> Any:
    return [m.array()], {"dtype": m.pick(None, np.dtype("int32"))}


def filled(m: Maker) -> Any:
    return [m.shape(), m.pick(0, 1, 7)], {"dtype": np.dtype(m.dtype)}


def spaced(m: Maker) -> Any:
    start: float
    start, step = int(m.rng.integers(-9, 9)), m.pick(1, 2, 3, -1, -2)
    if m.dtype in FLOATS:
        start, step = start + 0.5, m.pick(0.1, 0.25, -1.5, 3)
    stop = start + step * float(m.rng.integers(-2, 30)) / m.pick(1, 3)
    stop = stop if m.dtype in FLOATS else int(stop)
    return [start, stop, step], {"dtype": np.dtype(m.dtype)}


def spread(m: Maker) -> Any:
    start, stop = (m.pick(-3.0, 0.0, 0.1, 7.0, 1e6) for _ in range(2))
    kwargs = {"dtype": np.dtype(m.dtype), "endpoint": bool(m.rng.integers(2))}
    return [start, stop, m.pick(0, 1, 2, 7, 50)], kwargs


def eyes(m: Maker) -> Any:
    return [m.pick(0, 1, 3), m.pick(None, 2, 5)], {
        "k": m.pick(-1, 0, 2),
        "dtype": np.dtype(m.dtype),
    }


group(
    "Creation",
    Spec("zeros", ALL, sized()),
    Spec("ones", ALL, sized()),
    Spec("full", REAL, filled),
    Spec("zeros_like", ALL, like),
    Spec("ones_like", ALL, like),
    Spec("full_like", REAL, lambda m: ([m.array(), 3], {})),
    Spec("arange", ("int32", "int64", "uint8", *FLOATS), spaced),
    Spec("linspace", (*FLOATS, "int64"), spread),
    Spec("eye", ALL, eyes),
)

SPECS.extend(MORE)

#: exported, but checked by tests of their own
ELSEWHERE = [
    "empty",
    "empty_like",
    "asarray",
    "copy",
    "astype",
    "result_type",
    "can_cast",
    "isdtype",
    "finfo",
    "iinfo",
    "allclose",
    "array_equal",
    "transpose",
    "swapaxes",
    "broadcast_shapes",
    "unique_values",
    "load",
    "save",
    "savez",
    "matmul",
    "random.default_rng",
    "random.Generator",
    *MORE_ELSEWHERE,
]
__all__ = ["ELSEWHERE", "SIGNED", "SPECS"]
