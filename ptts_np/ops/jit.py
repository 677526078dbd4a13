"""The operations in Numba, around BLAS for the products of matrices.

Kernels compile at first use, are cached on disk and release the GIL. They are single-threaded:
streams and the stages of the pipeline run beside each other instead. `fastmath` lets sums be
reordered, so results equal the reference's to rounding, not to the bit.
"""

import math
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np

from ptts_np.ops import Affine, Norm, Ops, Weight, compose
from ptts_np.ops.quantized import Bf16Weight, Int8Weight
from ptts_np.ops.reference import variance_norm

__all__ = [
    "NAME",
    "attention",
    "attention_block",
    "conv1d",
    "conv_transpose1d",
    "convolutions",
    "depthwise_conv_transpose1d",
    "elu",
    "flow_head",
    "gelu",
    "is_compiled",
    "layer_norm",
    "linear",
    "mlp_block",
    "modulated_block",
    "residual_block",
    "silu",
    "transformer",
    "variance_norm",
]

NAME = "numba"

_COLUMN_VALUES = 1 << 16  # 256 kB
_WIDENED_VALUES = 1 << 17  # 512 kB

Array = np.ndarray
F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile at first call, once a machine."""
    compiled = numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")(function)
    return cast(F, compiled)


@kernel
def _exp(x: Any) -> Any:
    """exp in float32 to 2 ulp: a polynomial on [-ln2/2, ln2/2] times a power of two.

    Written out because LLVM can vectorise it, and a call to libm it can't. The coefficients are
    those of the Cephes library's expf (public domain).
    """
    x = min(max(x, np.float32(-87.0)), np.float32(88.0))
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


def linear(x: Array, weight: Weight, bias: Array | None = None) -> Array:
    # one row is bound by reading the weight, and a plain loop reads as fast as BLAS does
    if isinstance(weight, Int8Weight):
        y = _int8_row(x, *weight) if x.shape[0] == 1 else x @ _int8_dense(*weight).T
    elif isinstance(weight, Bf16Weight):
        y = (_bf16_row if x.shape[0] == 1 else _bf16_rows)(x, weight.bits)
    else:
        y = _row(x, weight) if x.shape[0] == 1 else x @ weight.T
    return y if bias is None else _add_bias(y, bias)


@kernel
def _row(x: Array, weight: Array) -> Array:
    rows, inputs = weight.shape
    y = np.empty((1, rows), np.float32)
    for row in range(rows):
        total = np.float32(0.0)
        for i in range(inputs):
            total += weight[row, i] * x[0, i]
        y[0, row] = total
    return y


@kernel
def _bf16_row(x: Array, bits: Array) -> Array:
    rows, inputs = bits.shape
    y = np.empty((1, rows), np.float32)
    for row in range(rows):
        total = np.float32(0.0)
        for i in range(inputs):
            wide = np.uint32(np.uint32(bits[row, i]) << np.uint32(16))
            total += wide.view(np.float32) * x[0, i]
        y[0, row] = total
    return y


def _bf16_rows(x: Array, bits: Array) -> Array:
    outputs, inputs = bits.shape
    y = np.empty((x.shape[0], outputs), np.float32)
    # in blocks, so that a product reads its weights while they are still in the cache
    block = max(_WIDENED_VALUES // inputs, 1)
    wide = np.empty((min(block, outputs), inputs), np.float32)
    for start in range(0, outputs, block):
        stop = min(start + block, outputs)
        _widen(bits, start, stop, wide)
        np.matmul(x, wide[: stop - start].T, out=y[:, start:stop])
    return y


@kernel
def _widen(bits: Array, start: int, stop: int, wide: Array) -> None:
    for row in range(start, stop):
        for i in range(bits.shape[1]):
            value = np.uint32(np.uint32(bits[row, i]) << np.uint32(16))
            wide[row - start, i] = value.view(np.float32)


@kernel
def _int8_row(x: Array, values: Array, units: Array) -> Array:
    rows, inputs = values.shape
    y = np.empty((1, rows), np.float32)
    for row in range(rows):
        total = np.float32(0.0)
        for i in range(inputs):
            total += np.float32(values[row, i]) * x[0, i]
        y[0, row] = total * units[row]
    return y


@kernel
def _int8_dense(values: Array, units: Array) -> Array:
    rows, inputs = values.shape
    weight = np.empty((rows, inputs), np.float32)
    for row in range(rows):
        for i in range(inputs):
            weight[row, i] = np.float32(values[row, i]) * units[row]
    return weight


@kernel
def _add_bias(y: Array, bias: Array) -> Array:
    for row in range(y.shape[0]):
        for i in range(bias.size):
            y[row, i] += bias[i]
    return y


@kernel
def _add(y: Array, x: Array) -> Array:
    rows, width = y.shape
    for row in range(rows):
        for i in range(width):
            y[row, i] += x[row, i]
    return y


@kernel
def _scale_add(y: Array, scale: Array, x: Array) -> Array:
    rows, width = y.shape
    for row in range(rows):
        for i in range(width):
            y[row, i] = x[row, i] + scale[i] * y[row, i]
    return y


def layer_norm(x: Array, weight: Array | None, bias: Array | None, eps: float) -> Array:
    if weight is None or bias is None:
        return _normalise(x, eps)
    return _layer_norm(x, weight, bias, eps)


@kernel
def _normalise(x: Array, eps: float) -> Array:
    y = np.empty_like(x)
    rows, width = x.shape
    for row in range(rows):
        total = np.float32(0.0)
        for i in range(width):
            total += x[row, i]
        mean = total / np.float32(width)
        squares = np.float32(0.0)
        for i in range(width):
            squares += (x[row, i] - mean) * (x[row, i] - mean)
        scale = np.float32(1.0 / math.sqrt(squares / np.float32(width) + eps))
        for i in range(width):
            y[row, i] = (x[row, i] - mean) * scale
    return y


@kernel
def _layer_norm(x: Array, weight: Array, bias: Array, eps: float) -> Array:
    y = _normalise(x, eps)
    rows, width = x.shape
    for row in range(rows):
        for i in range(width):
            y[row, i] = y[row, i] * weight[i] + bias[i]
    return y


def gelu(x: Array) -> Array:
    return _gelu(x.copy())


@kernel
def _gelu(y: Array) -> Array:
    rows, width = y.shape
    # tanh through the logistic function: (1 + tanh(u)) / 2 = 1 / (1 + exp(-2u))
    factor = np.float32(-2.0 * math.sqrt(2.0 / math.pi))
    for row in range(rows):
        for i in range(width):
            v = y[row, i]
            u = factor * (v + np.float32(0.044715) * v * v * v)
            y[row, i] = v / (np.float32(1.0) + _exp(u))
    return y


def silu(x: Array) -> Array:
    return _silu(x.copy())


@kernel
def _silu(y: Array) -> Array:
    rows, width = y.shape
    for row in range(rows):
        for i in range(width):
            y[row, i] = y[row, i] / (np.float32(1.0) + _exp(-y[row, i]))
    return y


def elu(x: Array) -> Array:
    return _elu(x.copy())


@kernel
def _elu(y: Array) -> Array:
    rows, width = y.shape
    for row in range(rows):
        for i in range(width):
            v = y[row, i]
            y[row, i] = v if v > 0 else _exp(v) - np.float32(1.0)
    return y


def attention(
    qkv: Array,
    cache: Array,
    first: int,
    position: int,
    heads: int,
    max_period: float,
    context: int | None,
) -> Array:
    window = first + qkv.shape[0] if context is None else context
    return _attention(qkv, cache, first, position, heads, max_period, window)


@kernel
def _attention(
    qkv: Array,
    cache: Array,
    first: int,
    position: int,
    heads: int,
    max_period: float,
    window: int,
) -> Array:
    time = qkv.shape[0]
    kv_heads, dim = cache.shape[2], cache.shape[3]
    group, half = heads // kv_heads, dim // 2
    period = np.empty(half, np.float64)
    for i in range(half):
        period[i] = max_period ** (-2.0 * i / dim)
    queries = np.empty((time, heads, dim), np.float32)
    cos, sin = np.empty(half, np.float32), np.empty(half, np.float32)
    scale = np.float32(1.0 / math.sqrt(dim))
    for t in range(time):
        for i in range(half):
            cos[i] = math.cos((position + t) * period[i])
            sin[i] = math.sin((position + t) * period[i])
        for h in range(heads):
            start = h * dim
            for i in range(half):
                a, b = qkv[t, start + 2 * i], qkv[t, start + 2 * i + 1]
                queries[t, h, 2 * i] = (a * cos[i] - b * sin[i]) * scale
                queries[t, h, 2 * i + 1] = (a * sin[i] + b * cos[i]) * scale
        for h in range(kv_heads):
            start = (heads + h) * dim
            for i in range(half):
                a, b = qkv[t, start + 2 * i], qkv[t, start + 2 * i + 1]
                cache[0, first + t, h, 2 * i] = a * cos[i] - b * sin[i]
                cache[0, first + t, h, 2 * i + 1] = a * sin[i] + b * cos[i]
            start = (heads + kv_heads + h) * dim
            for i in range(dim):
                cache[1, first + t, h, i] = qkv[t, start + i]
    out = np.zeros((time, heads * dim), np.float32)
    scores = np.empty(first + time, np.float32)
    # head by head: one head's keys and values stay in the cache for all queries
    for h in range(heads):
        kv = h // group
        for t in range(time):
            stop = first + t + 1
            begin = max(0, stop - window)
            top = np.float32(-np.inf)
            for row in range(begin, stop):
                score = np.float32(0.0)
                for i in range(dim):
                    score += queries[t, h, i] * cache[0, row, kv, i]
                scores[row] = score
                top = max(top, score)
            total = np.float32(0.0)
            for row in range(begin, stop):
                scores[row] = _exp(scores[row] - top)
                total += scores[row]
            for row in range(begin, stop):
                weight = scores[row] / total
                for i in range(dim):
                    out[t, h * dim + i] += weight * cache[1, row, kv, i]
    return out


def attention_block(
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
    qkv = linear(_layer_norm(x, *norm, 1e-5), in_proj)
    h = linear(attention(qkv, cache, first, position, heads, max_period, context), out_proj)
    return _add(h, x) if scale is None else _scale_add(h, scale, x)


def mlp_block(x: Array, norm: Norm, up: Weight, down: Weight, scale: Array | None) -> Array:
    h = linear(_gelu(linear(_layer_norm(x, *norm, 1e-5), up)), down)
    return _add(h, x) if scale is None else _scale_add(h, scale, x)


def modulated_block(
    x: Array, modulation: Array, norm: Norm, first: Affine, second: Affine
) -> Array:
    h = _modulate(_layer_norm(x, *norm, 1e-6), modulation)
    h = linear(_silu(linear(h, *first)), *second)
    return _gate_add(h, modulation, x)


@kernel
def _modulate(y: Array, modulation: Array) -> Array:
    dim = y.shape[1]
    for i in range(dim):
        y[0, i] = y[0, i] * (np.float32(1.0) + modulation[0, dim + i]) + modulation[0, i]
    return y


@kernel
def _gate_add(y: Array, modulation: Array, x: Array) -> Array:
    dim = y.shape[1]
    for i in range(dim):
        y[0, i] = x[0, i] + modulation[0, 2 * dim + i] * y[0, i]
    return y


def conv1d(x: Array, weight: Array, bias: Array | None, stride: int, dilation: int) -> Array:
    taps, inputs, outputs = weight.shape
    if taps == 1 and stride == 1:
        y = x @ weight[0]
    else:
        time = max((x.shape[0] - (taps - 1) * dilation - 1) // stride + 1, 0)
        y = np.empty((time, outputs), np.float32)
        flat = weight.reshape(taps * inputs, outputs)
        # in blocks, so that a product reads its columns while they are still in the cache
        block = max(_COLUMN_VALUES // (taps * inputs), 16)
        for start in range(0, time, block):
            stop = min(start + block, time)
            columns = _columns(x, start, stop, taps, stride, dilation)
            np.matmul(columns, flat, out=y[start:stop])
    return y if bias is None else _add_bias(y, bias)


@kernel
def _columns(x: Array, start: int, stop: int, taps: int, stride: int, dilation: int) -> Array:
    """`[time, taps * inputs]`: what the rows start..stop of a convolution's output see."""
    inputs = x.shape[1]
    columns = np.empty((stop - start, taps * inputs), np.float32)
    for t in range(start, stop):
        for tap in range(taps):
            row = t * stride + tap * dilation
            for i in range(inputs):
                columns[t - start, tap * inputs + i] = x[row, i]
    return columns


