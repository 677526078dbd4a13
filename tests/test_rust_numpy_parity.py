"""`rust_numpy` beside NumPy: every function, over shapes, strides, dtypes and odd values."""

import pickle
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

rn = pytest.importorskip("rust_numpy", reason="the module rust_numpy is not installed")

from tests.rust_numpy_list import ELSEWHERE, SPECS  # noqa: E402
from tests.rust_numpy_specs import ALL, by_name, run  # noqa: E402

NAMED = dict(by_name(SPECS))


@pytest.mark.parametrize("name", NAMED)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32), dtype_index=st.integers(0, 100))
def test_function(name: str, seed: int, dtype_index: int) -> None:
    spec = NAMED[name]
    dtype = spec.dtypes[dtype_index % len(spec.dtypes)]
    apart = run(spec, seed, dtype, rn)
    assert apart <= spec.bound, f"{dtype}: {apart} {spec.unit} apart, {spec.promise} promised"


def test_every_function_is_checked() -> None:
    checked = {spec.name.split(".")[-1] for spec in SPECS} | {n.split(".")[-1] for n in ELSEWHERE}
    modules = [rn, rn._core, rn.random]
    names = {n for m in modules for n in dir(m)} | {*rn.fft.__all__, *rn.linalg.__all__}
    functions = {
        n
        for n in names
        if n[0] != "_"
        for f in [next(getattr(m, n) for m in (*modules, rn.fft, rn.linalg) if hasattr(m, n))]
        if callable(f) and not isinstance(f, type)
    }
    # other names of functions that are checked
    also = {n for n in functions if getattr(getattr(rn, n, None), "__name__", n) != n}
    assert functions - checked - also - {"issubdtype", "promote_types"} == set()
    assert len(functions) >= 250


@pytest.mark.parametrize("left", ALL)
@pytest.mark.parametrize("right", ALL)
def test_promotion(left: str, right: str) -> None:
    x, y = np.ones(2, left), np.ones(2, right)
    expected = np.result_type(x, y)
    assert rn.result_type(rn.asarray(x), rn.asarray(y)) == expected
    assert (rn.asarray(x) * rn.asarray(y)).dtype == expected
    assert (rn.asarray(x) * y).dtype == (x * rn.asarray(y)).dtype == expected
    assert rn.can_cast(x.dtype, y.dtype) == np.can_cast(x.dtype, y.dtype)
    for number in (True, 1, 1.0, 1j):
        assert rn.result_type(rn.asarray(x), number) == np.result_type(x, number)
        assert (
            (rn.asarray(x) + number).dtype == (number + rn.asarray(x)).dtype == (x + number).dtype
        )


@pytest.mark.parametrize("source", ALL)
@pytest.mark.parametrize("target", ALL)
def test_astype(source: str, target: str) -> None:
    x = np.array([0, 1, 3, 7.75, 100]).astype(source)
    if np.dtype(source).kind in "ifc":
        x = np.concatenate([x, np.array([-1, -5.5]).astype(source)])
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = x.astype(target)
    same(rn.astype(rn.asarray(x), np.dtype(target)), expected)


def same(ours: Any, theirs: Any) -> None:
    theirs = np.asarray(theirs)
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    np.testing.assert_array_equal(np.asarray(ours), theirs)


@st.composite
def indices(draw: Any, shape: tuple[int, ...]) -> Any:
    """Anything that may stand in square brackets, right or wrong."""
    items: list[Any] = []
    bound = st.one_of(st.none(), st.integers(-7, 7))
    for n in shape[: draw(st.integers(0, len(shape)))]:
        kind = draw(st.sampled_from(["at", "slice", "slice", "array", "mask", "new"]))
        if kind == "at":
            items.append(draw(st.integers(-n - 1, n)))
        elif kind == "slice":
            items.append(
                slice(draw(bound), draw(bound), draw(st.sampled_from([None, 1, 2, -1, -3])))
            )
        elif kind == "array":
            size = draw(st.sampled_from([(2,), (1,), (3, 1), (0,), ()]))
            items.append(
                np.array(draw(st.integers(-n, max(n - 1, -n))), np.int32) * np.ones(size, np.int32)
            )
        elif kind == "mask":
            items.append(np.arange(n) % 2 == draw(st.integers(0, 1)))
        else:
            items.extend([None, slice(None)])
    if draw(st.booleans()):
        items.insert(draw(st.integers(0, len(items))), ...)
    return items[0] if len(items) == 1 and draw(st.booleans()) else tuple(items)


