"""Blocks of the model, with what stands between two products done in one pass over memory."""

from typing import Any

import numpy as np

from ptts_np.ops.jit.attention import attention
from ptts_np.ops.jit.convolution import conv1d
from ptts_np.ops.jit.elementwise import (
    add,
    affine_norm,
    elu_in_place,
    gelu_in_place,
    scale_add,
    silu_in_place,
)
from ptts_np.ops.jit.kernel import exp, kernel
from ptts_np.ops.jit.products import linear

Array = np.ndarray


def attention_block(
    x: Array, layer: Any, slots: Any, heads: int, max_period: float, context: int | None
) -> Array:
    qkv = linear(affine_norm(x, layer.norm1.weight, layer.norm1.bias, 1e-5), layer.in_proj)
    rows = x.shape[0] // len(slots.caches)
    attended = [
        attention(
            qkv[i * rows : (i + 1) * rows], cache, first, position, heads, max_period, context
        )
        for i, (cache, first, position) in enumerate(zip(*slots, strict=True))
    ]
    h = linear(attended[0] if len(attended) == 1 else np.concatenate(attended), layer.out_proj)
    return add(h, x) if layer.scale1 is None else scale_add(h, layer.scale1, x)


def mlp_block(x: Array, layer: Any) -> Array:
    h = gelu_in_place(linear(affine_norm(x, layer.norm2.weight, layer.norm2.bias, 1e-5), layer.up))
    h = linear(h, layer.down)
    return add(h, x) if layer.scale2 is None else scale_add(h, layer.scale2, x)


def modulated_block(x: Array, modulation: Array, block: Any) -> Array:
    h = _modulate(affine_norm(x, block.norm.weight, block.norm.bias, 1e-6), modulation)
    h = linear(silu_in_place(linear(h, *block.first)), *block.second)
    return _gate_add(h, modulation, x)


@kernel
def _modulate(y: Array, modulation: Array) -> Array:
    rows, dim = y.shape
    for row in range(rows):
        for i in range(dim):
            scale = np.float32(1.0) + modulation[row, dim + i]
            y[row, i] = y[row, i] * scale + modulation[row, i]
    return y


@kernel
def _gate_add(y: Array, modulation: Array, x: Array) -> Array:
    rows, dim = y.shape
    for row in range(rows):
        for i in range(dim):
            y[row, i] = x[row, i] + modulation[row, 2 * dim + i] * y[row, i]
    return y


def residual_block(
    x: Array, context: Array, first: Any, second: Any, dilation: int
) -> tuple[Array, Array]:
    padded = _elu_after(context, x)
    h = conv1d(
        elu_in_place(conv1d(padded, first[0], first[1], 1, dilation)), second[0], second[1], 1, 1
    )
    return add(h, x), padded[x.shape[0] :].copy()


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
            padded[before + row, i] = v if v > 0 else exp(v) - np.float32(1.0)
    return padded
