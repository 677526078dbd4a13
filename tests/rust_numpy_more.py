"""The promises of what NumPy's users type beyond the array API standard."""

from typing import Any

import numpy as np

from tests.rust_numpy_specs import ALL, BOOL, COMPLEX, FLOATS, INTEGERS, REAL, Maker, Spec

MORE: list[Spec] = []
NUMBERS = ("int32", "int64", *FLOATS)


def group(title: str, *specs: Spec) -> None:
    MORE.extend(Spec(**{**vars(spec), "group": title}) for spec in specs)


def each(names: str, dtypes: tuple[str, ...], make: Any, *more: Any, **options: Any) -> list[Spec]:
    return [Spec(name, dtypes, make, *more, **options) for name in names.split()]


def one(least: int = 0, most: int = 3, special: bool = True, **kwargs: Any) -> Any:
    return lambda m: ([m.array(least=least, most=most, special=special)], dict(kwargs))


def full(least: int = 1, special: bool = False, **kwargs: Any) -> Any:
    """An array with elements."""
    return lambda m: ([m.array(least=least, empty=False, special=special)], dict(kwargs))


def two(special: bool = True) -> Any:
    def make(m: Maker) -> Any:
        shape = m.shape()
        return [m.array(shape, special=special), m.array(shape, special=special)], {}

    return make


def vectors(m: Maker, low: int = 1) -> Any:
    return [m.array((int(m.rng.integers(low, 12)),), special=False) for _ in range(2)], {}


def reduced(m: Maker) -> Any:
    x = m.array(least=1, empty=False)
    return [x], {"axis": m.pick(None, m.axis(x.numpy.shape)), "keepdims": bool(m.rng.integers(2))}


def along(m: Maker) -> Any:
    x = m.array(least=1, empty=False)
    return [x], {"axis": m.pick(None, m.axis(x.numpy.shape))}


def numbers(*values: Any) -> Any:
    return lambda m: (list(m.pick(*values)), {})


def total(*args: Any, **kwargs: Any) -> Any:
    """The sum of all absolute values, at least one: a scale for errors of sums."""
    arrays = [a for a in args if hasattr(a, "dtype")]
    sizes = [np.sum(np.abs(np.nan_to_num(a, posinf=0, neginf=0))) for a in arrays]
    return 1.0 + float(np.prod([1.0 + s for s in sizes]))


complex_pairs = one(special=False)
group(
    "Complex numbers element by element",
    *each(
        "exp expm1 log log1p log2 log10 sqrt",
        COMPLEX,
        complex_pairs,
        64,
        "eps",
        magnitude=lambda x: 1 + np.abs(np.exp(np.abs(x))),
    ),
    *each(
        "sin cos tan sinh cosh tanh",
        COMPLEX,
        complex_pairs,
        64,
        "eps",
        magnitude=lambda x: 1 + np.exp(np.abs(x)),
    ),
    *each(
        "asin acos atan asinh acosh atanh",
        COMPLEX,
        complex_pairs,
        64,
        "eps",
        magnitude=lambda x: 4 + np.abs(x),
    ),
    *each("abs square reciprocal sign", COMPLEX, complex_pairs, 8),
    *each("negative positive round", COMPLEX, complex_pairs),
)


def exponents(m: Maker) -> Any:
    return [m.array(special=False), m.pick(-2, -1, 0, 1, 2, 3)], {}


