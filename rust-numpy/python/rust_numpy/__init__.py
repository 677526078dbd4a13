"""NumPy's arrays in safe Rust, with the names of the Python array API standard 2024.12.

Arrays, dtypes and results are NumPy's in everything but speed; `rust_numpy.asarray` takes NumPy's
arrays, `numpy.asarray` takes these. What is made of other functions is written in Python, in
modules as NumPy's documentation groups them; the rest is in Rust, in `_core`.
"""
# The order counts: what is imported later takes the place of a name in `_core`.
# ruff: noqa: E402, F401, F403

import sys

from numpy import (
    bool_,
    complex64,
    complex128,
    complexfloating,
    dtype,
    e,
    errstate,
    euler_gamma,
    float32,
    float64,
    floating,
    inexact,
    inf,
    int8,
    int16,
    int32,
    int64,
    integer,
    issubdtype,
    nan,
    newaxis,
    number,
    pi,
    promote_types,
    signedinteger,
    uint8,
    uint16,
    uint32,
    uint64,
    unsignedinteger,
)
from numpy import (
    bool_ as bool,
)

from rust_numpy import _core
from rust_numpy._core import *

# `from rust_numpy.random import ...` needs the submodules under this package's name
for _name in ("audio", "nn", "random"):
    sys.modules[f"{__name__}.{_name}"] = getattr(_core, _name)

# functions under NumPy's own names as well
absolute = abs = _core.abs
power = pow = _core.pow
true_divide, mod = _core.divide, _core.remainder
concatenate = _core.concat
invert = bitwise_not = _core.bitwise_invert
left_shift = _core.bitwise_left_shift
right_shift = _core.bitwise_right_shift
arcsin, arccos, arctan, arctan2 = _core.asin, _core.acos, _core.atan, _core.atan2
arcsinh, arccosh, arctanh = _core.asinh, _core.acosh, _core.atanh
conjugate = _core.conj
ndarray = _core.Array
float_, int_, complex_ = float64, int64, complex128
double, single, intp = float64, float32, int64
cdouble, csingle = complex128, complex64

import rust_numpy.fft as fft
import rust_numpy.linalg as linalg
from rust_numpy._calculus import *
from rust_numpy._creation import *
from rust_numpy._histograms import *
from rust_numpy._indexing import *
from rust_numpy._info import *
from rust_numpy._logic import *
from rust_numpy._manipulation import *
from rust_numpy._math import *
from rust_numpy._nan import *
from rust_numpy._polynomials import *
from rust_numpy._products import *
from rust_numpy._protocols import from_dlpack
from rust_numpy._quantiles import *
from rust_numpy._sets import *
from rust_numpy._statistics import *
from rust_numpy._text import *
from rust_numpy._windows import *

__array_api_version__ = "2024.12"