SHAPES = st.lists(st.integers(0, 4), max_size=4).map(tuple)


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(data=st.data(), shape=SHAPES, transpose=st.booleans())
def test_indexing(data: Any, shape: tuple[int, ...], transpose: bool) -> None:
    x = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    y = rn.asarray(x)
    if transpose:
        x, y = x.T, y.T
    key = data.draw(indices(x.shape))
    ours_key = (
        tuple(rn.asarray(k) if isinstance(k, np.ndarray) else k for k in key)
        if isinstance(key, tuple)
        else key
    )
    try:
        expected = x[key]
    except IndexError:
        with pytest.raises(IndexError):
            y[ours_key]
        return
    same(y[ours_key], expected)
    value = data.draw(st.sampled_from([7, "same", "row"]))
    if value == "same":
        value = np.asarray(expected) + 100
    elif value == "row":
        value = np.asarray(expected)[..., :1].copy() if np.ndim(expected) else 3
    written = x.copy()
    copied = rn.asarray(y, copy=True)
    written[key] = value
    copied[ours_key] = rn.asarray(value) if isinstance(value, np.ndarray) else value
    if not _writes_twice(x, key):
        same(copied, written)


def _writes_twice(x: Any, key: Any) -> bool:
    """Whether an element is selected twice, so that it is open which value stays."""
    places = np.arange(x.size).reshape(x.shape)[key]
    return np.unique(places).size != np.size(places)


def test_views_share_and_overlapping_writes() -> None:
    x, y = np.arange(24.0).reshape(4, 6), rn.arange(24.0).reshape(4, 6)
    for xp_array in (x, y):
        view = xp_array[1:, ::2].T
        view[0] = -1
        view += 1
        xp_array[1:] = xp_array[:-1]
        xp_array[:, 1:] *= xp_array[:, :-1]
        xp_array[xp_array > 100] = 0
        xp_array[2] -= 0.5
    same(y, x)
    snapshot = np.asarray(y)
    before = snapshot.copy()
    y[:] = 0
    np.testing.assert_array_equal(snapshot, before)
    assert not snapshot.flags.writeable


def test_exchange_with_numpy() -> None:
    x = np.arange(12, dtype=np.float32).reshape(3, 4).copy()
    ours = rn.asarray(x)
    x[0, 0] = 99
    assert ours[0, 0] == 0
    with pytest.raises(ValueError, match="without a copy"):
        rn.asarray(x, copy=False)
    x.flags.writeable = False
    shared = rn.asarray(x, copy=False)
    assert np.shares_memory(np.asarray(shared), x)
    shared[0] = 5
    assert x[0, 1] == 1
    assert float(shared[0, 1]) == 5
    same(rn.asarray(x[::-1].T), x[::-1].T)
    same(rn.asarray(x.astype(">f4")), x)
    same(rn.asarray([[1, 2], [3, 4]]), [[1, 2], [3, 4]])
    assert isinstance(x + rn.asarray(x), rn.Array)
    assert np.cos(rn.asarray(x)).dtype == np.float32
    assert pickle.loads(pickle.dumps(ours)).tolist() == ours.tolist()
    for bad in (
        np.zeros(2, "datetime64[s]"),
        np.array(["a"]),
        np.zeros(2, np.float16),
        "text",
        None,
    ):
        with pytest.raises(TypeError):
            rn.asarray(bad)


