"""What the array API standard 2024.12 asks of `rust_numpy` beyond NumPy's results."""

import cmath
import ctypes
import inspect
import math
from typing import Any

import numpy as np
import pytest

rn = pytest.importorskip("rust_numpy", reason="the module rust_numpy is not installed")

INF, NAN, PI = math.inf, math.nan, math.pi

NAMES = """
e inf nan newaxis pi arange asarray empty empty_like eye from_dlpack full full_like linspace
meshgrid ones ones_like tril triu zeros zeros_like astype broadcast_arrays broadcast_to can_cast
finfo iinfo isdtype result_type bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32
float64 complex64 complex128 abs acos acosh add asin asinh atan atan2 atanh bitwise_and
bitwise_left_shift bitwise_invert bitwise_or bitwise_right_shift bitwise_xor ceil clip conj copysign
cos cosh divide equal exp expm1 floor floor_divide greater greater_equal hypot imag isfinite isinf
isnan less less_equal log log1p log2 log10 logaddexp logical_and logical_not logical_or logical_xor
maximum minimum multiply negative nextafter not_equal positive pow real reciprocal remainder round
sign signbit sin sinh square sqrt subtract tan tanh trunc take take_along_axis
__array_namespace_info__ matmul matrix_transpose tensordot vecdot concat expand_dims flip moveaxis
permute_dims repeat reshape roll squeeze stack tile unstack argmax argmin count_nonzero nonzero
searchsorted where unique_all unique_counts unique_inverse unique_values argsort sort
cumulative_prod cumulative_sum max mean min prod std sum var all any diff
""".split()  # noqa: SIM905
LINALG = """
cholesky cross det diagonal eigh eigvalsh inv matmul matrix_norm matrix_power matrix_rank
matrix_transpose outer pinv qr slogdet solve svd svdvals tensordot trace vecdot vector_norm
""".split()  # noqa: SIM905
FFT = """
fft ifft fftn ifftn rfft irfft rfftn irfftn hfft ihfft fftfreq rfftfreq fftshift ifftshift
""".split()  # noqa: SIM905


def test_every_name_is_there() -> None:
    for module, names in ((rn, NAMES), (rn.linalg, LINALG), (rn.fft, FFT)):
        assert [name for name in names if not hasattr(module, name)] == []
    x = rn.ones(3)
    assert x.__array_namespace__(api_version="2024.12") is rn
    assert all(inspect.signature(getattr(rn.linalg, name)) for name in LINALG)


@pytest.mark.parametrize(
    ("name", "keywords"),
    [
        ("sum", "axis dtype keepdims"),
        ("std", "axis correction keepdims"),
        ("cumulative_sum", "axis dtype include_initial"),
        ("diff", "axis n prepend append"),
        ("sort", "axis descending stable"),
        ("searchsorted", "side sorter"),
        ("asarray", "dtype device copy"),
        ("linspace", "dtype device endpoint"),
        ("from_dlpack", "device copy"),
        ("fft.fftfreq", "d dtype device"),
        ("fft.rfftn", "s axes norm"),
        ("linalg.pinv", "rtol"),
        ("linalg.matrix_norm", "keepdims ord"),
        ("linalg.svd", "full_matrices"),
        ("linalg.cholesky", "upper"),
    ],
)
def test_keywords(name: str, keywords: str) -> None:
    function = rn
    for part in name.split("."):
        function = getattr(function, part)
    parameters = inspect.signature(function).parameters
    assert set(keywords.split()) <= set(parameters)


