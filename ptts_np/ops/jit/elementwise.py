"""Norms and activations, and sums of arrays, each in one pass over memory."""

import math

import numpy as np

from ptts_np.ops.jit.kernel import exp, kernel

Array = np.ndarray


@kernel
def add_bias(y: Array, bias: Array) -> Array:
    for row in range(y.shape[0]):
        for i in range(bias.size):
            y[row, i] += bias[i]
    return y


@kernel
def add(y: Array, x: Array) -> Array:
    rows, width = y.shape
    for row in range(rows):
        for i in range(width):
            y[row, i] += x[row, i]
    return y


@kernel
def scale_add(y: Array, scale: Array, x: Array) -> Array:
    rows, width = y.shape
    for row in range(rows):
        for i in range(width):
            y[row, i] = x[row, i] + scale[i] * y[row, i]
    return y


def layer_norm(x: Array, weight: Array | None, bias: Array | None, eps: float) -> Array:
    if weight is None or bias is None:
        return _normalize(x, eps)
    return affine_norm(x, weight, bias, eps)


@kernel
def _normalize(x: Array, eps: float) -> Array:
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
def affine_norm(x: Array, weight: Array, bias: Array, eps: float) -> Array:
    y = _normalize(x, eps)
    rows, width = x.shape
    for row in range(rows):
        for i in range(width):
            y[row, i] = y[row, i] * weight[i] + bias[i]
    return y


def gelu(x: Array) -> Array:
    return gelu_in_place(x.copy())


@kernel
def gelu_in_place(y: Array) -> Array:
    rows, width = y.shape
    # tanh through the logistic function: (1 + tanh(u)) / 2 = 1 / (1 + exp(-2u))
    factor = np.float32(-2.0 * math.sqrt(2.0 / math.pi))
    for row in range(rows):
        for i in range(width):
            v = y[row, i]
            u = factor * (v + np.float32(0.044715) * v * v * v)
            y[row, i] = v / (np.float32(1.0) + exp(u))
    return y


def silu(x: Array) -> Array:
    return silu_in_place(x.copy())


@kernel
def silu_in_place(y: Array) -> Array:
    rows, width = y.shape
    for row in range(rows):
        for i in range(width):
            y[row, i] = y[row, i] / (np.float32(1.0) + exp(-y[row, i]))
    return y


def elu(x: Array) -> Array:
    return elu_in_place(x.copy())


@kernel
def elu_in_place(y: Array) -> Array:
    rows, width = y.shape
    for row in range(rows):
        for i in range(width):
            v = y[row, i]
            y[row, i] = v if v > 0 else exp(v) - np.float32(1.0)
    return y