group(
    "More functions element by element",
    *each("angle", FLOATS + COMPLEX, one(), 4),
    *each("around rint fix", FLOATS, one()),
    Spec("round", FLOATS, lambda m: ([m.plain()], {"decimals": m.pick(0, 1, 2, -1)}), 2),
    *each("deg2rad radians rad2deg degrees", FLOATS, one(), 2),
    *each("fabs isposinf isneginf", FLOATS, one()),
    *each("fmod", INTEGERS + FLOATS, two(), 0),
    *each("fmax fmin heaviside", FLOATS, two()),
    *each("gcd lcm", ("int32", "int64", "uint16"), two(special=False)),
    *each("divmod", NUMBERS, two()),
    *each("modf", FLOATS, one()),
    Spec("frexp", FLOATS, one()),
    Spec("ldexp", FLOATS, lambda m: ([m.array(), m.pick(-30, -1, 0, 4, 60)], {})),
    *each("spacing sinc", FLOATS, one(special=False), 8, "eps", magnitude=lambda x: 1 + np.abs(x)),
    *each("float_power", NUMBERS, exponents, 4),
    Spec("logaddexp2", FLOATS, two(), 8, "eps", magnitude=lambda x, y: 1 + np.abs(x) + np.abs(y)),
    *each("isclose", NUMBERS, two()),
    *each("iscomplex isreal", REAL + COMPLEX, one()),
    *each("nan_to_num", REAL, one()),
    *each("i0", ("float64",), one(special=False), 16),
    *each("true_divide mod arctan2", FLOATS, two(), 4),
    *each("bitwise_not", INTEGERS, one()),
)


def q(m: Maker, scale: float) -> Any:
    value = m.pick(0.0, 0.25, 0.5, 1.0, [0.1, 0.9])
    return [v * scale for v in value] if isinstance(value, list) else value * scale


METHODS = [
    "linear",
    "lower",
    "higher",
    "nearest",
    "midpoint",
    "hazen",
    "weibull",
    "median_unbiased",
    "normal_unbiased",
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
]


def ranked(scale: float) -> Any:
    def make(m: Maker) -> Any:
        (x,), kwargs = reduced(m)
        x = m.array(x.numpy.shape, special=False) if m.rng.integers(2) else x
        return [x, q(m, scale)], {**kwargs, "method": str(m.rng.choice(METHODS))}

    return make


def finite_ranked(scale: float) -> Any:
    def make(m: Maker) -> Any:
        x = m.array(least=1, empty=False, special=False)
        kwargs = {"axis": m.pick(None, m.axis(x.numpy.shape)), "keepdims": bool(m.rng.integers(2))}
        return [x, q(m, scale)], {**kwargs, "method": str(m.rng.choice(METHODS))}

    return make


def holes(m: Maker) -> Any:
    x = m.array(least=1, empty=False, special=False)
    values = np.where(m.rng.random(x.numpy.shape) < 0.2, np.nan, x.numpy).astype(m.dtype)
    return [m.module_pair(values)], {"axis": m.pick(None, m.axis(values.shape))}


def holes_ranked(scale: float) -> Any:
    def make(m: Maker) -> Any:
        args, kwargs = holes(m)
        # of float32 and several quantiles NumPy's dtype depends on where the first NaN is
        quantiles = m.pick(0.0, 0.5, 1.0) * scale if m.dtype == "float32" else q(m, scale)
        return [*args, quantiles], kwargs

    return make


def weighed(m: Maker) -> Any:
    x = m.array(least=1, empty=False, special=False)
    weights = m.module_pair(m.rng.random(x.numpy.shape) + 0.1)
    return [x], {"axis": m.pick(None, m.axis(x.numpy.shape)), "weights": m.pick(None, weights)}


def observations(m: Maker) -> Any:
    return [m.array((int(m.rng.integers(1, 4)), int(m.rng.integers(3, 9))), special=False)], {}


def binned(m: Maker) -> Any:
    x = m.array((int(m.rng.integers(1, 40)),), special=False)
    options: Any = {"bins": m.pick(1, 3, 10, [-5, 0, 1, 7])}
    if m.rng.integers(2):
        options["range"] = (-2.0, 3.0)
    return [x], options


def counted(m: Maker) -> Any:
    x = m.module_pair(m.rng.integers(0, 9, int(m.rng.integers(0, 20))))
    weights = m.module_pair(m.rng.random(x.numpy.shape))
    return [x], {"weights": m.pick(None, weights), "minlength": m.pick(0, 12)}