def residual_block(
    x: Array, context: Array, first: Affine, second: Affine, dilation: int
) -> tuple[Array, Array]:
    padded = _elu_after(context, x)
    h = conv1d(_elu(conv1d(padded, *first, 1, dilation)), *second, 1, 1)
    return _add(h, x), padded[x.shape[0] :].copy()


@kernel
def _elu_after(context: Array, x: Array) -> Array:
    """The rows of `context`, then those of `elu(x)`."""
    before, width = context.shape
    padded = np.empty((before + x.shape[0], width), np.float32)
    # loops, not slices: those take seconds to compile
    for row in range(before):
        for i in range(width):
            padded[row, i] = context[row, i]
    for row in range(x.shape[0]):
        for i in range(width):
            v = x[row, i]
            padded[before + row, i] = v if v > 0 else _exp(v) - np.float32(1.0)
    return padded


def conv_transpose1d(x: Array, weight: Array, stride: int) -> Array:
    inputs, taps, outputs = weight.shape
    pieces = x @ weight.reshape(inputs, taps * outputs)
    return _overlap_add(pieces.reshape(x.shape[0], taps, outputs), stride)


@kernel
def _overlap_add(pieces: Array, stride: int) -> Array:
    time, taps, outputs = pieces.shape
    y = np.zeros((max((time - 1) * stride + taps, 0), outputs), np.float32)
    for t in range(time):
        for tap in range(taps):
            for i in range(outputs):
                y[t * stride + tap, i] += pieces[t, tap, i]
    return y


@kernel
def depthwise_conv_transpose1d(x: Array, weight: Array, stride: int) -> Array:
    time, channels = x.shape
    taps = weight.shape[0]
    y = np.zeros((max((time - 1) * stride + taps, 0), channels), np.float32)
    for t in range(time):
        for tap in range(taps):
            for i in range(channels):
                y[t * stride + tap, i] += x[t, i] * weight[tap, i]
    return y


_this = cast(Ops, sys.modules[__name__])
transformer = partial(compose.transformer, _this)
flow_head = partial(compose.flow_head, _this)
convolutions = partial(compose.convolutions, _this)


def is_compiled() -> bool:
    """Whether the kernels of this version are in the disk cache."""
    folder = Path(cast(Any, _attention).stats.cache_path)
    return any(folder.glob("jit._attention*.nbi"))
