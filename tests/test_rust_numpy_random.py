"""`rust_numpy.random` draws the very numbers NumPy's Generator draws; files are NumPy's."""

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

rn = pytest.importorskip("rust_numpy", reason="the module rust_numpy is not installed")

SEEDS = [0, 1, 42, 2**31, 2**32, 2**63 + 5, 2**128 - 1, 2**200, [1, 2, 3], [2**40, 7]]


def pair(seed: Any) -> tuple[Any, Any]:
    return np.random.default_rng(seed), rn.random.default_rng(seed)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_streams(seed: Any, dtype: Any) -> None:
    theirs, ours = pair(seed)
    for method in ("standard_normal", "random", "standard_normal"):
        # an odd number of single-precision draws leaves half a word for the next one
        for size in (50_001, (3, 5), 0, 100_000):
            expected = getattr(theirs, method)(size, dtype=dtype)
            drawn = getattr(ours, method)(size, dtype=dtype)
            assert drawn.dtype == dtype
            assert np.array_equal(np.asarray(drawn), expected)
        assert getattr(ours, method)() == getattr(theirs, method)()


def test_tail_of_the_normal() -> None:
    theirs, ours = pair(5)
    expected = theirs.standard_normal(3_000_000)
    assert np.max(np.abs(expected)) > 4.8
    assert np.array_equal(np.asarray(ours.standard_normal(3_000_000)), expected)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(data=st.data(), seed=st.integers(0, 2**70))
def test_integers(data: Any, seed: int) -> None:
    kinds = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
    dtype = np.dtype(data.draw(st.sampled_from(kinds)))
    info = np.iinfo(dtype)
    low = data.draw(st.integers(int(info.min), int(info.max)))
    high = data.draw(st.one_of(st.just(int(info.max)), st.integers(low, int(info.max))))
    theirs, ours = pair(seed)
    for size in (7, None, (2, 3), 1000):
        expected = theirs.integers(low, high, size, dtype=dtype, endpoint=True)
        drawn = ours.integers(low, high, size, dtype=dtype, endpoint=True)
        assert np.array_equal(np.asarray(drawn), expected)
        assert np.array_equal(np.asarray(ours.random(2)), theirs.random(2))


def test_other_distributions() -> None:
    theirs, ours = pair(9)
    for _ in range(3):
        assert np.array_equal(np.asarray(ours.normal(3, 0.5, 99)), theirs.normal(3, 0.5, 99))
        assert np.array_equal(np.asarray(ours.uniform(-2, 7, 99)), theirs.uniform(-2, 7, 99))
        assert np.array_equal(np.asarray(ours.integers(10, size=9)), theirs.integers(10, size=9))
        assert np.array_equal(
            np.asarray(ours.integers(0, 2, 99, bool)), theirs.integers(0, 2, 99, bool)
        )
        assert np.array_equal(np.asarray(ours.permutation(100)), theirs.permutation(100))
        x = np.arange(24).reshape(4, 6)
        assert np.array_equal(np.asarray(ours.permutation(rn.asarray(x))), theirs.permutation(x))
        y = rn.asarray(x)
        theirs.shuffle(x, axis=1)
        ours.shuffle(y, axis=1)
        assert np.array_equal(np.asarray(y), x)
    for mine, child in zip(ours.spawn(3), theirs.spawn(3), strict=True):
        assert np.array_equal(np.asarray(mine.random(9)), child.random(9))
    assert rn.random.default_rng().random() != rn.random.default_rng().random()
    assert rn.random.default_rng(ours) is ours


@pytest.mark.parametrize(
    "call",
    [
        lambda g: g.normal(0, -1, 3),
        lambda g: g.integers(5, 5),
        lambda g: g.integers(0, 300, dtype=np.uint8),
        lambda g: g.random(-1),
        lambda g: g.uniform(1, 0),
    ],
)
def test_errors(call: Any) -> None:
    for generator in pair(0):
        with pytest.raises(ValueError):  # noqa: PT011
            call(generator)
    for module in (np, rn):
        with pytest.raises(ValueError, match="non-negative"):
            module.random.default_rng(-1)


ARRAYS = [
    (np.arange(6) % (2 if dtype == "bool" else 9)).astype(dtype).reshape(shape)
    for dtype in (
        "bool",
        "int8",
        "uint16",
        "int64",
        "float32",
        "float64",
        "complex64",
        "complex128",
    )
    for shape in ((6,), (2, 3), (1, 6, 1))
] + [np.float64(3.5), np.zeros((0, 4)), np.asfortranarray(np.arange(6.0).reshape(2, 3))]


@pytest.mark.parametrize("x", ARRAYS, ids=lambda x: f"{x.dtype}{x.shape}")
def test_npy(x: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "theirs.npy", x)
    np.save(tmp_path / "swapped.npy", x.astype(x.dtype.newbyteorder(">")))
    for name in ("theirs.npy", "swapped.npy"):
        ours = rn.load(tmp_path / name)
        assert ours.dtype == x.dtype
        assert np.array_equal(np.asarray(ours), x)
        assert ours.shape == x.shape
    rn.save(tmp_path / "ours.npy", ours)
    back = np.load(tmp_path / "ours.npy")
    assert back.dtype == x.dtype
    assert np.array_equal(back, x)


def test_npz(tmp_path: Path) -> None:
    arrays = {"a": np.arange(5.0), "b/c": np.eye(3, dtype=np.int8), "ü": np.zeros(9000, np.float32)}
    np.savez(tmp_path / "stored.npz", **arrays)
    np.savez_compressed(
        tmp_path / "deflated.npz", noise=np.random.default_rng(0).integers(0, 9, 5000), **arrays
    )
    for name in ("stored.npz", "deflated.npz"):
        ours, theirs = rn.load(tmp_path / name), np.load(tmp_path / name)
        assert set(ours) == set(theirs)
        assert all(np.array_equal(np.asarray(ours[k]), theirs[k]) for k in theirs)
        theirs.close()
    rn.savez(
        tmp_path / "ours.npz", rn.asarray([1, 2]), **{k: rn.asarray(v) for k, v in arrays.items()}
    )
    with np.load(tmp_path / "ours.npz") as back:
        assert back["arr_0"].tolist() == [1, 2]
        assert all(np.array_equal(back[k], v) for k, v in arrays.items())


@settings(max_examples=300, deadline=None, derandomize=True)
@given(data=st.data(), zipped=st.booleans())
def test_damaged_files(data: Any, zipped: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever is in a file: an array or an error, never a crash."""
    path = tmp_path_factory.getbasetemp() / ("damaged.npz" if zipped else "damaged.npy")
    x = np.arange(40, dtype=np.int16)
    np.savez_compressed(path, x=x) if zipped else np.save(path, x)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with contextlib.suppress(ValueError, TypeError, MemoryError):
        rn.load(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        rn.load(tmp_path / "nothing.npy")