def points(m: Maker) -> Any:
    n = int(m.rng.integers(2, 30))
    return [m.array((n,), special=False), m.array((n,), special=False)], {"bins": m.pick(3, 5)}


group(
    "More statistics",
    *each("ptp amax amin", REAL, reduced),
    *each("cumsum cumprod", REAL, along),
    *each("median", BOOL + REAL, reduced, 2),
    *each("quantile", NUMBERS, finite_ranked(1), 64, "eps", magnitude=total),
    *each("percentile", NUMBERS, finite_ranked(100), 64, "eps", magnitude=total),
    *each("nanquantile", FLOATS, holes_ranked(1), 64, "eps", magnitude=total),
    *each("nanpercentile", FLOATS, holes_ranked(100), 64, "eps", magnitude=total),
    *each("nanmean nanvar nanstd nansum nanprod", FLOATS, holes, 64, "eps", magnitude=total),
    *each("nanmax nanmin nanmedian", FLOATS, holes, 2),
    *each("nancumsum nancumprod", FLOATS, holes, 4),
    *each("nanargmax nanargmin", FLOATS, holes),
    *each("average", NUMBERS, weighed, 64, "eps", magnitude=total),
    *each("cov corrcoef", FLOATS, observations, 256, "eps", magnitude=total),
    *each("bincount", ("int64",), counted, 4),
    *each("histogram", FLOATS, binned, 16, "eps", magnitude=total),
    *each("histogram_bin_edges", FLOATS, binned, 16, "eps", magnitude=total),
    *each("histogram2d", FLOATS, points, 16, "eps", magnitude=total),
    Spec(
        "histogramdd",
        FLOATS,
        lambda m: ([m.array((9, 2), special=False)], {"bins": 3}),
        16,
        "eps",
        magnitude=total,
    ),
    Spec(
        "digitize",
        FLOATS,
        lambda m: ([m.plain(), [-1.0, 0.0, 0.5, 2.0]], {"right": bool(m.rng.integers(2))}),
    ),
)


def sets(m: Maker) -> Any:
    a, b = (m.rng.integers(-4, 9, int(m.rng.integers(0, 12))).astype(m.dtype) for _ in range(2))
    return [m.module_pair(a), m.module_pair(b)], {}


def keyed(m: Maker) -> Any:
    n = int(m.rng.integers(1, 12))
    return [[m.module_pair(m.rng.integers(0, 3, n)) for _ in range(3)]], {}


def uniques(m: Maker) -> Any:
    x = m.module_pair(m.rng.integers(0, 3, m.shape(1, 2)).astype(m.dtype))
    options = {k: bool(m.rng.integers(2)) for k in ("return_index", "return_counts")}
    return [x], {**options, "axis": m.pick(None, 0, -1)}


group(
    "More on order and sets",
    *each("isin union1d intersect1d setdiff1d setxor1d", ("int32", "int64", "float64"), sets),
    *each("lexsort", ("int64",), keyed),
    *each("unique", ("int32", "float64"), uniques),
    *each("flatnonzero argwhere", ALL, one(least=1)),
    *each("sort_complex", REAL + COMPLEX, one(least=1, special=False)),
    Spec(
        "extract",
        ALL,
        lambda m: (lambda x: ([m.array(x.numpy.shape, dtype="bool"), x], {}))(m.array(least=1)),
    ),
    *each("allclose array_equal array_equiv", NUMBERS, two()),
    Spec("partition", NUMBERS, lambda m: ([m.array((1,), special=False), 0], {})),
    Spec("argpartition", NUMBERS, lambda m: ([m.array((1,), special=False), 0], {})),
)


def joined(least: int) -> Any:
    def make(m: Maker) -> Any:
        shape = m.shape(least=least, most=3)
        return [[m.array(shape), m.array(shape)]], {}

    return make


