"""What `rust_numpy` promises beside NumPy: for each function its dtypes, arguments and closeness.

`test_rust_numpy_parity.py` checks every line, `scripts/rust_numpy_table.py` prints them. A bound
is 0 for the same bits, "n ulp" for units in the last place of the larger result, or "n eps" for
sums in another order, whose error is counted in units of the sum of the absolute values.
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

BOOL = ("bool",)
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
INTEGERS = SIGNED + UNSIGNED
FLOATS = ("float32", "float64")
COMPLEX = ("complex64", "complex128")
REAL = INTEGERS + FLOATS
ALL = BOOL + REAL + COMPLEX

LAYOUTS = ("contiguous", "reversed", "stepped", "transposed", "broadcast")
Rng = np.random.Generator


@dataclass(frozen=True)
class Spec:
    """One function: `make(rng, dtype, xp_array)` gives its arguments."""

    name: str
    dtypes: tuple[str, ...]
    make: Callable[["Maker"], tuple[list[Any], dict[str, Any]]]
    bound: int = 0
    unit: str = "ulp"
    numpy_name: str = ""
    #: what the numpy function is called with, where that differs
    numpy_kwargs: tuple[tuple[str, str], ...] = ()
    magnitude: Callable[..., Any] | None = None
    group: str = ""

    @property
    def promise(self) -> str:
        return "equal" if self.bound == 0 else f"{self.bound} {self.unit}"


class Maker:
    """Draws the arguments of one call: pairs of the same array in NumPy and in `rust_numpy`."""

    def __init__(self, rng: Rng, dtype: str, module: Any) -> None:
        self.rng, self.dtype, self.module = rng, dtype, module

    def pick(self, *choices: Any) -> Any:
        return choices[self.rng.integers(len(choices))]

    def shape(self, least: int = 0, most: int = 3, empty: bool = True) -> tuple[int, ...]:
        lengths = (0, 1, 2, 3, 5, 8) if empty and self.rng.random() < 0.2 else (1, 2, 3, 5, 8)
        return tuple(
            int(self.rng.choice(lengths)) for _ in range(self.rng.integers(least, most + 1))
        )

    def axis(self, shape: tuple[int, ...]) -> int:
        return int(self.rng.integers(-len(shape), len(shape)))

    def array(
        self, shape: Any = None, dtype: str = "", special: bool = True, **limits: int
    ) -> "Pair":
        shape = self.shape(**limits) if shape is None else shape
        layout = self.pick(*LAYOUTS) if self.rng.random() < 0.6 else "contiguous"
        return Pair.build(self, tuple(shape), dtype or self.dtype, layout, special)

    def plain(self, **limits: int) -> "Pair":
        return self.array(special=False, **limits)

    def module_pair(self, array: np.ndarray) -> "Pair":
        return Pair(array, self.module.asarray(array))

    def values(self, shape: tuple[int, ...], dtype: str, special: bool) -> np.ndarray:
        kind, rng = np.dtype(dtype).kind, self.rng
        if kind == "b":
            return rng.integers(0, 2, shape).astype(bool)
        if kind in "iu":
            info = np.iinfo(dtype)
            low, high = (info.min, info.max) if special and rng.random() < 0.3 else (-9, 9)
            return rng.integers(max(low, info.min), high, shape, dtype=dtype, endpoint=True)
        if kind == "c":
            part = "float32" if dtype == "complex64" else "float64"
            real, imag = self.values(shape, part, False), self.values(shape, part, False)
            return (real + 1j * imag).astype(dtype)
        x = rng.standard_normal(shape) * self.pick(1e-3, 1.0, 1.0, 30.0)
        if special and rng.random() < 0.4:
            odd = [0.0, -0.0, np.nan, np.inf, -np.inf, 1.0, -1.0, 1e-40, 3e38, 0.5, 2.5, -1.5]
            x = np.where(rng.random(shape) < 0.3, rng.choice(odd, shape), x)
        return np.asarray(x, dtype=dtype)


@dataclass(frozen=True)
class Pair:
    """The same array twice, with the same strides."""

    numpy: Any
    rust: Any

    @staticmethod
    def build(
        maker: Maker, shape: tuple[int, ...], dtype: str, layout: str, special: bool
    ) -> "Pair":
        stored, index, order = list(shape), [slice(None)] * len(shape), None
        if layout == "reversed" and shape:
            index[maker.axis(shape)] = slice(None, None, -1)
        elif layout == "stepped" and shape:
            axis = maker.axis(shape)
            stored[axis] = 2 * stored[axis] + 1
            index[axis] = slice(1, None, 2)
        elif layout == "transposed":
            stored, order = stored[::-1], tuple(range(len(shape)))[::-1]
        elif layout == "broadcast" and shape and shape[0] > 0:
            stored[0] = 1
        base = maker.values(tuple(stored), dtype, special)

        def view(array: Any, xp: Any) -> Any:
            if order is not None:
                return xp.permute_dims(array, order)
            if layout == "broadcast" and stored:
                return xp.broadcast_to(array, shape)
            return array[tuple(index)]

        return Pair(np.asarray(view(base, np)), view(maker.module.asarray(base), maker.module))


def split(argument: Any, side: str) -> Any:
    """An argument for one of the two libraries, its pairs taken apart."""
    if isinstance(argument, Pair):
        return getattr(argument, side)
    if isinstance(argument, list | tuple):
        return type(argument)(split(item, side) for item in argument)
    return argument


def unary(special: bool = True) -> Callable[[Maker], Any]:
    return lambda m: ([m.array(special=special)], {})


def binary(special: bool = True, mixed: bool = True) -> Callable[[Maker], Any]:
    """Two arrays that broadcast, sometimes of two dtypes, or an array and a Python number."""

    def make(m: Maker) -> Any:
        x = m.array(special=special)
        if m.rng.random() < 0.2:
            return [x, m.pick(2, 3) if np.dtype(m.dtype).kind != "b" else True], {}
        shape = list(x.numpy.shape)
        for axis in range(len(shape)):
            if shape[axis] != 0 and m.rng.random() < 0.3:
                shape[axis] = 1
        shape = shape[m.rng.integers(len(shape) + 1) :] if m.rng.random() < 0.3 else shape
        kind = np.dtype(m.dtype).kind
        same = {"b": BOOL, "i": INTEGERS, "u": INTEGERS, "f": FLOATS, "c": COMPLEX}[kind]
        dtype = m.pick(*same) if mixed and m.rng.random() < 0.3 else m.dtype
        return [x, m.array(tuple(shape), dtype=dtype, special=special)], {}

    return make


def reduction(special: bool = True, empty: bool = True, **options: Any) -> Callable[[Maker], Any]:
    def make(m: Maker) -> Any:
        shape = m.shape(least=0, most=3, empty=empty)
        if m.rng.random() < 0.2:
            shape = (int(m.rng.integers(100, 700)), *shape[:1])
        axes: Any = None
        if shape and m.rng.random() < 0.7:
            count = int(m.rng.integers(1, len(shape) + 1))
            axes = tuple(int(a) for a in m.rng.permutation(len(shape))[:count])
            axes = axes[0] if len(axes) == 1 else axes
        keep = bool(m.rng.integers(2))
        return [m.array(shape, special=special)], {"axis": axes, "keepdims": keep, **options}

    return make


def along(special: bool = True, empty: bool = True, **options: Any) -> Callable[[Maker], Any]:
    """An array and one of its axes."""

    def make(m: Maker) -> Any:
        x = m.array(special=special, least=1, empty=empty)
        return [x], {"axis": m.axis(x.numpy.shape), **options}

    return make


def absolute(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function of the absolute values: what errors of sums are measured by."""

    def measure(*args: Any, **kwargs: Any) -> Any:
        wide = [
            np.abs(np.asarray(a, dtype=np.complex128)) if hasattr(a, "dtype") else a for a in args
        ]
        return function(*wide, **kwargs)

    return measure


