"""Products with the weights: plain loops for few rows, BLAS for more."""

import numpy as np

from ptts_np.ops import Weight
from ptts_np.ops.jit.kernel import kernel
from ptts_np.ops.quantized import Bf16Weight, Int8Weight

Array = np.ndarray

FEW_ROWS = 8
_WIDENED_VALUES = 1 << 17  # 512 kB


def linear(x: Array, weight: Weight, bias: Array | None = None) -> Array:
    if x.shape[0] <= FEW_ROWS:
        y = _few_rows(x, weight)
    elif isinstance(weight, Int8Weight | Bf16Weight):
        y = _blockwise(x, weight)
    else:
        y = x @ weight.T
    if bias is not None:
        y += bias
    return y


def _few_rows(x: Array, weight: Weight) -> Array:
    """Few rows are bound by reading the weight, and a plain loop reads as fast as BLAS does.

    Each row's sums are in the order they have alone.
    """
    if isinstance(weight, Int8Weight):
        y = np.empty((x.shape[0], weight.values.shape[0]), np.float32)
        _int8_rows(x, *weight, y)
    elif isinstance(weight, Bf16Weight):
        y = np.empty((x.shape[0], weight.bits.shape[0]), np.float32)
        _bf16_rows(x, weight.bits, y)
    else:
        y = np.empty((x.shape[0], weight.shape[0]), np.float32)
        _rows(x, weight, y)
    return y


@kernel
def _rows(x: Array, weight: Array, y: Array) -> None:
    outputs, inputs = weight.shape
    for output in range(outputs):
        for row in range(x.shape[0]):
            total = np.float32(0.0)
            for i in range(inputs):
                total += weight[output, i] * x[row, i]
            y[row, output] = total


@kernel
def _bf16_rows(x: Array, bits: Array, y: Array) -> None:
    outputs, inputs = bits.shape
    for output in range(outputs):
        for row in range(x.shape[0]):
            total = np.float32(0.0)
            for i in range(inputs):
                wide = np.uint32(np.uint32(bits[output, i]) << np.uint32(16))
                total += wide.view(np.float32) * x[row, i]
            y[row, output] = total


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
def _int8_rows(x: Array, values: Array, scales: Array, y: Array) -> None:
    outputs, inputs = values.shape
    for output in range(outputs):
        for row in range(x.shape[0]):
            total = np.float32(0.0)
            for i in range(inputs):
                total += np.float32(values[output, i]) * x[row, i]
            y[row, output] = total * scales[output]


@kernel
def _widen_int8(values: Array, scales: Array, start: int, stop: int, wide: Array) -> None:
    for row in range(start, stop):
        for i in range(values.shape[1]):
            wide[row - start, i] = np.float32(values[row, i]) * scales[row]