def parts(least: int, equal: bool) -> Any:
    def make(m: Maker) -> Any:
        shape = tuple(int(n) for n in m.rng.choice([2, 4, 6], int(m.rng.integers(least, 4))))
        return [m.array(shape), m.pick(2, [1]) if equal else m.pick(1, 3, [1, 2])], {}

    return make


def removed(m: Maker) -> Any:
    x = m.array(least=1, empty=False)
    axis = m.pick(None, m.axis(x.numpy.shape))
    n = x.numpy.size if axis is None else x.numpy.shape[axis]
    places = m.pick(0, n - 1, -1, [0, n - 1], slice(0, n, 2))
    return [x, places], {"axis": axis}


def inserted(m: Maker) -> Any:
    x = m.array(least=1, empty=False, special=False)
    axis = m.pick(None, m.axis(x.numpy.shape))
    n = x.numpy.size if axis is None else x.numpy.shape[axis]
    return [x, m.pick(0, n, -1, [0, n], [0, 0, n]), m.pick(1, 7)], {"axis": axis}


group(
    "More on shape",
    *each("atleast_1d atleast_2d atleast_3d ravel", ALL, one()),
    *each("vstack hstack dstack", ALL, joined(1)),
    *each("column_stack", ALL, lambda m: joined(1)(m)),
    *each("append", ALL, lambda m: ([m.array(), m.array()], {})),
    *each("split", ALL, parts(1, True)),
    *each("array_split", ALL, parts(1, False)),
    *each("vsplit hsplit", ALL, parts(2, True)),
    *each("dsplit", ALL, parts(3, True)),
    *each("flipud", ALL, one(least=1)),
    *each("fliplr", ALL, one(least=2)),
    Spec("rot90", ALL, lambda m: ([m.array(least=2)], {"k": m.pick(-1, 0, 1, 2, 3)})),
    Spec(
        "rollaxis",
        ALL,
        lambda m: (lambda x: ([x, m.axis(x.numpy.shape)], {"start": m.axis(x.numpy.shape)}))(
            m.array(least=1)
        ),
    ),
    Spec("resize", ALL, lambda m: ([m.array(), m.pick(3, (2, 3), (5,), (0,))], {})),
    *each("delete", ALL, removed),
    *each("insert", REAL, inserted),
    Spec(
        "trim_zeros",
        INTEGERS,
        lambda m: (
            [m.module_pair(m.rng.integers(0, 2, 6).astype(m.dtype))],
            {"trim": m.pick("fb", "f", "b")},
        ),
    ),
    Spec("block", ALL, lambda m: ([[[m.array((2, 3)), m.array((2, 1))], [m.array((1, 4))]]], {})),
    *each("shape ndim size", ALL, one()),
)


def squares(m: Maker) -> Any:
    return [m.array((*m.pick((), (2,)), *m.shape(2, 2)))], {}


def grid_places(m: Maker) -> Any:
    shape = m.pick((3,), (2, 5), (3, 4, 2))
    return [m.module_pair(m.rng.integers(0, int(np.prod(shape)), m.shape())), shape], {
        "order": m.pick("C", "F")
    }


def chosen(m: Maker) -> Any:
    shape = m.shape()
    options = [m.array(shape) for _ in range(3)]
    index = m.module_pair(m.rng.integers(-1, 4, shape))
    return [index, options], {"mode": m.pick("clip", "wrap")}


def selected(m: Maker) -> Any:
    shape = m.shape()
    masks = [m.array(shape, dtype="bool") for _ in range(2)]
    return [masks, [m.array(shape) for _ in range(2)]], {"default": 0}


def compressed(m: Maker) -> Any:
    x = m.array(least=1, empty=False)
    axis = m.axis(x.numpy.shape)
    return [m.array((x.numpy.shape[axis],), dtype="bool"), x], {"axis": axis}


