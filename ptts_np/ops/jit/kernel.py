"""How a kernel is compiled, and the exponential all of them use.

A fresh machine waits for the compiler before it speaks, so kernels are few and small: what NumPy
does as fast is NumPy's, and arrays are made outside of the kernels, since each `np.empty` in one
takes as long to compile as a loop.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

import numba
import numpy as np

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile at first call: once a machine, or once a process if no folder can be written to."""
    compile_ = partial(numba.njit, nogil=True, fastmath=True, error_model="numpy")
    try:
        return cast(F, compile_(cache=True)(function))
    except RuntimeError as error:
        # Numba looks for a folder at once: NUMBA_CACHE_DIR, beside the module, the user's own
        if "no locator" not in str(error):
            raise
        return cast(F, compile_()(function))


@kernel
def exp(x: Any) -> Any:
    """exp in float32 to 2 ulp: a polynomial on [-ln2/2, ln2/2] times a power of two.

    Written out because LLVM can vectorise it, and a call to libm it can't. The coefficients are
    those of the Cephes library's expf (public domain).
    """
    # comparisons, not min and max: those compile more slowly
    x = x if x > np.float32(-87.0) else np.float32(-87.0)
    x = x if x < np.float32(88.0) else np.float32(88.0)
    n = np.floor(x * np.float32(1.44269504) + np.float32(0.5))
    r = x - n * np.float32(0.693359375) + n * np.float32(2.12194440e-4)
    p = np.float32(1.9875691500e-4)
    p = p * r + np.float32(1.3981999507e-3)
    p = p * r + np.float32(8.3334519073e-3)
    p = p * r + np.float32(4.1665795894e-2)
    p = p * r + np.float32(1.6666665459e-1)
    p = p * r + np.float32(5.0000001201e-1)
    p = p * r * r + r + np.float32(1.0)
    power = np.int32((np.int32(n) + np.int32(127)) << np.int32(23))
    return p * power.view(np.float32)
