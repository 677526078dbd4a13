"""Weights in fewer bytes, as the operations take them: a step of FlowLM reads each weight once."""

import math
from typing import Any, NamedTuple

import numpy as np

Array = Any


class Bf16Weight(NamedTuple):
    """The upper halves of float32 weights `[outputs, inputs]`, as uint16.

    A product with them is the one with the float32 array they stand for: they are widened on their
    way to the multiplication.
    """

    bits: np.ndarray

    @property
    def nbytes(self) -> int:
        return self.bits.nbytes

    def dense(self) -> np.ndarray:
        return (self.bits.astype(np.uint32) << np.uint32(16)).view(np.float32)


class Int8Weight(NamedTuple):
    """int8 weights `[outputs, inputs]` and the scale of each row, float32 `[outputs]`."""

    values: np.ndarray
    scales: np.ndarray

    @property
    def nbytes(self) -> int:
        return self.values.nbytes + self.scales.nbytes

    def dense(self) -> np.ndarray:
        return self.values * self.scales[:, None]


class Int16Weight(NamedTuple):
    """int16 weights and the scale of each output, float32 `[outputs]`.

    A matrix `[outputs, inputs]`, or a kernel whose last axis is that of the outputs. What they are
    multiplied by becomes int16, too, each row in a scale of its own: CPUs multiply pairs of those
    faster than float32. None is larger than `largest_int16`.
    """

    values: np.ndarray
    scales: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        return self.values.shape

    @property
    def ndim(self) -> int:
        return self.values.ndim

    @property
    def nbytes(self) -> int:
        return self.values.nbytes + self.scales.nbytes

    @property
    def dtype(self) -> np.dtype[np.float32]:
        return np.dtype(np.float32)

    def __array_namespace__(self) -> Any:
        return np

    def dense(self) -> np.ndarray:
        return self.values * (self.scales[:, None] if self.ndim == 2 else self.scales)


def largest_int16(depth: int) -> int:
    """The largest size of both factors for which a sum of so many products fits 32 bits.

    The kernels add at most 1,024 products in integers.
    """
    return min(math.isqrt((2**31 - 1) // min(max(depth, 1), 1024)), 2**15 - 1)


def dense_rows(weight: Array, start: int, stop: int) -> Array:
    """The rows `[start, stop)` of a matrix as the float32 array they stand for."""
    if isinstance(weight, Bf16Weight):
        return Bf16Weight(weight.bits[start:stop]).dense()
    if isinstance(weight, Int8Weight):
        return Int8Weight(weight.values[start:stop], weight.scales[start:stop]).dense()
    return weight[start:stop]


def dense(weight: Array) -> Array:
    """Any weight as the float32 array it stands for."""
    return weight.dense() if isinstance(weight, Bf16Weight | Int8Weight | Int16Weight) else weight