group(
    "More on indices",
    *each(
        "diagonal trace",
        ("int64", "float64"),
        lambda m: ([m.array((3, 4), special=False)], {"offset": m.pick(-1, 0, 2)}),
    ),
    *each("diag", ALL, lambda m: ([m.array(m.pick((4,), (3, 5)))], {"k": m.pick(-2, 0, 1)})),
    *each("diagflat", ALL, lambda m: ([m.array()], {"k": m.pick(-1, 0, 1)})),
    *each("ix_", ("int64",), lambda m: ([[0, 2], [1, 1, 0], [True, False]], {})),
    *each("unravel_index", ("int64",), grid_places),
    Spec(
        "ravel_multi_index",
        ("int64",),
        lambda m: (
            [
                (m.module_pair(m.rng.integers(-2, 6, 4)), m.module_pair(m.rng.integers(-2, 6, 4))),
                (3, 4),
            ],
            {"mode": m.pick("clip", "wrap"), "order": m.pick("C", "F")},
        ),
    ),
    *each("diag_indices", ("int64",), numbers((3,), (2, 3))),
    *each("tril_indices triu_indices", ("int64",), numbers((3,), (4, 1), (4, -1, 6))),
    *each("choose", REAL, chosen),
    *each("select", REAL, selected),
    *each("compress", ALL, compressed),
    *each("outer", NUMBERS, lambda m: vectors(m)),
    Spec("diag_indices_from", ALL, lambda m: ([m.array((3, 3))], {})),
    *each(
        "tril_indices_from triu_indices_from",
        ALL,
        lambda m: ([m.array((3, 4))], {"k": m.pick(-1, 0, 1)}),
    ),
)


def curve(m: Maker) -> Any:
    xp = np.sort(m.rng.standard_normal(int(m.rng.integers(1, 9))))
    fp = m.rng.standard_normal(xp.shape)
    x = m.module_pair(m.rng.standard_normal(m.shape()) * 2)
    return [x, m.module_pair(xp), m.module_pair(fp)], {"left": m.pick(None, -7.0)}


def mode(m: Maker) -> Any:
    args, _ = vectors(m)
    return args, {"mode": m.pick("full", "same", "valid")}


def slopes(m: Maker) -> Any:
    shape = tuple(int(n) for n in m.rng.integers(3, 7, int(m.rng.integers(1, 3))))
    return [m.array(shape, special=False), m.pick(1.0, 0.5)], {"edge_order": m.pick(1, 2)}


def fitted(m: Maker) -> Any:
    x = m.module_pair(np.linspace(-1, 1, 12))
    return [x, m.module_pair(m.rng.standard_normal(12)), m.pick(0, 1, 3)], {}


def sixty_four(m: Maker) -> Any:
    return [m.array(m.shape(1, 2, empty=False), special=False)], {}


close = {"unit": "eps", "magnitude": total}
group(
    "Signals, sums of products and polynomials",
    *each("convolve correlate", NUMBERS, mode, 16, **close),
    *each(
        "interp",
        ("float64",),
        curve,
        64,
        "eps",
        magnitude=lambda x, xp, fp, **k: 10 + 1e3 * np.sum(np.abs(fp)),
    ),
    *each("gradient", FLOATS, slopes, 16, **close),
    *each("trapezoid", FLOATS, sixty_four, 16, **close),
    *each("ediff1d", NUMBERS, one(least=1, special=False)),
    *each("unwrap", FLOATS, full(), 64, **close),
    *each(
        "vdot",
        FLOATS + COMPLEX,
        lambda m: (lambda s: ([m.array(s, special=False), m.array(s, special=False)], {}))(
            m.shape(1, 2)
        ),
        16,
        **close,
    ),
    *each(
        "inner",
        FLOATS,
        lambda m: (lambda s: ([m.array(s, special=False), m.array(s[-1:], special=False)], {}))(
            m.shape(1, 2)
        ),
        16,
        **close,
    ),
    *each(
        "kron",
        NUMBERS,
        lambda m: (
            [m.plain(least=1, most=2, empty=False), m.plain(least=1, most=2, empty=False)],
            {},
        ),
    ),
    *each(
        "polyval",
        FLOATS,
        lambda m: ([m.array((4,), special=False), m.plain()], {}),
        64,
        "eps",
        magnitude=lambda p, x: np.sum(np.abs(p)) * (1 + np.abs(x)) ** 4,
    ),
    *each("polyadd polysub", NUMBERS, lambda m: vectors(m)),
    *each("polymul", NUMBERS, lambda m: vectors(m), 16, **close),
    *each(
        "polyder polyint",
        FLOATS,
        lambda m: ([m.array((5,), special=False)], {"m": m.pick(0, 1, 2)}),
        4,
    ),
    *each("polyfit", ("float64",), fitted, 256, **close),
    *each(
        "poly",
        ("float64",),
        lambda m: ([m.array((4,), special=False)], {}),
        64,
        "eps",
        magnitude=lambda z: np.prod(1 + np.abs(z)),
    ),
)

