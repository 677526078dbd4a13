"""Functions of `rust_numpy` that write to their arguments, call others, or read and write text."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

rn = pytest.importorskip("rust_numpy", reason="the module rust_numpy is not installed")


def same(ours: Any, theirs: Any) -> None:
    assert ours.dtype == np.asarray(theirs).dtype
    np.testing.assert_array_equal(np.asarray(ours), theirs)


def put(xp: Any, x: Any) -> None:
    xp.put(x, [0, -1, 5], [7, 8])


def put_wrapped(xp: Any, x: Any) -> None:
    xp.put(x, [50, -90], 3, mode="wrap")


def place(xp: Any, x: Any) -> None:
    xp.place(x, x > 4, [1, 2, 3])


def putmask(xp: Any, x: Any) -> None:
    xp.putmask(x, x > 4, xp.asarray([10, 20]))


def copyto(xp: Any, x: Any) -> None:
    xp.copyto(x, xp.arange(4), where=xp.asarray([True, False, True, False]))


def fill_diagonal(xp: Any, x: Any) -> None:
    xp.fill_diagonal(x, [5, 6])


def fill_wrapped(xp: Any, x: Any) -> None:
    xp.fill_diagonal(x.T, 9, wrap=True)


def put_along(xp: Any, x: Any) -> None:
    xp.put_along_axis(x, xp.argmax(x, axis=1, keepdims=True), -1, axis=1)


WRITERS = [put, put_wrapped, place, putmask, copyto, fill_diagonal, fill_wrapped, put_along]


@pytest.mark.parametrize("write", WRITERS, ids=lambda f: f.__name__)
def test_writing(write: Any) -> None:
    ours, theirs = rn.reshape(rn.arange(12), (3, 4)), np.arange(12).reshape(3, 4)
    write(rn, ours)
    write(np, theirs)
    same(ours, theirs)


CALLS = {
    "apply_along_axis": lambda xp, x: xp.apply_along_axis(lambda v: v[::-1] * 2, 0, x),
    "apply_along_axis, to numbers": lambda xp, x: xp.apply_along_axis(xp.sum, 1, x),
    "apply_along_axis, to matrices": lambda xp, x: xp.apply_along_axis(xp.diag, 0, x),
    "apply_over_axes": lambda xp, x: xp.apply_over_axes(xp.sum, x, [0, 1]),
    "piecewise": lambda xp, x: xp.piecewise(x, [x < 3, x > 8], [-1, lambda v: v * v, 5]),
    "mask_indices": lambda xp, x: xp.mask_indices(4, xp.triu, 1)[1],
    "fromfunction": lambda xp, x: xp.fromfunction(lambda i, j: i * 10 + j, (2, 3)),
    "fromiter": lambda xp, x: xp.fromiter((i * i for i in range(5)), np.int64),
    "frombuffer": lambda xp, x: xp.frombuffer(b"\1\0\2\0\3\0", dtype=np.int16, offset=2),
    "polydiv": lambda xp, x: xp.polydiv([1.0, -3.0, 2.0], [1.0, -1.0])[0],
    "polydiv, rest": lambda xp, x: xp.polydiv([1.0, 0.0, 2.0], [1.0, -1.0])[1],
    "roots": lambda xp, x: xp.sort(xp.round(xp.roots([2.0, -6.0, 4.0, 0.0]).real, 9)),
    "real_if_close": lambda xp, x: xp.real_if_close(xp.asarray([1 + 1e-15j])),
    "cross": lambda xp, x: xp.cross(xp.asarray([1.0, 2, 3]), xp.asarray([4.0, 5, 6])),
    "row_stack": lambda xp, x: xp.vstack([x, x]),
    "choose": lambda xp, x: xp.choose(xp.asarray([1, 0]), [[1, 2], [3, 4]]),
    "vectorize": lambda xp, x: xp.vectorize(lambda a, b: a if a > b else b)(x, 5),
    "matrix_transpose": lambda xp, x: xp.matrix_transpose(x),
    "fromstring": lambda xp, x: xp.fromstring("1.5, 2, 3e2", sep=","),
    "linspace of arrays": lambda xp, x: xp.linspace(xp.asarray([0.0, 1]), xp.asarray([1.0, 5]), 5),
    "linspace, complex": lambda xp, x: xp.linspace(0, 1 + 1j, 3),
    "searchsorted, floats": lambda xp, x: xp.searchsorted(xp.asarray([1.0, 2.0]), 1.5),
    "diff": lambda xp, x: xp.diff(x, axis=1, prepend=0, append=xp.ones((3, 2), dtype=np.int64)),
    "partition": lambda xp, x: xp.partition(xp.asarray([3, 1, 2]), 1)[1],
    "array": lambda xp, x: xp.array([1, 2], dtype=np.float32, ndmin=2),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls(name: str) -> None:
    ours = CALLS[name](rn, rn.reshape(rn.arange(12), (3, 4)))
    theirs = CALLS[name](np, np.arange(12).reshape(3, 4))
    same(ours, theirs)


def test_partition_splits() -> None:
    x = np.random.default_rng(0).integers(0, 50, 40)
    for kth in (0, 17, -1):
        ours = np.asarray(rn.partition(x, kth))
        assert ours[kth] == np.sort(x)[kth]
        assert (ours[:kth] <= ours[kth]).all()
        assert x[np.asarray(rn.argpartition(x, kth))][kth] == ours[kth]
    with pytest.raises(ValueError, match="out of bounds"):
        rn.partition(x, 40)


def test_an_array_made_again_is_a_copy() -> None:
    x = rn.arange(3)
    rn.array(x)[0] = 9
    assert x.tolist() == [0, 1, 2]


@pytest.mark.parametrize("suffix", [".txt", ".txt.gz", ".csv.xz"])
def test_text_files(tmp_path: Path, suffix: str) -> None:
    x = np.random.default_rng(1).standard_normal((4, 3))
    path = tmp_path / f"x{suffix}"
    rn.savetxt(path, rn.asarray(x), delimiter=",", header="a b c\nmore", footer="end")
    theirs = io.StringIO()
    np.savetxt(theirs, x, delimiter=",", header="a b c\nmore", footer="end")
    if suffix == ".txt":
        assert path.read_text(encoding="utf-8") == theirs.getvalue()
    same(rn.loadtxt(path, delimiter=","), x)
    same(rn.loadtxt(path, delimiter=",", usecols=(2, 0), max_rows=2), x[:2, [2, 0]])
    same(rn.loadtxt(path, delimiter=",", unpack=True)[1], x[:, 1])


def test_text_of_other_kinds(tmp_path: Path) -> None:
    same(
        rn.loadtxt(["1 2", "", "# no", "3 4 # yes"], dtype=np.int32),
        np.array([[1, 2], [3, 4]], np.int32),
    )
    same(rn.loadtxt(["7"], ndmin=2), [[7.0]])
    same(rn.loadtxt(["1;2"], delimiter=";", converters={1: lambda s: -float(s)}), [1.0, -2.0])
    same(rn.genfromtxt(["1,x", ",4"], delimiter=",", filling_values=-1), [[1.0, -1.0], [-1.0, 4.0]])
    for bad in (["1 2", "3"], ["word"], ["1 2 3"]):
        with pytest.raises(ValueError, match=r"column|word|could not"):
            rn.loadtxt(bad, usecols=None if bad != ["1 2 3"] else [5])
    target = io.BytesIO()
    rn.savetxt(target, [1 + 2j, -3.5], fmt="%.2f")
    theirs = io.BytesIO()
    np.savetxt(theirs, [1 + 2j, -3.5], fmt="%.2f")
    assert target.getvalue() == theirs.getvalue()
    path = tmp_path / "x.bin"
    np.arange(6, dtype=np.int16).tofile(path)
    same(rn.fromfile(path, dtype=np.int16, offset=2), np.arange(1, 6, dtype=np.int16))
    rn.savez_compressed(tmp_path / "x.npz", rn.arange(3), b=rn.ones(2))
    loaded = rn.load(tmp_path / "x.npz")
    same(loaded["arr_0"], np.arange(3))
    same(loaded["b"], np.ones(2))


def test_text_on_the_screen() -> None:
    x = np.array([[1.5, 2], [3, 4]])
    ours = rn.asarray(x)
    assert rn.array_str(ours) == np.array_str(x)
    assert rn.array_repr(ours) == np.array_repr(x).replace("array(", "Array(")
    assert rn.array2string(ours, precision=1) == np.array2string(x, precision=1)
    with rn.printoptions(precision=1):
        assert str(rn.asarray([1.2345])) == "[1.2]"
    assert rn.get_printoptions() == np.get_printoptions()
    rn.set_printoptions(**rn.get_printoptions())


@pytest.mark.parametrize(
    "call",
    [
        lambda xp: xp.median([]),
        lambda xp: xp.split(xp.arange(5), 2),
        lambda xp: xp.convolve([], [1]),
        lambda xp: xp.interp([1.0], [], []),
        lambda xp: xp.percentile([1.0], 101),
        lambda xp: xp.quantile([1.0], 0.5, method="none"),
        lambda xp: xp.histogram([1.0], bins=0),
        lambda xp: xp.bincount([-1]),
        lambda xp: xp.delete(xp.arange(3), 7),
        lambda xp: xp.insert(xp.arange(3), 7, 0),
        lambda xp: xp.unravel_index(9, (2, 2)),
        lambda xp: xp.rot90(xp.ones((2, 2)), axes=(0, 0)),
        lambda xp: xp.linalg.inv(xp.ones((2, 3))),
        lambda xp: xp.linalg.solve(xp.eye(2), xp.ones((3, 1))),
        lambda xp: xp.linalg.matrix_norm(xp.ones((2, 2)), ord=7),
        lambda xp: xp.linalg.cross(xp.ones(2), xp.ones(2)),
        lambda xp: xp.fft.fftn(xp.ones((2, 2)), s=(2,), axes=(0, 1)),
        lambda xp: xp.expand_dims(xp.ones(2), (0, 0)),
        lambda xp: xp.expand_dims(xp.ones(2), 5),
        lambda xp: xp.average([1.0, 2.0], weights=[1.0, -1.0]),
        lambda xp: xp.nanargmax([np.nan]),
        lambda xp: xp.digitize([1.0], [2.0, 1.0, 3.0]),
        lambda xp: xp.polyfit([], [], 1),
        lambda xp: xp.savetxt(io.StringIO(), np.ones((1, 1, 1))),
    ],
)
@pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_errors_are_of_the_same_kind(call: Any) -> None:
    try:
        expected = call(np)
    except Exception as error:  # noqa: BLE001 - whatever it is, ours must be of that kind
        kinds = tuple(
            k
            for k in type(error).__mro__
            if k in (ValueError, IndexError, TypeError, ZeroDivisionError)
        )
        assert kinds
        with pytest.raises(kinds):
            call(rn)
    else:
        np.testing.assert_array_equal(np.asarray(call(rn)), expected)
