"""Which operations there are, and who can carry them out.

    reference.py   each operation in plain NumPy: the definition
    jit/           the same in Numba
    rust.py        the same in Rust, from the module `rust_numpy`
    quantized.py   weights in fewer bytes

The model's formulas (`ptts_np.model`) are written in the primitives of `Ops`. A backend may have
whole blocks of them as one operation, `Fused`; each is compared with the formula it replaces.
Arrays are float32, time first: `[time, channels]`. Weights are read-only.
"""

import importlib
import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from ptts_np.errors import BackendError

Array = Any
Weight = Any  # a float32 array `[outputs, inputs]`, or one of `ptts_np.ops.quantized`

BACKENDS = {
    "numpy": "ptts_np.ops.reference",
    "numba": "ptts_np.ops.jit",
    "rust": "ptts_np.ops.rust",
}


@dataclass(frozen=True)
class Fused:
    """Whole blocks of the model that a backend has as one operation; None: the formula is used.

    Each has the name and arguments of a function in `ptts_np.model`, less `ops`.
    """

    transformer: Callable[..., Array] | None = None  # transformer.all_layers
    attention_block: Callable[..., Array] | None = None  # transformer.attention_block
    mlp_block: Callable[..., Array] | None = None  # transformer.mlp_block
    flow_head: Callable[..., Array] | None = None  # flow_head.head
    modulated_block: Callable[..., Array] | None = None  # flow_head.modulated_block
    convolutions: Callable[..., tuple[Array, Any]] | None = None  # seanet.convolutions
    residual_block: Callable[..., tuple[Array, Array]] | None = None  # seanet.residual_block


@runtime_checkable
class Ops(Protocol):
    """The operations of the model; formulas are in `ptts_np.ops.reference`."""

    fused: Fused

    def linear(self, x: Array, weight: Weight, bias: Array | None = None) -> Array:
        """`[time, inputs] x [outputs, inputs] -> [time, outputs]`.

        Up to `Backend.rows` of them, a row is to the bit what it is alone.
        """

    def layer_norm(self, x: Array, weight: Array | None, bias: Array | None, eps: float) -> Array:
        """Mean and variance over the last axis; no affine part where `weight` is None."""

    def variance_norm(self, x: Array, alpha: Array, eps: float) -> Array:
        """`x * alpha / sqrt(eps + unbiased variance)`; the mean is not removed from x."""

    def gelu(self, x: Array) -> Array:
        """The tanh form of GELU."""

    def silu(self, x: Array) -> Array:
        """`x * sigmoid(x)`."""

    def elu(self, x: Array) -> Array:
        """`x` where positive, else `exp(x) - 1`."""

    def attention(
        self,
        qkv: Array,
        cache: Array,
        first: int,
        position: int,
        heads: int,
        max_period: float,
        context: int | None,
    ) -> Array:
        """Causal grouped-query attention with rotary positions over a KV cache.

        Writes the keys and values of `qkv [time, (heads + 2 * kv_heads) * dim]`, keys rotated,
        into rows `first .. first+time` of `cache [2, capacity, kv_heads, dim]`, then lets query t
        see rows `first+t-context+1 .. first+t`. `position` is that of the first row in the stream.
        Returns `[time, heads * dim]`.
        """

    def conv1d(
        self, x: Array, weight: Array, bias: Array | None, stride: int, dilation: int
    ) -> Array:
        """Valid convolution, `[time, inputs] x [kernel, inputs, outputs]`."""

    def conv_transpose1d(self, x: Array, weight: Array, stride: int) -> Array:
        """`[time, inputs] x [inputs, kernel, outputs] -> [(time-1)*stride + kernel, outputs]`."""

    def depthwise_conv_transpose1d(self, x: Array, weight: Array, stride: int) -> Array:
        """`[time, channels] x [kernel, channels] -> [(time-1)*stride + kernel, channels]`."""


@dataclass(frozen=True)
class Backend:
    """Who carries the operations out.

    `rows` is how many rows `linear` takes, each giving what it gives alone: what one step of many
    streams has at most. `with_threads` gives operations that share large ones among so many
    threads, where the backend has threads of its own. `is_compiled` tells whether its kernels are
    ready, if it compiles any.
    """

    name: str
    ops: Ops
    rows: int = 1
    has_int16: bool = False  # whether products of int16 are faster than those of float32
    with_threads: Callable[[int], Ops] | None = None
    is_compiled: Callable[[], bool] | None = None

    def operations(self, threads: int = 1) -> Ops:
        """The operations; where the backend can, up to `threads` threads share a large one."""
        return self.with_threads(threads) if threads > 1 and self.with_threads else self.ops


def default_backend() -> str:
    """The fastest backend that is installed, unless `PTTS_BACKEND` names one."""
    if chosen := os.environ.get("PTTS_BACKEND"):
        return chosen
    for name, module in (("rust", "rust_numpy"), ("numba", "numba")):
        if importlib.util.find_spec(module):
            return name
    return "numpy"


def get_backend(name: str | None = None) -> Backend:
    """The backend called `name`, else the default one.

    Raises BackendError for a name that doesn't exist or isn't installed.
    """
    name = default_backend() if name is None else name
    if name not in BACKENDS:
        raise BackendError(f"there is no backend {name!r}: choose one of {', '.join(BACKENDS)}")
    try:
        backend: Backend = importlib.import_module(BACKENDS[name]).BACKEND
    except ImportError as error:
        raise BackendError(f"the backend {name!r} is not installed: {error}") from error
    return backend