group(
    "Windows",
    *each(
        "hanning hamming blackman bartlett",
        ("float64",),
        numbers((0,), (1,), (2,), (7,), (64,)),
        16,
        "eps",
        magnitude=lambda n: 1.0,
    ),
    *each(
        "kaiser",
        ("float64",),
        numbers((1, 5.0), (9, 0.0), (32, 8.6), (32, 40.0)),
        64,
        "eps",
        magnitude=lambda n, beta: 1.0,
    ),
)


def ranges(m: Maker) -> Any:
    return [m.pick(0.5, 2.0), m.pick(4.0, 9.0), m.pick(0, 1, 5)], {
        "endpoint": bool(m.rng.integers(2))
    }


group(
    "More creation",
    *each("identity", ("float64",), numbers((0,), (3,))),
    *each("tri", ("float64",), numbers((3,), (3, 4), (3, 4, -1))),
    *each(
        "vander",
        NUMBERS,
        lambda m: (
            [m.array((4,), special=False)],
            {"N": m.pick(None, 3), "increasing": bool(m.rng.integers(2))},
        ),
        4,
    ),
    *each("logspace geomspace", ("float64",), ranges, 32),
    *each("indices", ("float64",), numbers(((2, 3),), ((4,),))),
    *each("array asanyarray ascontiguousarray", ALL, one()),
)


def dense(m: Maker) -> Any:
    """Square matrices far from singular ones."""
    n = int(m.rng.integers(1, 6))
    shape = (*m.pick((), (2,)), n, n)
    values = m.values(shape, m.dtype, False) + 9 * np.eye(n)
    return [m.module_pair(values.astype(m.dtype))], {}


def definite(m: Maker) -> Any:
    ((pair,), _) = dense(m)
    a = pair.numpy
    gram = a @ np.conj(np.swapaxes(a, -1, -2))
    return [m.module_pair(gram.astype(m.dtype))], {}


def system(m: Maker) -> Any:
    ((pair,), _) = dense(m)
    n = pair.numpy.shape[-1]
    return [pair, m.array((n, 2), special=False)], {}


def any_matrix(m: Maker) -> Any:
    shape = (*m.pick((), (2,)), *(int(n) for n in m.rng.integers(1, 6, 2)))
    return [m.module_pair(m.values(shape, m.dtype, False))], {}


def size_of(x: Any, *_: Any, **__: Any) -> Any:
    return 1.0 + float(np.max(np.abs(x))) * x.shape[-1] ** 2


def powers(m: Maker) -> Any:
    args, _ = dense(m)
    return [*args, m.pick(0, 1, 3, -1)], {}