def compare(spec: Spec, ours: Any, theirs: Any, scale: Any = None) -> float:
    """The largest difference in the spec's unit. AssertionError for another dtype or shape."""
    if isinstance(theirs, list | tuple):
        assert len(ours) == len(theirs)
        return max(
            (compare(spec, a, b, scale) for a, b in zip(ours, theirs, strict=True)), default=0.0
        )
    theirs, ours = np.asarray(theirs), np.asarray(ours)
    assert ours.dtype == theirs.dtype, f"{ours.dtype} instead of {theirs.dtype}"
    assert ours.shape == theirs.shape, f"{ours.shape} instead of {theirs.shape}"
    if theirs.dtype.kind not in "fc":
        return float(np.sum(ours != theirs))
    parts = [(ours.real, theirs.real), (ours.imag, theirs.imag)] if theirs.dtype.kind == "c" else []
    worst = 0.0
    for mine, expected in parts or [(ours, theirs)]:
        same = (mine == expected) | (np.isnan(mine) & np.isnan(expected))
        if spec.bound == 0:
            same &= np.isnan(mine) | (np.signbit(mine) == np.signbit(expected))
        size = np.abs(theirs) if scale is None else np.asarray(scale)
        step = np.spacing(np.maximum(size, np.abs(ours)).astype(expected.dtype))
        if spec.unit == "eps":
            step = np.asarray(size * np.finfo(expected.dtype).eps + np.finfo(expected.dtype).tiny)
        with np.errstate(all="ignore"):
            off = np.abs(mine.astype(np.float64) - expected) / step
        off = np.where(same, 0.0, np.where(np.isfinite(off), off, np.inf))
        worst = max(worst, float(np.max(off, initial=0.0)))
    return worst


def run(spec: Spec, seed: int, dtype: str, module: Any) -> float:
    """One random call of both; how far the results are apart."""
    maker = Maker(np.random.default_rng(seed), dtype, module)
    args, kwargs = spec.make(maker)
    renamed = dict(spec.numpy_kwargs)
    numpy_kwargs = {renamed.get(k, k): split(v, "numpy") for k, v in kwargs.items()}
    function, expected = module, np
    for part in spec.name.split("."):
        function = getattr(function, part)
    for part in (spec.numpy_name or spec.name).split("."):
        expected = getattr(expected, part)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            theirs = expected(*split(args, "numpy"), **numpy_kwargs)
        except (ValueError, TypeError, IndexError, OverflowError) as error:
            kinds = (ValueError, IndexError) if isinstance(error, ValueError) else type(error)
            try:
                function(*split(args, "rust"), **{k: split(v, "rust") for k, v in kwargs.items()})
            except kinds:
                return 0.0
            raise AssertionError(f"NumPy raised {error!r}") from error
        ours = function(*split(args, "rust"), **{k: split(v, "rust") for k, v in kwargs.items()})
        scale = spec.magnitude(*split(args, "numpy"), **numpy_kwargs) if spec.magnitude else None
        return compare(spec, ours, theirs, scale)


def by_name(specs: list[Spec]) -> Iterator[tuple[str, Spec]]:
    """Each spec with a name that is unique among them."""
    seen: dict[str, int] = {}
    for spec in specs:
        seen[spec.name] = seen.get(spec.name, 0) + 1
        yield spec.name + (f"-{seen[spec.name]}" if seen[spec.name] > 1 else ""), spec
