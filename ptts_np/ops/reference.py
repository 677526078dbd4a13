"""Every operation in the clearest NumPy that is right: the definition the fast backends meet.

Nothing here names NumPy: the namespace is the array's own (`__array_namespace__` of the Python
array API standard), so any library that follows the standard can carry the model.
"""

import math
import sys
from typing import cast

from jaxtyping import Float

from ptts_np.ops import Array, Backend, Fused, Ops, Weight
from ptts_np.ops.quantized import dense

EXACT_ROWS = 32


def linear(
    x: Float[Array, "time inputs"], weight: Weight, bias: Float[Array, "outputs"] | None = None
) -> Float[Array, "time outputs"]:
    wide = dense(weight).T
    # few rows are multiplied one by one: BLAS sums a row in another order for other numbers of rows
    y = (x[:, None, :] @ wide)[:, 0] if x.shape[0] <= EXACT_ROWS else x @ wide
    return y if bias is None else y + bias


def layer_norm(
    x: Float[Array, "time channels"],
    weight: Float[Array, "channels"] | None,
    bias: Float[Array, "channels"] | None,
    eps: float,
) -> Float[Array, "time channels"]:
    xp = x.__array_namespace__()
    centred = x - xp.mean(x, axis=-1, keepdims=True)
    variance = xp.mean(centred * centred, axis=-1, keepdims=True)
    y = centred / xp.sqrt(variance + eps)
    return y if weight is None else y * weight + bias


def variance_norm(
    x: Float[Array, "time channels"], alpha: Float[Array, "channels"], eps: float
) -> Float[Array, "time channels"]:
    xp = x.__array_namespace__()
    return x * alpha / xp.sqrt(eps + xp.var(x, axis=-1, correction=1, keepdims=True))


