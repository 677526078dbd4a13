"""NumPy's arrays in safe Rust, with the names of the Python array API standard 2024.12.

Arrays, dtypes and results are NumPy's in everything but speed; `rust_numpy.asarray` takes NumPy's
arrays, `numpy.asarray` takes these.
"""
# ruff: noqa: F401, F403

import sys

from numpy import (
    bool_ as bool,
)
from numpy import (
    complex64,
    complex128,
    e,
    float32,
    float64,
    inf,
    int8,
    int16,
    int32,
    int64,
    nan,
    newaxis,
    pi,
    uint8,
    uint16,
    uint32,
    uint64,
)

from rust_numpy import _core
from rust_numpy._core import *

__array_api_version__ = "2024.12"

# functions under NumPy's own names as well
absolute = abs = _core.abs
power = pow = _core.pow
concatenate = _core.concat
invert = _core.bitwise_invert
left_shift = _core.bitwise_left_shift
right_shift = _core.bitwise_right_shift
arcsin, arccos, arctan, arctan2 = _core.asin, _core.acos, _core.atan, _core.atan2
arcsinh, arccosh, arctanh = _core.asinh, _core.acosh, _core.atanh
conjugate = _core.conj
array = _core.asarray
ndarray = _core.Array

# `from rust_numpy.linalg import ...` needs the submodules under this package's name
for _name in ("audio", "fft", "linalg", "nn", "random"):
    sys.modules[f"{__name__}.{_name}"] = getattr(_core, _name)
