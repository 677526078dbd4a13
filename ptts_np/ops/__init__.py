"""Which operations there are, and who can carry them out.

A backend is a module with the functions of `Ops`. `reference` defines each of them in plain NumPy
(or any namespace of the Python array API); `jit` (Numba) and `rust` do the same, faster. Arrays are
float32, time first: `[time, channels]`. Weights are read-only and laid out by `model/weights.py`.
"""

import importlib
import importlib.util
import os
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, cast, runtime_checkable

from ptts_np.errors import BackendError

Array = Any
Weight = Any  # a float32 array `[outputs, inputs]`, or one of `ptts_np.ops.quantized`
Norm = tuple[Array, Array]  # weight and bias, `[channels]`
Affine = tuple[Weight, Array]  # weight and bias

BACKENDS = {
    "numpy": "ptts_np.ops.reference",
    "numba": "ptts_np.ops.jit",
    "rust": "ptts_np.ops.rust",
}


class Layer(NamedTuple):
    """A transformer layer: the arguments of `attention_block`, then those of `mlp_block`."""

    norm1: Norm
    in_proj: Weight
    out_proj: Weight
    scale1: Array | None
    norm2: Norm
    up: Weight
    down: Weight
    scale2: Array | None


class FlowHead(NamedTuple):
    """The flow head. `modulation` gives shift, scale and gate of each block and, for the output,
    shift and scale. A block is norm and two linears, as `modulated_block` takes them."""

    modulation: Affine
    input: Affine
    blocks: Sequence[tuple[Norm, Affine, Affine]]
    output: Affine


class Convolution(NamedTuple):
    """One module of a chain, and the weights and biases of its convolutions.

    `kind` is "conv", "elu_conv" (an ELU before it), "up" (ELU, then transposed) or "residual".
    """

    kind: str
    weights: Sequence[tuple[Array, Array | None]]
    stride: int
    dilation: int


def default_backend() -> str:
    """`PTTS_BACKEND`, else the fastest one installed."""
    fastest = "rust" if importlib.util.find_spec("rust_numpy") else "numba"
    return os.environ.get("PTTS_BACKEND") or fastest


@runtime_checkable
class Ops(Protocol):
    """The operations of the model; formulas are in `ptts_np.ops.reference`."""

    NAME: str

    def linear(self, x: Array, weight: Array, bias: Array | None = None) -> Array:
        """`[..., inputs] x [outputs, inputs] -> [..., outputs]`."""

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
        see rows `first+t-context+1 .. first+t`. `position` is the first row's place in the stream.
        Returns `[time, heads * dim]`.
        """

    def attention_block(
        self,
        x: Array,
        norm: Norm,
        in_proj: Weight,
        out_proj: Weight,
        scale: Array | None,
        cache: Array,
        first: int,
        position: int,
        heads: int,
        max_period: float,
        context: int | None,
    ) -> Array:
        """`x + scale * out_proj(attention(in_proj(layer_norm(x))))`, half a transformer layer."""

    def mlp_block(
        self, x: Array, norm: Norm, up: Weight, down: Weight, scale: Array | None
    ) -> Array:
        """`x + scale * down(gelu(up(layer_norm(x))))`, the other half."""

    def modulated_block(
        self, x: Array, modulation: Array, norm: Norm, first: Affine, second: Affine
    ) -> Array:
        """One block of the flow head, `x [1, dim]`: `x + gate * second(silu(first(h)))` where
        `h = layer_norm(x) * (1 + scale) + shift` and `modulation [1, 3 * dim]` is shift, scale and
        gate."""

    def conv1d(
        self, x: Array, weight: Array, bias: Array | None, stride: int, dilation: int
    ) -> Array:
        """Valid convolution, `[time, inputs] x [kernel, inputs, outputs]`."""

    def residual_block(
        self, x: Array, context: Array, first: Affine, second: Affine, dilation: int
    ) -> tuple[Array, Array]:
        """`x + second(elu(first(elu(x))))` with a causal `first` and a `second` of kernel 1.

        `context` is what `first` still sees of `elu(x)` before; the new one is returned, too.
        """

    def conv_transpose1d(self, x: Array, weight: Array, stride: int) -> Array:
        """`[time, inputs] x [inputs, kernel, outputs] -> [(time-1)*stride + kernel, outputs]`."""

    def depthwise_conv_transpose1d(self, x: Array, weight: Array, stride: int) -> Array:
        """`[time, channels] x [kernel, channels] -> [(time-1)*stride + kernel, channels]`."""

    def transformer(
        self,
        x: Array,
        layers: Sequence[Layer],
        cache: Array,
        first: int,
        position: int,
        heads: int,
        max_period: float,
        context: int | None,
    ) -> Array:
        """Layers one after the other, with `cache [layers, 2, capacity, kv_heads, dim]`."""

    def flow_head(self, x: Array, condition: Array, head: FlowHead) -> Array:
        """From `x [1, latent]` and `condition [1, dim]` to `[1, latent]`."""

    def convolutions(
        self, x: Array, modules: Sequence[Convolution], states: Sequence[Array | None]
    ) -> tuple[Array, list[Array | None]]:
        """The next rows of a stream through a chain of causal convolutions; the new states, too.

        A state is the rows a convolution still needs, None where copies of the first row to come
        stand for the past; of a transposed one the tail that overlaps its next output.
        """


def get_ops(name: str | None = None, threads: int = 1) -> Ops:
    """The backend called `name`, else the default one.

    Where a backend has threads of its own, at most `threads` share one large operation. Raises
    BackendError for a name that doesn't exist or isn't installed.
    """
    name = default_backend() if name is None else name
    if name not in BACKENDS:
        raise BackendError(f"there is no backend {name!r}: choose one of {', '.join(BACKENDS)}")
    try:
        module = importlib.import_module(BACKENDS[name])
    except ImportError as error:
        raise BackendError(f"the backend {name!r} is not installed: {error}") from error
    if threads > 1 and hasattr(module, "with_threads"):
        return cast(Ops, module.with_threads(threads))
    return cast(Ops, module)
