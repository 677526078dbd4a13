"""The operations of `ptts_np.ops.Ops` on NumPy's float32 arrays; formulas are in its reference."""

from collections.abc import Sequence
from typing import Any

import numpy as np

F32 = np.ndarray
Weight = Any
Norm = tuple[F32, F32]
Affine = tuple[Weight, F32]
Conv = tuple[Weight, F32 | None]
Layer = tuple[Norm, Weight, Weight, F32 | None, Norm, Weight, Weight, F32 | None]
FlowHead = tuple[Affine, Affine, Sequence[tuple[Norm, Affine, Affine]], Affine]
Convolution = tuple[str, Sequence[Conv], int, int]

CPU_LEVEL: str
"""The kernels in use. The environment's `RUST_NUMPY_CPU` names the highest that may be: "portable",
"avx2", "avx512" or "avx512vnni"."""

HAS_INT16: bool
"""Whether products of int16 weights are faster than those of float32 on this CPU."""

class Threads:
    """Threads that help with large operations: the calling one and `threads - 1` more."""

    def __init__(self, threads: int) -> None: ...
    @property
    def count(self) -> int: ...

def attention(
    qkv: F32,
    cache: F32,
    first: int,
    position: int,
    heads: int,
    max_period: float,
    context: int | None,
) -> F32: ...
def attention_block(
    x: F32,
    norm: Norm,
    in_proj: Weight,
    out_proj: Weight,
    scale: F32 | None,
    cache: F32,
    first: int,
    position: int,
    heads: int,
    max_period: float,
    context: int | None,
) -> F32: ...
def conv1d(x: F32, weight: Weight, bias: F32 | None, stride: int, dilation: int) -> F32: ...
def conv_transpose1d(x: F32, weight: Weight, stride: int) -> F32: ...
def convolutions(
    x: F32,
    modules: Sequence[Convolution],
    states: Sequence[F32 | None],
    *,
    threads: Threads | None = None,
) -> tuple[F32, list[F32 | None]]: ...
def depthwise_conv_transpose1d(x: F32, weight: F32, stride: int) -> F32: ...
def elu(x: F32) -> F32: ...
def flow_head(x: F32, condition: F32, head: FlowHead, *, threads: Threads | None = None) -> F32: ...
def gelu(x: F32) -> F32: ...
def layer_norm(x: F32, weight: F32 | None, bias: F32 | None, eps: float) -> F32: ...
def linear(
    x: F32, weight: Weight, bias: F32 | None = None, *, threads: Threads | None = None
) -> F32: ...
def mlp_block(x: F32, norm: Norm, up: Weight, down: Weight, scale: F32 | None) -> F32: ...
def modulated_block(x: F32, modulation: F32, norm: Norm, first: Affine, second: Affine) -> F32: ...
def residual_block(
    x: F32, context: F32, first: Conv, second: Conv, dilation: int
) -> tuple[F32, F32]: ...
def silu(x: F32) -> F32: ...
def transformer(
    x: F32,
    layers: Sequence[Layer],
    cache: F32,
    first: int,
    position: int,
    heads: int,
    max_period: float,
    context: int | None,
    *,
    threads: Threads | None = None,
) -> F32: ...
def transformer_rows(
    x: F32,
    layers: Sequence[Layer],
    caches: Sequence[F32],
    firsts: Sequence[int],
    positions: Sequence[int],
    heads: int,
    max_period: float,
    *,
    threads: Threads | None = None,
) -> F32: ...
def variance_norm(x: F32, alpha: F32, eps: float) -> F32: ...
