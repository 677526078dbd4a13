"""Blocks of the model, with what stands between two products done in one pass over memory."""

from typing import Any

import numpy as np

from ptts_np.ops.jit.attention import attention
from ptts_np.ops.jit.convolution import conv1d
from ptts_np.ops.jit.elementwise import affine_norm, elu_in_place, gelu_in_place
from ptts_np.ops.jit.products import linear
from ptts_np.ops.reference import silu
from ptts_np.ops.slots import Slots, attend

Array = np.ndarray


def attention_block(
    x: Array, layer: Any, slots: Slots, heads: int, max_period: float, context: int | None
) -> Array:
    qkv = linear(affine_norm(x, layer.norm1.weight, layer.norm1.bias, 1e-5), layer.in_proj)
    h = linear(attend(attention, qkv, slots, heads, max_period, context), layer.out_proj)
    return _residual(h, layer.scale1, x)


def mlp_block(x: Array, layer: Any) -> Array:
    h = gelu_in_place(linear(affine_norm(x, layer.norm2.weight, layer.norm2.bias, 1e-5), layer.up))
    h = linear(h, layer.down)
    return _residual(h, layer.scale2, x)


def _residual(h: Array, scale: Array | None, x: Array) -> Array:
    """`x + scale * h`, in h's memory."""
    if scale is not None:
        h *= scale
    h += x
    return h


def modulated_block(x: Array, modulation: Array, block: Any) -> Array:
    dim = x.shape[1]
    h = affine_norm(x, block.norm.weight, block.norm.bias, 1e-6)
    h *= modulation[:, dim : 2 * dim] + np.float32(1.0)
    h += modulation[:, :dim]
    h = linear(silu(linear(h, *block.first)), *block.second)
    return _residual(h, modulation[:, 2 * dim :], x)


def residual_block(
    x: Array, context: Array, first: Any, second: Any, dilation: int
) -> tuple[Array, Array]:
    before = context.shape[0]
    padded = np.empty((before + x.shape[0], x.shape[1]), np.float32)
    padded[:before], padded[before:] = context, x
    elu_in_place(padded[before:])
    h = elu_in_place(conv1d(padded, first[0], first[1], 1, dilation))
    return _residual(conv1d(h, second[0], second[1], 1, 1), None, x), padded[x.shape[0] :].copy()