#: function, argument, result: Annex G of C99; None for a part whose value or sign is open
SPECIAL: list[tuple[str, complex, tuple[Any, Any]]] = [
    ("sqrt", complex(-INF, 1), (0.0, INF)),
    ("sqrt", complex(INF, 1), (INF, 0.0)),
    ("sqrt", complex(NAN, INF), (INF, INF)),
    ("sqrt", complex(-0.0, -0.0), (0.0, -0.0)),
    ("sqrt", complex(-INF, NAN), (NAN, None)),
    ("exp", complex(-INF, NAN), (0.0, 0.0)),
    ("exp", complex(INF, INF), (INF, NAN)),
    ("exp", complex(NAN, 0.0), (NAN, 0.0)),
    ("exp", complex(1.0, INF), (NAN, NAN)),
    ("expm1", complex(-INF, INF), (-1.0, 0.0)),
    ("expm1", complex(INF, 0.0), (INF, 0.0)),
    ("expm1", complex(NAN, 0.0), (NAN, 0.0)),
    ("log", complex(-0.0, 0.0), (-INF, PI)),
    ("log", complex(0.0, 0.0), (-INF, 0.0)),
    ("log", complex(-INF, INF), (INF, 3 * PI / 4)),
    ("log", complex(NAN, INF), (INF, NAN)),
    ("log1p", complex(-1.0, 0.0), (-INF, 0.0)),
    ("log1p", complex(1.0, INF), (INF, PI / 2)),
    ("log1p", complex(-INF, 1.0), (INF, PI)),
    ("sinh", complex(0.0, INF), (0.0, NAN)),
    ("sinh", complex(INF, 0.0), (INF, 0.0)),
    ("sinh", complex(INF, INF), (INF, NAN)),
    ("sinh", complex(NAN, 0.0), (NAN, 0.0)),
    ("cosh", complex(0.0, INF), (NAN, None)),
    ("cosh", complex(INF, 0.0), (INF, 0.0)),
    ("cosh", complex(INF, NAN), (INF, NAN)),
    ("cosh", complex(NAN, 1.0), (NAN, NAN)),
    ("tanh", complex(INF, 1.0), (1.0, 0.0)),
    ("tanh", complex(INF, INF), (1.0, None)),
    ("tanh", complex(0.0, INF), (0.0, NAN)),
    ("tanh", complex(NAN, 0.0), (NAN, 0.0)),
    ("acosh", complex(0.0, 0.0), (0.0, PI / 2)),
    ("acosh", complex(-INF, INF), (INF, 3 * PI / 4)),
    ("acosh", complex(0.0, NAN), (NAN, None)),
    ("acosh", complex(-INF, 1.0), (INF, PI)),
    ("acos", complex(0.0, NAN), (PI / 2, NAN)),
    ("acos", complex(1.0, INF), (PI / 2, -INF)),
    ("acos", complex(-INF, INF), (3 * PI / 4, -INF)),
    ("acos", complex(NAN, INF), (NAN, -INF)),
    ("asinh", complex(1.0, INF), (INF, PI / 2)),
    ("asinh", complex(INF, NAN), (INF, NAN)),
    ("asinh", complex(NAN, 0.0), (NAN, 0.0)),
    ("atanh", complex(1.0, 0.0), (INF, 0.0)),
    ("atanh", complex(0.0, NAN), (0.0, NAN)),
    ("atanh", complex(1.0, INF), (0.0, PI / 2)),
    ("atanh", complex(INF, NAN), (0.0, NAN)),
    ("sign", complex(0.0, 0.0), (0.0, None)),
    ("sign", complex(NAN, 1.0), (NAN, NAN)),
]


@pytest.mark.parametrize(("name", "z", "expected"), SPECIAL)
@pytest.mark.parametrize("mirrored", [False, True])
def test_special_cases(name: str, z: complex, expected: tuple[Any, Any], mirrored: bool) -> None:
    real, imag = expected
    if mirrored:
        # all of these functions keep conjugates
        z, imag = z.conjugate(), imag if imag is None else -imag
    for dtype in (rn.complex64, rn.complex128):
        result = complex(getattr(rn, name)(rn.asarray(z, dtype=dtype)))
        for ours, theirs in ((result.real, real), (result.imag, imag)):
            if theirs is None:
                continue
            assert ours == pytest.approx(theirs, rel=1e-6, nan_ok=True)
            if not math.isnan(theirs) and not (name in ("expm1", "exp") and cmath.isinf(z)):
                assert math.copysign(1, ours) == math.copysign(1, theirs)


def test_namespace_info() -> None:
    info = rn.__array_namespace_info__()
    assert info.capabilities()["data-dependent shapes"] is True
    assert info.default_device() == "cpu"
    assert info.default_device() in info.devices()
    assert info.default_dtypes()["real floating"] == rn.float64
    assert set(info.dtypes(kind="real floating")) == {"float32", "float64"}
    assert set(info.dtypes(kind=("bool", "complex floating"))) == {
        "bool",
        "complex64",
        "complex128",
    }
    assert len(info.dtypes()) == 13
    with pytest.raises(ValueError, match="unknown kind"):
        info.dtypes(kind="text")
    with pytest.raises(ValueError, match="unsupported device"):
        info.dtypes(device="gpu")


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_limits_of_floats(dtype: str) -> None:
    limits, theirs = rn.finfo(rn.zeros(1, dtype=dtype)), np.finfo(dtype)
    for name in ("eps", "max", "min", "smallest_normal", "tiny", "resolution"):
        assert type(getattr(limits, name)) is float
        assert getattr(limits, name) == float(getattr(theirs, name))
    assert limits.bits == theirs.bits
    assert limits.dtype == theirs.dtype
    assert rn.iinfo(rn.int16).max == 32767


def test_dlpack_both_ways() -> None:
    ours = rn.reshape(rn.arange(12, dtype=rn.float32), (3, 4))[::2].T
    theirs = np.from_dlpack(ours)
    assert np.array_equal(theirs, np.asarray(ours))
    assert np.shares_memory(theirs, np.asarray(ours))
    assert not theirs.flags.writeable
    source = np.arange(5.0)
    copied = rn.from_dlpack(source)
    source[0] = 99
    assert copied.tolist() == [0, 1, 2, 3, 4]
    assert rn.from_dlpack(ours, copy=False).tolist() == ours.tolist()
    assert ours.__dlpack_device__() == (1, 0)
    with pytest.raises(BufferError):
        rn.from_dlpack(source, copy=False)
    with pytest.raises(BufferError):
        ours.__dlpack__(stream=1)
    with pytest.raises(BufferError):
        ours.__dlpack__(copy=False)


