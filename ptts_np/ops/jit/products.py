"""Products with the weights: plain loops for one row, BLAS for more."""

import numpy as np

from ptts_np.ops import Weight
from ptts_np.ops.jit.kernel import kernel
from ptts_np.ops.quantized import Bf16Weight, Int8Weight

Array = np.ndarray

_WIDENED_VALUES = 1 << 17  # 512 kB


def linear(x: Array, weight: Weight, bias: Array | None = None) -> Array:
    if x.shape[0] == 1:
        y = _one_row(x, weight)
    elif isinstance(weight, Int8Weight | Bf16Weight):
        y = _blockwise(x, weight)
    else:
        y = x @ weight.T
    if bias is not None:
        y += bias
    return y


def _one_row(x: Array, weight: Weight) -> Array:
    """One row is bound by reading the weight, and a plain loop reads as fast as BLAS does."""
    if isinstance(weight, Int8Weight):
        y = np.empty((1, weight.values.shape[0]), np.float32)
        _int8_row(x, *weight, y)
    elif isinstance(weight, Bf16Weight):
        y = np.empty((1, weight.bits.shape[0]), np.float32)
        _bf16_row(x, weight.bits, y)
    else:
        y = np.empty((1, weight.shape[0]), np.float32)
        _row(x, weight, y)
    return y


@kernel
def _row(x: Array, weight: Array, y: Array) -> None:
    rows, inputs = weight.shape
    for row in range(rows):
        total = np.float32(0.0)
        for i in range(inputs):
            total += weight[row, i] * x[0, i]
        y[0, row] = total


@kernel
def _bf16_row(x: Array, bits: Array, y: Array) -> None:
    rows, inputs = bits.shape
    for row in range(rows):
        total = np.float32(0.0)
        for i in range(inputs):
            wide = np.uint32(np.uint32(bits[row, i]) << np.uint32(16))
            total += wide.view(np.float32) * x[0, i]
        y[0, row] = total


def _blockwise(x: Array, weight: Bf16Weight | Int8Weight) -> Array:
    """Widen the weights in blocks, so that a product reads them while they are in the cache."""
    outputs, inputs = weight[0].shape
    y = np.empty((x.shape[0], outputs), np.float32)
    block = max(_WIDENED_VALUES // inputs, 1)
    wide = np.empty((min(block, outputs), inputs), np.float32)
    for start in range(0, outputs, block):
        stop = min(start + block, outputs)
        if isinstance(weight, Int8Weight):
            _widen_int8(*weight, start, stop, wide)
        else:
            _widen_bf16(weight.bits, start, stop, wide)
        np.matmul(x, wide[: stop - start].T, out=y[:, start:stop])
    return y


@kernel
def _widen_bf16(bits: Array, start: int, stop: int, wide: Array) -> None:
    for row in range(start, stop):
        for i in range(bits.shape[1]):
            value = np.uint32(np.uint32(bits[row, i]) << np.uint32(16))
            wide[row - start, i] = value.view(np.float32)


@kernel
def _int8_row(x: Array, values: Array, scales: Array, y: Array) -> None:
    rows, inputs = values.shape
    for row in range(rows):
        total = np.float32(0.0)
        for i in range(inputs):
            total += np.float32(values[row, i]) * x[0, i]
        y[0, row] = total * scales[row]


@kernel
def _widen_int8(values: Array, scales: Array, start: int, stop: int, wide: Array) -> None:
    for row in range(start, stop):
        for i in range(values.shape[1]):
            wide[row - start, i] = np.float32(values[row, i]) * scales[row]