def normed(m: Maker) -> Any:
    args, _ = any_matrix(m)
    return args, {"ord": m.pick("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)}


def threes(m: Maker) -> Any:
    shape = (*m.shape(0, 2), 3)
    return [m.array(shape, special=False), m.array(shape, special=False)], {}


def chain(m: Maker) -> Any:
    a, b, c, d = (int(n) for n in m.rng.integers(1, 6, 4))
    return [[m.array(s, special=False) for s in ((a, b), (b, c), (c, d))]], {}


def chain_size(arrays: Any, **_: Any) -> Any:
    return np.linalg.multi_dot([np.abs(a) for a in arrays]) + 1


lin = {"unit": "eps", "magnitude": size_of}
BOTH = FLOATS + COMPLEX
group(
    "Matrices taken apart (`linalg`)",
    *each("linalg.inv", BOTH, dense, 64, **lin),
    *each("linalg.det", BOTH, dense, 64, "eps", magnitude=lambda x: 1 + np.abs(np.linalg.det(x))),
    *each("linalg.slogdet", BOTH, dense, 64, **lin),
    *each("linalg.solve", BOTH, system, 64, **lin),
    *each("linalg.cholesky", BOTH, definite, 64, **lin),
    *each("linalg.qr", BOTH, any_matrix, 256, **lin),
    *each("linalg.svdvals", BOTH, any_matrix, 64, **lin),
    *each("linalg.eigvalsh", BOTH, definite, 64, **lin),
    *each("linalg.pinv", BOTH, dense, 64, **lin),
    *each("linalg.matrix_rank", BOTH, dense),
    *each(
        "linalg.matrix_power",
        BOTH,
        powers,
        64,
        "eps",
        magnitude=lambda x, n: 1e3 + 100 * np.max(np.abs(x)) ** 3,
    ),
    *each("linalg.matrix_norm", BOTH, normed, 64, **lin),
    *each("linalg.norm", BOTH, any_matrix, 64, **lin),
    *each("linalg.cond", BOTH, dense, 256, **lin),
    *each(
        "linalg.cross",
        NUMBERS,
        threes,
        16,
        "eps",
        magnitude=lambda x, y: 200 + np.abs(np.linalg.cross(x, y)),
    ),
    *each("linalg.multi_dot", FLOATS, chain, 64, "eps", magnitude=chain_size),
    *each("linalg.matrix_transpose", ALL, one(least=2)),
)


def several(m: Maker) -> Any:
    shape = tuple(int(n) for n in m.rng.integers(1, 7, int(m.rng.integers(2, 4))))
    return [m.array(shape, special=False)], {"norm": m.pick("backward", "ortho", "forward")}


def spectrum(m: Maker) -> Any:
    shape = tuple(int(n) for n in m.rng.integers(2, 7, 2))
    return [m.array(shape, special=False)], {"norm": m.pick("backward", "ortho", "forward")}


wave = {"unit": "eps", "magnitude": lambda x, **_: 1.0 + 30 * float(np.sum(np.abs(x)))}
group(
    "Fourier transforms along several axes (`fft`)",
    *each("fft.fftn fft.ifftn fft.fft2 fft.ifft2", BOTH, several, 8, **wave),
    *each("fft.rfftn fft.rfft2 fft.ihfft", FLOATS, several, 8, **wave),
    *each("fft.irfftn fft.irfft2 fft.hfft", COMPLEX, spectrum, 8, **wave),
)

#: exported by the Python half, but checked by tests of their own
MORE_ELSEWHERE = [
    "apply_along_axis",
    "apply_over_axes",
    "array2string",
    "array_repr",
    "array_str",
    "copyto",
    "cross",
    "fill_diagonal",
    "from_dlpack",
    "frombuffer",
    "fromfile",
    "fromfunction",
    "fromiter",
    "fromstring",
    "genfromtxt",
    "get_printoptions",
    "in1d",
    "loadtxt",
    "mask_indices",
    "piecewise",
    "place",
    "polydiv",
    "printoptions",
    "put",
    "put_along_axis",
    "putmask",
    "real_if_close",
    "roots",
    "row_stack",
    "savetxt",
    "savez_compressed",
    "set_printoptions",
    "linalg.eig",
    "linalg.eigh",
    "linalg.eigvals",
    "linalg.lstsq",
    "linalg.svd",
    "matrix_transpose",
]
