"""Weights in fewer bytes, as the operations take them: a step of FlowLM reads each weight once."""

from typing import Any, NamedTuple

import numpy as np

Array = Any


class Bf16Weight(NamedTuple):
    """The upper halves of float32 weights, as uint16: a matrix `[outputs, inputs]` or a kernel.

    A product with them that is `exact` is the one with the float32 array they stand for: they are
    widened on their way to the multiplication. One that is not may round what they are multiplied
    by to upper halves, too, which some CPUs multiply in pairs.
    """

    bits: np.ndarray
    exact: bool

    @property
    def shape(self) -> tuple[int, ...]:
        return self.bits.shape

    @property
    def ndim(self) -> int:
        return self.bits.ndim

    @property
    def nbytes(self) -> int:
        return self.bits.nbytes

    @property
    def dtype(self) -> np.dtype[np.float32]:
        return np.dtype(np.float32)

    def __array_namespace__(self) -> Any:
        return np

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


def dense_rows(weight: Array, start: int, stop: int) -> Array:
    """The rows `[start, stop)` of a matrix as the float32 array they stand for."""
    if isinstance(weight, Bf16Weight):
        return weight._replace(bits=weight.bits[start:stop]).dense()
    if isinstance(weight, Int8Weight):
        return Int8Weight(weight.values[start:stop], weight.scales[start:stop]).dense()
    return weight[start:stop]


def dense(weight: Array) -> Array:
    """Any weight as the float32 array it stands for."""
    return weight.dense() if isinstance(weight, (Bf16Weight, Int8Weight)) else weight