def test_python_numbers() -> None:
    x, y = np.array([1, 200], np.uint8), rn.asarray(np.array([1, 200], np.uint8))
    same(y + 100, x + np.uint8(100))
    for call in (lambda a: a + 300, lambda a: a * -1):
        for array in (x, y):
            with pytest.raises(OverflowError):
                call(array)
    same(y < 300, x < 300)
    same(y == -1, x == -1)
    same(y > 10**30, x > 10**30)
    same(rn.asarray(np.uint64(2**63)) > rn.asarray(np.int64(-1)), np.True_)
    assert int(y[1]) == 200
    assert [1, 2, 3][rn.asarray(1)] == 2
    assert float(rn.asarray(2.5)) == 2.5
    assert complex(rn.asarray(1 + 2j)) == 1 + 2j
    assert bool(rn.asarray(3))
    assert (y + np.float32(1)).dtype == np.float32
    assert (y + np.float64(1)).dtype == np.float64
    for power in (2, 3, 0.5, -1, 1, 2.0):
        f = np.array([0.5, 2, 9], np.float32)
        np.testing.assert_allclose(np.asarray(rn.asarray(f) ** power), f**power, rtol=1e-6)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(y)
    with pytest.raises(TypeError):
        hash(y)


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda xp: xp.zeros((2**62, 2**62)), (ValueError, MemoryError)),
        (lambda xp: xp.zeros((2**45,)), MemoryError),
        (lambda xp: xp.zeros((-1,)), ValueError),
        (lambda xp: xp.ones((2, 3)) @ xp.ones((2, 3)), ValueError),
        (lambda xp: xp.ones((2, 3)) + xp.ones((2,)), ValueError),
        (lambda xp: xp.reshape(xp.ones((6,)), (4, -1)), ValueError),
        (lambda xp: xp.reshape(xp.ones((0,)), (0, -1)), ValueError),
        (lambda xp: xp.ones((3,))[3], IndexError),
        (lambda xp: xp.ones((3,))[0, 0], IndexError),
        (lambda xp: xp.ones((3,))[xp.asarray([0.5])], IndexError),
        (lambda xp: xp.ones((3,))[xp.asarray([True])], IndexError),
        (lambda xp: xp.ones((3,))[::0], ValueError),
        (lambda xp: xp.ones((3,))["a"], IndexError),
        (lambda xp: xp.ones((3,))[0.5], IndexError),
        (lambda xp: xp.sum(xp.ones((3,)), axis=1), ValueError),
        (lambda xp: xp.sum(xp.ones((3, 3)), axis=(0, 0)), ValueError),
        (lambda xp: xp.max(xp.zeros((0,))), ValueError),
        (lambda xp: xp.argmax(xp.zeros((0,))), ValueError),
        (lambda xp: xp.concat([]), ValueError),
        (lambda xp: xp.stack([xp.ones(2), xp.ones(3)]), ValueError),
        (lambda xp: xp.fft.fft(xp.zeros((0,))), ValueError),
        (lambda xp: -xp.asarray([True]), TypeError),
        (lambda xp: xp.asarray([True]) - xp.asarray([True]), TypeError),
        (lambda xp: xp.asarray([1.0]) & xp.asarray([1.0]), TypeError),
        (lambda xp: xp.asarray([2]) ** xp.asarray([-1]), ValueError),
        (lambda xp: xp.pow(xp.asarray([2]), -1), ValueError),
        (lambda xp: xp.broadcast_to(xp.ones((3,)), (2,)), ValueError),
        (lambda xp: xp.permute_dims(xp.ones((3,)), (0, 0)), ValueError),
        (lambda xp: xp.einsum("ij,jk", xp.ones((2, 2)), xp.ones((3, 3))), ValueError),
        (lambda xp: xp.arange(0, 1, 0), (ValueError, ZeroDivisionError)),
        (lambda xp: xp.arange(0, 2**62), (ValueError, MemoryError)),
        (lambda xp: xp.pad(xp.zeros((0,)), 1, mode="edge"), ValueError),
        (lambda xp: xp.tile(xp.ones((2,)), (2**62, 4)), (ValueError, MemoryError)),
        (lambda xp: xp.repeat(xp.ones((2,)), -1), ValueError),
        (lambda xp: xp.ones((1,) * 65), ValueError),
        (lambda xp: xp.asarray([1, 2]).__setitem__(slice(None), xp.ones((3,))), ValueError),
        (lambda xp: xp.asarray([1, 2]).__iadd__(0.5), TypeError),
    ],
)
def test_errors_are_of_the_same_kind(call: Any, kind: Any) -> None:
    for module in (np, rn):
        with pytest.raises(kind):
            call(module)