def gelu(x: Float[Array, "time channels"]) -> Float[Array, "time channels"]:
    xp = x.__array_namespace__()
    return 0.5 * x * (1 + xp.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def silu(x: Float[Array, "time channels"]) -> Float[Array, "time channels"]:
    xp = x.__array_namespace__()
    # sigmoid(x) = (1 + tanh(x/2)) / 2 cannot overflow, as exp(-x) does
    return x * (0.5 + 0.5 * xp.tanh(0.5 * x))


def elu(x: Float[Array, "time channels"]) -> Float[Array, "time channels"]:
    xp = x.__array_namespace__()
    return xp.where(x > 0, x, xp.expm1(xp.minimum(x, xp.zeros_like(x))))


def rope(
    x: Float[Array, "time heads dim"], position: int, max_period: float
) -> Float[Array, "time heads dim"]:
    xp = x.__array_namespace__()
    time, _, dim = x.shape
    # float64: in float32 the angle of a position in the millions would be wrong by tenths
    positions = xp.arange(position, position + time, dtype=xp.float64)
    inverse_periods = max_period ** (-xp.arange(0, dim, 2, dtype=xp.float64) / dim)
    angles = positions[:, None, None] * inverse_periods
    cos, sin = xp.astype(xp.cos(angles), x.dtype), xp.astype(xp.sin(angles), x.dtype)
    real, imaginary = x[:, :, 0::2], x[:, :, 1::2]
    turned = (real * cos - imaginary * sin, real * sin + imaginary * cos)
    return xp.reshape(xp.stack(turned, axis=-1), x.shape)


def attention(
    qkv: Float[Array, "time projected"],
    cache: Float[Array, "2 capacity kv_heads dim"],
    first: int,
    position: int,
    heads: int,
    max_period: float,
    context: int | None,
) -> Float[Array, "time attended"]:
    xp = qkv.__array_namespace__()
    time = qkv.shape[0]
    _, _, kv_heads, dim = cache.shape
    group = heads // kv_heads
    q, k, v = qkv[:, : heads * dim], *_halves(qkv[:, heads * dim :])
    rows = first + time
    cache[0, first:rows] = rope(xp.reshape(k, (time, kv_heads, dim)), position, max_period)
    cache[1, first:rows] = xp.reshape(v, (time, kv_heads, dim))
    q = rope(xp.reshape(q, (time, heads, dim)), position, max_period)
    # [kv_heads, time * group, dim] x [kv_heads, dim, rows]
    q = xp.permute_dims(xp.reshape(q, (time, kv_heads, group, dim)), (1, 0, 2, 3))
    q = xp.reshape(q, (kv_heads, time * group, dim))
    scores = q @ xp.permute_dims(cache[0, :rows], (1, 2, 0)) / math.sqrt(dim)
    scores = xp.reshape(scores, (kv_heads, time, group, rows))
    query = xp.reshape(xp.arange(first, rows), (time, 1, 1))
    seen = xp.arange(rows) <= query
    if context is not None:
        seen = seen & (xp.arange(rows) > query - context)
    scores = xp.where(seen, scores, -math.inf)
    weights = xp.exp(scores - xp.max(scores, axis=-1, keepdims=True))
    weights = weights / xp.sum(weights, axis=-1, keepdims=True)
    weights = xp.reshape(weights, (kv_heads, time * group, rows))
    mixed = weights @ xp.permute_dims(cache[1, :rows], (1, 0, 2))
    mixed = xp.permute_dims(xp.reshape(mixed, (kv_heads, time, group, dim)), (1, 0, 2, 3))
    return xp.reshape(mixed, (time, heads * dim))


def _halves(x: Array) -> tuple[Array, Array]:
    half = x.shape[1] // 2
    return x[:, :half], x[:, half:]


def conv1d(
    x: Float[Array, "time inputs"],
    weight: Float[Array, "kernel inputs outputs"],
    bias: Float[Array, "outputs"] | None,
    stride: int,
    dilation: int,
) -> Float[Array, "out_time outputs"]:
    xp = x.__array_namespace__()
    kernel, inputs, outputs = weight.shape
    time = max((x.shape[0] - (kernel - 1) * dilation - 1) // stride + 1, 0)
    last = max((time - 1) * stride + 1, 0)
    taps = [x[tap * dilation : tap * dilation + last : stride] for tap in range(kernel)]
    y = xp.concat(taps, axis=1) @ xp.reshape(weight, (kernel * inputs, outputs))
    return y if bias is None else y + bias


def conv_transpose1d(
    x: Float[Array, "time inputs"], weight: Float[Array, "inputs kernel outputs"], stride: int
) -> Float[Array, "out_time outputs"]:
    xp = x.__array_namespace__()
    inputs, kernel, outputs = weight.shape
    pieces = x @ xp.reshape(weight, (inputs, kernel * outputs))
    return _overlap_add(xp.reshape(pieces, (x.shape[0], kernel, outputs)), stride)


def depthwise_conv_transpose1d(
    x: Float[Array, "time channels"], weight: Float[Array, "kernel channels"], stride: int
) -> Float[Array, "out_time channels"]:
    return _overlap_add(x[:, None, :] * weight, stride)


def _overlap_add(pieces: Array, stride: int) -> Array:
    """Sum `[time, kernel, channels]`, each piece `stride` rows after the one before."""
    xp = pieces.__array_namespace__()
    time, kernel, channels = pieces.shape
    blocks = -(-kernel // stride)
    y = xp.zeros(((time + blocks - 1) * stride, channels), dtype=pieces.dtype)
    for block in range(blocks):
        part = pieces[:, block * stride : (block + 1) * stride]
        rows = xp.zeros((time, stride, channels), dtype=pieces.dtype)
        rows[:, : part.shape[1]] = part
        y[block * stride : (block + time) * stride] += xp.reshape(rows, (time * stride, channels))
    return y[: max((time - 1) * stride + kernel, 0)]


fused = Fused()
BACKEND = Backend("numpy", cast(Ops, sys.modules[__name__]), rows=EXACT_ROWS)
