"""Products with the weights: plain loops for one row, BLAS for more."""

import numpy as np

from ptts_np.ops import Weight
from ptts_np.ops.jit.elementwise import add_bias
from ptts_np.ops.jit.kernel import kernel
from ptts_np.ops.quantized import Bf16Weight, Int8Weight

Array = np.ndarray

_WIDENED_VALUES = 1 << 17  # 512 kB


def linear(x: Array, weight: Weight, bias: Array | None = None) -> Array:
    # one row is bound by reading the weight, and a plain loop reads as fast as BLAS does
    if isinstance(weight, Int8Weight):
        y = _int8_row(x, *weight) if x.shape[0] == 1 else _blockwise(x, weight)
    elif isinstance(weight, Bf16Weight):
        y = _bf16_row(x, weight.bits) if x.shape[0] == 1 else _blockwise(x, weight)
    else:
        y = _row(x, weight) if x.shape[0] == 1 else x @ weight.T
    return y if bias is None else add_bias(y, bias)


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
def _int8_row(x: Array, values: Array, scales: Array) -> Array:
    rows, inputs = values.shape
    y = np.empty((1, rows), np.float32)
    for row in range(rows):
        total = np.float32(0.0)
        for i in range(inputs):
            total += np.float32(values[row, i]) * x[0, i]
        y[0, row] = total * scales[row]
    return y


@kernel
def _widen_int8(values: Array, scales: Array, start: int, stop: int, wide: Array) -> None:
    for row in range(start, stop):
        for i in range(values.shape[1]):
            wide[row - start, i] = np.float32(values[row, i]) * scales[row]
