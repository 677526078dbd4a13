"""Convolutions as products: columns gathered in pieces that stay in the cache, then BLAS."""

import numpy as np

from ptts_np.ops.jit.kernel import kernel

Array = np.ndarray

_COLUMN_VALUES = 1 << 16  # 256 kB


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
    if bias is not None:
        y += bias
    return y


def _columns(x: Array, start: int, stop: int, taps: int, stride: int, dilation: int) -> Array:
    """`[time, taps * inputs]`: what the rows start..stop of a convolution's output see."""
    columns = np.empty((stop - start, taps * x.shape[1]), np.float32)
    _gather(x, start, taps, stride, dilation, columns)
    return columns


@kernel
def _gather(x: Array, start: int, taps: int, stride: int, dilation: int, columns: Array) -> None:
    inputs = x.shape[1]
    for t in range(columns.shape[0]):
        for tap in range(taps):
            row = (start + t) * stride + tap * dilation
            for i in range(inputs):
                columns[t, tap * inputs + i] = x[row, i]


def conv_transpose1d(x: Array, weight: Array, stride: int) -> Array:
    inputs, taps, outputs = weight.shape
    pieces = x @ weight.reshape(inputs, taps * outputs)
    return _overlap_add(pieces.reshape(x.shape[0], taps, outputs), stride)


def depthwise_conv_transpose1d(x: Array, weight: Array, stride: int) -> Array:
    return _overlap_add(x[:, None, :] * weight, stride)


def _overlap_add(pieces: Array, stride: int) -> Array:
    """Sum `[time, taps, outputs]`, each piece `stride` rows after the one before."""
    time, taps, outputs = pieces.shape
    y = np.zeros((max((time - 1) * stride + taps, 0), outputs), np.float32)
    _add_pieces(pieces, stride, y)
    return y


@kernel
def _add_pieces(pieces: Array, stride: int, y: Array) -> None:
    time, taps, outputs = pieces.shape
    for t in range(time):
        for tap in range(taps):
            for i in range(outputs):
                y[t * stride + tap, i] += pieces[t, tap, i]