def test_buffers() -> None:
    x = rn.asarray([[1.5, 2.5], [3.5, 4.5]])
    view = memoryview(x)
    assert view.format == "d"
    assert view.shape == (2, 2)
    assert view.readonly
    assert view.tolist() == x.tolist()
    before = bytes(view)
    x[0, 0] = 7
    assert bytes(view) == before
    del x
    assert view[1, 1] == 4.5
    with pytest.raises((BufferError, TypeError)):
        (ctypes.c_double * 4).from_buffer(rn.zeros(4))


def test_formats() -> None:
    x = rn.asarray([1.23456, 2])
    assert f"{x[0]:.3f} {x}" == "1.235 [1.23456 2.     ]"
    assert f"{rn.asarray(7):04d}" == "0007"
    with pytest.raises(TypeError):
        f"{x:.3f}"


def test_numpys_functions_on_our_arrays() -> None:
    x = rn.asarray([[1.0, 2.0], [3.0, 4.0]])
    for result in (np.sum(x, axis=0), np.sort(x), np.concatenate([x, x]), np.linalg.inv(x)):
        assert isinstance(result, rn.Array)
    assert np.sum(x, axis=0).tolist() == [4.0, 6.0]
    assert np.linalg.det(x) == pytest.approx(-2)
    # what is not ours is NumPy's
    assert np.polynomial.polynomial.polyval(2.0, np.asarray(x[0])) == 5.0
    assert np.array_equal(np.busday_count("2026-01-01", "2026-01-02"), 1)
    assert isinstance(np.multiply(np.ones(2), x), rn.Array)
    assert np.add.reduce(x, axis=0).tolist() == [4.0, 6.0]
    target = rn.zeros((2, 2))
    assert np.add(x, 1, out=target) is target
    assert target.tolist() == [[2.0, 3.0], [4.0, 5.0]]
    assert isinstance(np.float64(2) * x, rn.Array)


def test_memory_that_others_may_write_is_copied() -> None:
    source = np.arange(4.0)
    view = np.from_dlpack(source)
    view.flags.writeable = False
    ours = rn.asarray(view)
    source[0] = 99
    assert ours[0] == 0


def test_decompositions_hold() -> None:
    rng = np.random.default_rng(0)
    for dtype in (np.float64, np.complex128):
        a = rng.standard_normal((3, 6, 4)) + 1j * rng.standard_normal((3, 6, 4))
        a = a.astype(dtype) if dtype == np.complex128 else a.real
        for full in (False, True):
            u, s, vh = (np.asarray(p) for p in rn.linalg.svd(a, full_matrices=full))
            k = s.shape[-1]
            np.testing.assert_allclose(
                (u[..., :k] * s[..., None, :]) @ vh[..., :k, :], a, atol=1e-13
            )
            gram = np.conj(np.swapaxes(u, -1, -2)) @ u
            np.testing.assert_allclose(
                gram, np.broadcast_to(np.eye(u.shape[-1]), gram.shape), atol=1e-13
            )
        square = a[:, :4]
        w, v = (np.asarray(p) for p in rn.linalg.eig(square))
        np.testing.assert_allclose(square @ v, v * w[:, None, :], atol=1e-12)
        hermitian = square + np.conj(np.swapaxes(square, -1, -2))
        for side in "LU":
            w, v = (np.asarray(p) for p in rn.linalg.eigh(hermitian, UPLO=side))
            np.testing.assert_allclose(hermitian @ v, v * w[:, None, :], atol=1e-12)
        found, expected = np.asarray(rn.linalg.eigvals(square[0])), np.linalg.eigvals(square[0])
        for part in (np.real, np.imag):
            np.testing.assert_allclose(np.sort(part(found)), np.sort(part(expected)), atol=1e-12)
        b = rng.standard_normal((6, 2))
        x, residues, rank, singular = rn.linalg.lstsq(a[0], b)
        theirs = np.linalg.lstsq(a[0], b, rcond=None)
        np.testing.assert_allclose(np.asarray(x), theirs[0], atol=1e-12)
        np.testing.assert_allclose(np.asarray(residues), theirs[1], atol=1e-12)
        np.testing.assert_allclose(np.asarray(singular), theirs[3], atol=1e-12)
        assert rank == theirs[2]
    for call in (rn.linalg.inv, rn.linalg.cholesky):
        with pytest.raises(np.linalg.LinAlgError):
            call(rn.zeros((2, 2)))
    assert rn.linalg.eig(rn.asarray([[2.0, 1.0], [1.0, 2.0]])).eigenvalues.dtype == np.float64
    # a rotation has no real eigenvalues
    assert rn.linalg.eigvals(rn.asarray([[0.0, -1.0], [1.0, 0.0]])).dtype == np.complex128
